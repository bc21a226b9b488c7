"""Token families: authorizations, codes, refresh and opaque access tokens."""

from ciam.storage.stores.store import Store


class AuthorizationStore(Store):
    """Token families: authorizations, codes, refresh and opaque access tokens."""

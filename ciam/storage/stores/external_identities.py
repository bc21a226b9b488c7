"""(issuer, subject) at social providers."""

from ciam.storage.stores.store import Store


class ExternalIdentityStore(Store):
    """(issuer, subject) at social providers."""

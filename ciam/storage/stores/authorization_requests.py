"""Authorization requests kept while a person signs in or decides."""

from ciam.storage.stores.store import Store


class AuthorizationRequestStore(Store):
    """Authorization requests kept while a person signs in or decides."""

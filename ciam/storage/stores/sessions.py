"""Customer sessions and client sessions."""

from ciam.storage.stores.store import Store


class SessionStore(Store):
    """Customer sessions and client sessions."""

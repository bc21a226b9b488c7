"""What customers allow clients, standing."""

from ciam.storage.stores.store import Store


class ClientGrantStore(Store):
    """What customers allow clients, standing."""

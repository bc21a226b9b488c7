"""Clients and the subjects they know customers by."""

from ciam.storage.stores.store import Store


class ClientStore(Store):
    """Clients and the subjects they know customers by."""

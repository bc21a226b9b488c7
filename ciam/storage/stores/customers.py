"""Customers and their states."""

from ciam.storage.stores.store import Store


class CustomerStore(Store):
    """Customers and their states."""

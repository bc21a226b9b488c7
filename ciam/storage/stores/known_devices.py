"""Devices on which a customer has signed in before."""

from ciam.storage.stores.store import Store


class KnownDeviceStore(Store):
    """Devices on which a customer has signed in before."""

"""Values that may be used once, each claimed by one insert."""

from ciam.storage.stores.store import Store


class SingleUseStore(Store):
    """Values that may be used once, each claimed by one insert."""

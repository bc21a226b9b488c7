"""The ledger of what was released to whom."""

from ciam.storage.stores.store import Store


class DisclosureStore(Store):
    """The ledger of what was released to whom."""

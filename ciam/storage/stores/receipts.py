"""Receipts, screens and the state that follows from them."""

from ciam.storage.stores.store import Store


class ReceiptStore(Store):
    """Receipts, screens and the state that follows from them."""

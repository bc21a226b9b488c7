"""Purposes and their versions."""

from ciam.storage.stores.store import Store


class PurposeStore(Store):
    """Purposes and their versions."""

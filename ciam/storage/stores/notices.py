"""Notices and their versions."""

from ciam.storage.stores.store import Store


class NoticeStore(Store):
    """Notices and their versions."""

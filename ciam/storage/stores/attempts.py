"""Counters of attempts, exact over nodes."""

from ciam.storage.stores.store import Store


class AttemptStore(Store):
    """Counters of attempts, exact over nodes."""

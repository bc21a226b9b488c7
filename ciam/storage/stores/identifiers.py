"""What points at customers; uniqueness in the blind index."""

from ciam.storage.stores.store import Store


class IdentifierStore(Store):
    """What points at customers; uniqueness in the blind index."""

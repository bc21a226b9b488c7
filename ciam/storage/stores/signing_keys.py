"""Keys that sign, and when each is published, used and retired."""

from ciam.storage.stores.store import Store


class SigningKeyStore(Store):
    """Keys that sign, and when each is published, used and retired."""

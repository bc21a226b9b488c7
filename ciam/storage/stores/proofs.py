"""Codes and links mailed to prove an address."""

from ciam.storage.stores.store import Store


class ProofStore(Store):
    """Codes and links mailed to prove an address."""

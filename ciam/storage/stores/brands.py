"""Brands: how the pages of a client look."""

from ciam.storage.stores.store import Store


class BrandStore(Store):
    """Brands: how the pages of a client look."""

"""Attribute values with their provenance."""

from ciam.storage.stores.store import Store


class AttributeStore(Store):
    """Attribute values with their provenance."""

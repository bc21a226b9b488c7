"""Journeys under way, their state sealed."""

from ciam.storage.stores.store import Store


class JourneyStore(Store):
    """Journeys under way, their state sealed."""

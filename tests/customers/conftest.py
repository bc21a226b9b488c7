"""Keys of an installation that has no database."""

import pytest

from ciam.sealing import KeyRing, ServerKeys, new_key


@pytest.fixture
def keys() -> ServerKeys:
    """Give one key for everything."""
    ring = KeyRing.of(new_key())
    return ServerKeys(ring, ring, ring, ring, ring, ring)

"""A hasher for each test; its threads end with it."""

from collections.abc import Iterator

import pytest

from tests.authentication.people import CountingHasher


@pytest.fixture
def hasher() -> Iterator[CountingHasher]:
    """Give a hasher with two threads."""
    made = CountingHasher(2)
    yield made
    made.close()

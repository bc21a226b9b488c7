"""A hasher for each test; its threads end with it."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from tests.authentication.people import CountingHasher


@pytest.fixture
def hasher() -> Iterator[CountingHasher]:
    """Give a hasher with two threads, which a busy machine does not hurry."""
    made = CountingHasher(2, deadline=timedelta(minutes=1))
    yield made
    made.close()

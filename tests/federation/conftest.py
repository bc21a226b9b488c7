"""The embedded database for the rules of linking, and a hasher."""

from collections.abc import AsyncIterator, Iterator
from datetime import timedelta

import pytest

from ciam.sealing import KeyRing, new_key
from ciam.storage import Database
from tests.authentication.people import CountingHasher
from tests.federation.social import switch_on
from tests.parts.clock import FakeClock


@pytest.fixture
def hasher() -> Iterator[CountingHasher]:
    """Give a hasher with two threads, which a busy machine does not hurry."""
    made = CountingHasher(2, deadline=timedelta(minutes=1))
    yield made
    made.close()


@pytest.fixture
async def database(sqlite_url: str, clock: FakeClock) -> AsyncIterator[Database]:
    """Give an embedded database with LINE switched on."""
    opened = Database.open(sqlite_url, clock, KeyRing.of(new_key()))
    await switch_on(opened)
    yield opened
    await opened.close()

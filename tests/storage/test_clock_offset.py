"""How far the database's clock is ahead: only what is certain of it corrects our own."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta

import pytest

from ciam.clock import SystemClock
from ciam.sealing import KeyRing, new_key
from ciam.storage import Database


class SlowClock(SystemClock):
    """A clock by which each answer of the database takes some seconds; `ahead` of it."""

    def __init__(self, ahead: timedelta, takes: timedelta) -> None:
        super().__init__()
        self.ahead, self.takes, self.readings = ahead, takes, 0

    def now(self) -> datetime:
        self.readings += 1
        return super().now() + self.ahead + self.takes * (self.readings - 1)


@pytest.fixture
async def database(postgresql_url: str) -> AsyncIterator[Database]:
    opened = Database.open(postgresql_url, SystemClock(), KeyRing.of(new_key()))
    yield opened
    await opened.close()


@pytest.mark.parametrize("ahead", [timedelta(0), timedelta(seconds=-3), timedelta(seconds=-19)])
async def test_a_slow_answer_says_nothing_that_it_cannot_know(
    database: Database, ahead: timedelta
) -> None:
    database.clock = SlowClock(ahead, takes=timedelta(seconds=20))
    assert await database.measure_clock_offset() == timedelta(0)


@pytest.mark.parametrize("ahead", [timedelta(hours=1), timedelta(hours=-1)])
async def test_a_clock_that_is_wrong_is_corrected(database: Database, ahead: timedelta) -> None:
    database.clock = SlowClock(ahead, takes=timedelta(0))
    offset = await database.measure_clock_offset()
    assert abs(offset + ahead) < timedelta(minutes=1)

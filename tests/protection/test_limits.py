"""Limits are exact: in any stretch of time, under parallel attempts, and after a refusal."""

import asyncio
from datetime import timedelta

import pytest

from ciam.errors import TooManyAttempts
from ciam.protection.limits import clear, refund, reserve, try_reserve
from ciam.storage import Database
from tests.parts.clock import FakeClock

HOUR = timedelta(hours=1)


async def _try(database: Database, key: str = "a", allowed: int = 5) -> bool:
    try:
        async with database.write() as transaction:
            await reserve(transaction, "test", key, allowed=allowed, window=HOUR)
    except TooManyAttempts:
        return False
    return True


async def test_as_many_pass_as_are_allowed(database: Database) -> None:
    assert [await _try(database) for _ in range(7)] == [True] * 5 + [False] * 2
    assert await _try(database, "another key")


async def test_parallel_attempts_are_counted_exactly(database: Database) -> None:
    passed = await asyncio.gather(*(_try(database) for _ in range(50)))
    assert sum(passed) == 5


async def test_a_window_of_any_position_holds_no_more(database: Database, clock: FakeClock) -> None:
    passed: list[int] = []
    for minute in range(0, 300, 5):
        if await _try(database):
            passed.append(minute)
        clock.advance(timedelta(minutes=5))
    assert len(passed) >= 20, "what was used is given back in time"
    for first in passed:
        assert sum(first <= other < first + 60 for other in passed) <= 5


async def test_what_was_used_at_the_end_of_a_part_counts_for_the_whole_window(
    database: Database, clock: FakeClock
) -> None:
    clock.advance(timedelta(minutes=9))
    for _ in range(5):
        assert await _try(database)
    clock.advance(timedelta(minutes=51))
    assert not await _try(database)
    clock.advance(timedelta(minutes=10))
    assert await _try(database)


async def test_a_refusal_does_not_make_the_wait_longer(
    database: Database, clock: FakeClock
) -> None:
    for _ in range(5):
        assert await _try(database)
    for _ in range(7):
        assert not await _try(database)
        clock.advance(timedelta(minutes=10))
    assert await _try(database)


async def test_a_refusal_says_when_there_is_room_again(
    database: Database, clock: FakeClock
) -> None:
    for _ in range(5):
        await _try(database)
    async with database.write() as transaction:
        with pytest.raises(TooManyAttempts) as refused:
            await reserve(transaction, "test", "a", allowed=5, window=HOUR)
    clock.advance(refused.value.retry_after - timedelta(seconds=1))
    assert not await _try(database)
    clock.advance(timedelta(seconds=1))
    assert await _try(database)


async def test_counters_survive_a_new_process(
    database_url: str, database: Database, clock: FakeClock
) -> None:
    for _ in range(4):
        assert await _try(database)
    other = Database.open(database_url, clock, database.keys.master)
    try:
        assert await _try(other)
        assert not await _try(other)
    finally:
        await other.close()


async def test_what_is_given_back_may_be_used_again(database: Database) -> None:
    async with database.write() as transaction:
        attempt = await reserve(transaction, "test", "a", allowed=1, window=HOUR)
    assert not await _try(database, allowed=1)
    async with database.write() as transaction:
        await refund(transaction, attempt)
    assert await _try(database, allowed=1)


async def test_clearing_forgets_one_key_only(database: Database) -> None:
    for key in ("a", "b"):
        assert await _try(database, key, allowed=1)
    async with database.write() as transaction:
        await clear(transaction, "test", "a")
    assert await _try(database, "a", allowed=1)
    assert not await _try(database, "b", allowed=1)


async def test_a_soft_limit_lets_the_caller_go_on(database: Database) -> None:
    passed = []
    for _ in range(4):
        async with database.write() as transaction:
            passed.append(
                await try_reserve(transaction, "test", "a", allowed=2, window=HOUR) is not None
            )
    assert passed == [True, True, False, False]
    async with database.read() as transaction:
        assert await transaction.attempts.count("test", "a", window=HOUR) == 2

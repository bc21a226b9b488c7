"""The unit of work: returning commits, raising rolls back, a Refusal keeps what was registered."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import insert, select, text
from sqlalchemy.exc import DBAPIError, IntegrityError

from ciam.errors import Refusal, Unavailable
from ciam.sealing import KeyRing, new_key
from ciam.storage import AbortedTransaction, Database, UnitOfWork
from ciam.storage.tables.config import config_generation
from ciam.storage.tables.outbox import outbox
from tests.parts.clock import FakeClock


async def _kinds(database: Database) -> set[str]:
    async with database.read() as transaction:
        return set(await transaction.connection.scalars(select(outbox.c.kind)))


async def test_returning_commits(database: Database) -> None:
    async with database.write() as transaction:
        await transaction.outbox.put("kept", {})
    assert await _kinds(database) == {"kept"}


async def test_raising_rolls_back(database: Database) -> None:
    with pytest.raises(ZeroDivisionError):
        async with database.write() as transaction:
            await transaction.outbox.put("lost", {})
            raise ZeroDivisionError
    assert await _kinds(database) == set()


async def test_a_refusal_keeps_only_what_was_registered(database: Database) -> None:
    async def note(transaction: UnitOfWork) -> None:
        await transaction.outbox.put("noted", {})

    with pytest.raises(Refusal):
        async with database.write() as transaction:
            transaction.on_refusal(note)
            await transaction.outbox.put("lost", {})
            raise Refusal("no")
    assert await _kinds(database) == {"noted"}


async def test_an_aborted_transaction_is_not_committed(database: Database) -> None:
    async def twice(transaction: UnitOfWork) -> None:
        for _ in range(2):
            await transaction.connection.execute(
                insert(config_generation).values(id=1, generation=1)
            )

    with pytest.raises(AbortedTransaction):
        async with database.write() as transaction:
            await transaction.outbox.put("lost", {})
            with pytest.raises(IntegrityError):  # caught by careless code
                await twice(transaction)
    assert await _kinds(database) == set()


async def test_a_savepoint_shields_from_an_expected_conflict(database: Database) -> None:
    async with database.write() as transaction:
        await transaction.outbox.put("kept", {})
        await transaction.config.raise_generation()
        with pytest.raises(Exception, match=r"(?i)unique"):
            async with transaction.savepoint():
                await transaction.connection.execute(
                    insert(config_generation).values(id=1, generation=1)
                )
    assert await _kinds(database) == {"kept"}


async def test_writers_that_read_first_all_succeed(database: Database) -> None:
    async def raise_once() -> None:
        async with database.write() as transaction:
            await transaction.config.get_generation()
            await transaction.config.raise_generation()

    await asyncio.gather(*(raise_once() for _ in range(40)))
    async with database.read() as transaction:
        assert await transaction.config.get_generation() == 40


async def test_a_changed_policy_is_seen_by_the_next_unit_of_work(database: Database) -> None:
    async with database.read() as transaction:
        before = await transaction.policies.get()
    async with database.write() as transaction:
        await transaction.policies.put("sessions", {"idle": 60}, managed_by="file")
        await transaction.config.raise_generation()
    async with database.read() as transaction:
        after = await transaction.policies.get()
    assert before.sessions.idle == timedelta(days=7)
    assert after.sessions.idle == timedelta(seconds=60)


async def test_one_holder_at_a_time_has_a_lease(database: Database) -> None:
    async def take(holder: str) -> bool:
        async with database.write() as transaction:
            return await transaction.schedule.take_lease("one", holder, timedelta(seconds=10))

    taken = await asyncio.gather(*(take(f"holder-{n}") for n in range(20)))
    assert sum(taken) == 1


async def test_a_due_time_is_claimed_once(database: Database) -> None:
    due_at = database.clock.now()

    async def claim(worker: str) -> bool:
        async with database.write() as transaction:
            return await transaction.schedule.claim("job", due_at, worker)

    claimed = await asyncio.gather(*(claim(f"worker-{n}") for n in range(20)))
    assert sum(claimed) == 1


async def test_a_failed_statement_does_not_follow_its_connection(database: Database) -> None:
    for _ in range(database.engines.writing.pool.size()):  # type: ignore[attr-defined]  # a queue pool
        with pytest.raises((DBAPIError, Unavailable)):
            async with database.write() as transaction:
                await transaction.connection.execute(text("SELECT * FROM nothing_of_ours"))
    async with database.write() as transaction:
        await transaction.config.raise_generation()
    assert await database.read_generation() == 1


async def test_a_prepared_read_does_not_stand_in_line_behind_a_slow_one(
    postgresql_url: str, clock: FakeClock
) -> None:
    database = Database.open(postgresql_url, clock, KeyRing.of(new_key()))
    async with database.write() as transaction:
        customer = await transaction.customers.insert_new(language="ja")
    async with database.write() as holding:
        await holding.connection.execute(text("SELECT pg_advisory_xact_lock(7)"))
        slow = asyncio.create_task(
            database.engines.side.fetch("SELECT 1 FROM pg_advisory_xact_lock_shared(7)")
        )
        while not database.engines.side.is_busy:  # noqa: ASYNC110 - there is no event for it
            await asyncio.sleep(0)
        async with database.read() as reading:
            found = await reading.customers.find(customer.id)
            again = await reading.customers.find_by_customer_id(customer.customer_id)
        assert found == again == customer
        assert not slow.done()
    await slow
    await database.close()

"""The sequencer: every event once, whatever the order of commits, and the log never forks.

The broken twins read first and write later without the lease, or go on "after the last id".
"""

import asyncio
import random

import pytest
from sqlalchemy import update
from sqlalchemy.exc import IntegrityError

from ciam.audit import sequencer
from ciam.audit.events import EventKind
from ciam.audit.merkle import hash_leaf
from ciam.audit.sequencer import sequence_pending
from ciam.audit.trail import Actor, make_event, record
from ciam.audit.verify import verify_log
from ciam.storage import AbortedTransaction, Database
from ciam.storage.tables.audit import audit_event
from tests.audit.conftest import fill

ROUNDS = 20


async def _write(database: Database, number: int, chance: random.Random) -> None:
    for _ in range(number):
        async with database.write() as transaction:
            await record(transaction, EventKind.SIGN_IN_SUCCEEDED, actor=Actor.anyone())
            await asyncio.sleep(chance.random() / 200)  # commits come out of the order of ids


async def _sequence_until(
    database: Database, name: str, done: asyncio.Event, step: object = sequence_pending
) -> None:
    while not done.is_set():
        await step(database, name)  # type: ignore[operator]  # sequence_pending or a twin
        await asyncio.sleep(0)


async def _race(database: Database, step: object, *, writers: int = 6, each: int = 5) -> None:
    done = asyncio.Event()
    chance = random.Random(7)
    async with asyncio.TaskGroup() as group:
        for name in ("node-1", "node-2", "node-3"):
            group.create_task(_sequence_until(database, name, done, step))
        async with asyncio.TaskGroup() as writing:
            for _ in range(writers):
                writing.create_task(_write(database, each, chance))
        done.set()


async def test_events_enter_the_log_once_and_in_one_history(log: Database) -> None:
    await _race(log, sequence_pending)
    log.clock.advance(sequencer.LEASE_TIME)  # type: ignore[attr-defined]  # a FakeClock
    await sequence_pending(log, "node-1")  # whichever node had the lease
    report = await verify_log(log)
    assert (report.leaves, report.pending, report.problems) == (30, 0, [])


async def test_another_node_takes_over_only_when_the_lease_has_run_out(log: Database) -> None:
    await fill(log, 1)
    async with log.write() as transaction:
        await record(transaction, EventKind.CONFIG_APPLIED, actor=Actor.server())
    assert await sequence_pending(log, "other") == 0
    log.clock.advance(sequencer.LEASE_TIME)  # type: ignore[attr-defined]  # a FakeClock
    assert await sequence_pending(log, "other") == 1


async def test_more_events_than_one_batch_are_taken_in_one_go(log: Database) -> None:
    await fill(log, sequencer.BATCH + 3)
    async with log.read() as transaction:
        assert await transaction.audit_log.get_size() == sequencer.BATCH + 3
        assert not await transaction.audit_events.has_pending()


async def test_an_event_that_commits_late_is_not_skipped(log: Database) -> None:
    early = make_event(
        EventKind.TOKEN_ISSUED,
        log.clock.now(),
        actor=Actor.client("shop"),
        customer=None,
        client="shop",
        details={},
    )
    await fill(log, 2)
    async with log.write() as transaction:
        await transaction.audit_events.add(early)  # its id is older than what is in the log
    await sequence_pending(log, "test")
    async with log.read() as transaction:
        assert await transaction.audit_log.find_index(early.id) == 2


async def test_a_row_written_by_hand_is_named_in_the_log(log: Database) -> None:
    async with log.write() as transaction:
        event = await record(transaction, EventKind.CONFIG_APPLIED, actor=Actor.operator("a"))
        await transaction.connection.execute(update(audit_event).values(actor="b"))
    await sequence_pending(log, "test")
    await sequence_pending(log, "test")
    async with log.read() as transaction:
        leaves = await transaction.audit_log.list_leaves(0, 10)
    found = [leaf.event for leaf in leaves if leaf.event]
    assert [one.kind for one in found] == ["config.applied", "log.forgery_found"]
    assert found[1].details == {"event": str(event)}


async def _unlocked_twin(database: Database, _holder: str) -> None:
    """Read the size and what is pending, then write: no lease, no common transaction."""
    async with database.read() as transaction:
        pending = await transaction.audit_events.list_pending(sequencer.BATCH)
        size = await transaction.audit_log.get_size()
    await asyncio.sleep(0.02)  # so that both have read, on a busy machine too
    if not pending:
        return
    async with database.write() as transaction:
        entries = [(event.id, hash_leaf(event.entry())) for event in pending]
        await transaction.audit_log.append(size, entries)


async def _last_id_twin(database: Database, holder: str) -> None:
    """Go on after the last id that is in the log."""
    async with database.write() as transaction:
        if not await transaction.schedule.take_lease(sequencer.LEASE, holder, sequencer.LEASE_TIME):
            return
        size = await transaction.audit_log.get_size()
        leaves = await transaction.audit_log.list_leaves(max(0, size - 1), 1)
        last = leaves[0].event.id if leaves and leaves[0].event else None
        pending = [
            event
            for event in await transaction.audit_events.list_pending(sequencer.BATCH)
            if last is None or event.id > last
        ]
        if pending:
            entries = [(event.id, hash_leaf(event.entry())) for event in pending]
            await transaction.audit_log.append(size, entries)


@pytest.mark.races
async def test_the_twin_without_the_lease_is_caught(log: Database) -> None:
    with pytest.raises(ExceptionGroup) as caught:
        for _ in range(ROUNDS):
            await _race(log, _unlocked_twin)
    assert caught.group_contains((IntegrityError, AbortedTransaction))


@pytest.mark.races
async def test_the_twin_after_the_last_id_is_caught(log: Database) -> None:
    caught = 0
    for _ in range(ROUNDS):
        if log.is_sqlite:  # one writer at a time: what comes late is a late event
            late = make_event(
                EventKind.TOKEN_ISSUED,
                log.clock.now(),
                actor=Actor.client("shop"),
                customer=None,
                client="shop",
                details={},
            )
            await _race(log, _last_id_twin, writers=2, each=1)
            async with log.write() as transaction:
                await transaction.audit_events.add(late)
        else:
            await _race(log, _last_id_twin)
        await _last_id_twin(log, "node-1")
        log.clock.advance(sequencer.LEASE_TIME)  # type: ignore[attr-defined]  # a FakeClock
        await _last_id_twin(log, "node-1")
        if (await verify_log(log)).pending:
            caught += 1
            break
    assert caught

"""The relay loses nothing when commits come out of order (C-15); its broken twin does.

The twin remembers the last id it has seen. On SQLite one writer at a time makes ids and commits in
one order, so only PostgreSQL can show it.
"""

import asyncio
import os
import random
from collections import Counter
from collections.abc import Awaitable, Callable
from uuid import UUID

import pytest
from sqlalchemy import select

from ciam.jobs.worker import CLAIM
from ciam.sealing import KeyRing, new_key
from ciam.storage import Database
from ciam.storage.tables.outbox import outbox
from tests.parts.clock import FakeClock

WRITERS, EACH = 16, 12
Relay = Callable[[Database], Awaitable[list[UUID]]]


async def _write(database: Database, chance: random.Random) -> None:
    for _ in range(EACH):
        async with database.write() as transaction:
            await transaction.outbox.put("x", {})
            await asyncio.sleep(chance.random() / 50)


async def _relay(database: Database) -> list[UUID]:
    async with database.write() as transaction:
        jobs = await transaction.outbox.claim("relay", limit=50, duration=CLAIM)
        for job in jobs:
            await transaction.outbox.mark_done(job.id)
    return [job.id for job in jobs]


def _last_id_twin() -> Relay:
    last: UUID | None = None

    async def relay(database: Database) -> list[UUID]:
        nonlocal last
        query = select(outbox.c.id).order_by(outbox.c.id)
        async with database.read() as transaction:
            found = list(
                await transaction.connection.scalars(
                    query if last is None else query.where(outbox.c.id > last)
                )
            )
        last = found[-1] if found else last
        return found

    return relay


async def _race(database: Database, relay: Relay) -> Counter[UUID]:
    seed = int(os.environ.get("CIAM_TEST_SEED", "15"))
    print(f"seed {seed}")
    chance = random.Random(seed)
    taken: Counter[UUID] = Counter()
    async with asyncio.TaskGroup() as group:
        writing = [group.create_task(_write(database, chance)) for _ in range(WRITERS)]
        while not all(task.done() for task in writing):
            taken.update(await relay(database))
            await asyncio.sleep(0.001)
    taken.update(await relay(database))
    return taken


async def test_every_job_is_relayed_once_whatever_the_order_of_commits(
    database: Database,
) -> None:
    taken = await _race(database, _relay)
    while more := await _relay(database):
        taken.update(more)
    assert len(taken) == WRITERS * EACH
    assert set(taken.values()) == {1}


@pytest.mark.races
async def test_the_twin_that_remembers_the_last_id_is_caught(
    postgresql_url: str, clock: FakeClock
) -> None:
    database = Database.open(postgresql_url, clock, KeyRing.of(new_key()))
    taken = await _race(database, _last_id_twin())
    await database.close()
    assert len(taken) < WRITERS * EACH

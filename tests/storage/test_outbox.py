"""The outbox: each job is claimed by one worker, tried again when the claim runs out, done once."""

import asyncio
from collections import Counter
from datetime import timedelta

from ciam.storage import Database
from tests.parts.clock import FakeClock

CLAIM = timedelta(seconds=30)


async def _put(database: Database, number: int) -> None:
    async with database.write() as transaction:
        for index in range(number):
            await transaction.outbox.put("mail", {"index": index})


async def test_workers_side_by_side_never_share_a_job(database: Database) -> None:
    await _put(database, 60)

    async def work(worker: str) -> list[int]:
        taken: list[int] = []
        while True:
            async with database.write() as transaction:
                jobs = await transaction.outbox.claim(worker, limit=5, duration=CLAIM)
            if not jobs:
                return taken
            taken += [job.payload["index"] for job in jobs]

    shares = await asyncio.gather(*(work(f"worker-{n}") for n in range(6)))
    taken = Counter(index for share in shares for index in share)
    assert taken == Counter(range(60))


async def test_a_claim_that_runs_out_is_taken_again(database: Database, clock: FakeClock) -> None:
    await _put(database, 1)
    async with database.write() as transaction:
        (first,) = await transaction.outbox.claim("one", limit=5, duration=CLAIM)
    async with database.write() as transaction:
        assert await transaction.outbox.claim("two", limit=5, duration=CLAIM) == []
    clock.advance(CLAIM)
    async with database.write() as transaction:
        (second,) = await transaction.outbox.claim("two", limit=5, duration=CLAIM)
    assert (second.id, second.attempts) == (first.id, 2)


async def test_what_is_done_is_not_claimed_and_keeps_no_payload(
    database: Database, clock: FakeClock
) -> None:
    await _put(database, 1)
    async with database.write() as transaction:
        (job,) = await transaction.outbox.claim("one", limit=5, duration=CLAIM)
        await transaction.outbox.mark_done(job.id)
    clock.advance(CLAIM * 2)
    async with database.write() as transaction:
        assert await transaction.outbox.claim("two", limit=5, duration=CLAIM) == []
        assert await transaction.outbox.count_waiting() == 0
        assert (
            await transaction.outbox.purge(done_before=clock.now(), failed_before=clock.now()) == 1
        )


async def test_a_job_put_back_waits_until_it_is_due(database: Database, clock: FakeClock) -> None:
    await _put(database, 1)
    async with database.write() as transaction:
        (job,) = await transaction.outbox.claim("one", limit=5, duration=CLAIM)
        later = clock.now() + timedelta(minutes=5)
        await transaction.outbox.put_back(job.id, due_at=later, error="ConnectionError")
        assert await transaction.outbox.claim("one", limit=5, duration=CLAIM) == []
    clock.advance(timedelta(minutes=5))
    async with database.write() as transaction:
        (again,) = await transaction.outbox.claim("one", limit=5, duration=CLAIM)
    assert again.id == job.id


async def test_a_job_that_was_given_up_waits_for_an_operator(database: Database) -> None:
    await _put(database, 1)
    async with database.write() as transaction:
        (job,) = await transaction.outbox.claim("one", limit=5, duration=CLAIM)
        await transaction.outbox.give_up(job.id, error="ValueError")
        assert await transaction.outbox.count_waiting() == 0

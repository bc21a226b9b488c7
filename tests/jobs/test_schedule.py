"""The schedule: due times are the same on every node, and one node has each."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ciam.jobs import worker as module
from ciam.jobs.job import JobParts
from ciam.jobs.schedule import SCHEDULE, Entry
from ciam.storage import Database
from tests.jobs.parts import make_worker, wait_until
from tests.parts.clock import FakeClock


def test_due_times_do_not_depend_on_when_a_node_started() -> None:
    entry = Entry("x", timedelta(minutes=10), _nothing, on_one_node=True)
    for minute in (20, 25, 29):
        now = datetime(2030, 1, 15, 9, minute, 59, 999_999, tzinfo=UTC)
        assert entry.due_before(now) == datetime(2030, 1, 15, 9, 20, tzinfo=UTC)


async def _nothing(_parts: JobParts, _holder: str) -> None:
    pass


async def test_one_node_has_each_due_time(
    database: Database, tmp_path: Path, clock: FakeClock
) -> None:
    ran: list[str] = []

    async def run(_parts: JobParts, holder: str) -> None:
        ran.append(holder)

    entry = Entry("once", timedelta(minutes=10), run, on_one_node=True)
    everywhere = Entry("each", timedelta(minutes=10), run)
    workers = [make_worker(database, tmp_path) for _ in range(5)]
    for expected in (1, 2):
        await asyncio.gather(*(worker.run_entry(entry) for worker in workers * 2))
        assert len(ran) == expected
        clock.advance(timedelta(minutes=10))
    ran.clear()
    await asyncio.gather(*(worker.run_entry(everywhere) for worker in workers))
    assert sorted(ran) == sorted(worker.name for worker in workers)


async def test_an_entry_that_fails_is_run_again(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ran = 0

    async def run(_parts: JobParts, _holder: str) -> None:
        nonlocal ran
        ran += 1
        raise RuntimeError

    entry = Entry("fails", timedelta(seconds=0.01), run)
    monkeypatch.setattr(module, "SCHEDULE", (entry,))
    worker = make_worker(database, tmp_path)
    task = asyncio.create_task(worker.run())
    await wait_until(lambda: ran >= 3)
    worker.stop()
    await task
    assert ran >= 3


async def test_a_process_that_ends_at_end_in_it_and_begins_nothing_else(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ran: list[str] = []

    def entry(name: str, *, at_end: bool) -> Entry:
        async def run(_parts: JobParts, _holder: str) -> None:
            ran.append(name)

        return Entry(name, timedelta(minutes=1), run, at_end=at_end)

    made = (entry("buffer", at_end=True), entry("other", at_end=False))
    monkeypatch.setattr(module, "SCHEDULE", made)
    worker = make_worker(database, tmp_path)
    worker.stop()
    await worker.run()
    assert ran == ["buffer"]
    assert {each.name for each in SCHEDULE if each.at_end} == {
        "sequence_audit",
        "flush_ledger",
        "flush_seen_sessions",
        "write_checkpoint",
    }


def test_an_event_is_sequenced_within_a_second() -> None:
    intervals = {entry.name: entry.every for entry in SCHEDULE}
    assert intervals["sequence_audit"] < timedelta(seconds=1)
    assert intervals["write_checkpoint"] <= timedelta(seconds=60)
    assert intervals["purge_expired"] < timedelta(hours=1)
    assert len(intervals) == len(SCHEDULE)

"""The worker: claims outbox rows and carries them out, and runs the schedule beside them.

Every process of the server runs one. It is woken by the process's own commits, and looks by itself
every second for those of others.
"""

from __future__ import annotations

import asyncio
import os
from contextlib import suppress
from datetime import timedelta
from typing import TYPE_CHECKING, Final

import structlog

from ciam.clock import monotonic
from ciam.errors import CiamError
from ciam.identifiers import new_opaque
from ciam.jobs import JOBS
from ciam.jobs.job import JobParts
from ciam.jobs.schedule import SCHEDULE, Entry
from ciam.messaging.transports import open_transport

if TYPE_CHECKING:
    from ciam.rendering import Renderer
    from ciam.settings import Settings
    from ciam.storage import Database
    from ciam.storage.stores.outbox import OutboxJob

log = structlog.get_logger("ciam.jobs")

_CLAIM: Final = timedelta(seconds=60)
_BATCH: Final = 10
_LOOK_EVERY: Final = 1.0
_FIRST_WAIT: Final = timedelta(seconds=2)
_LONGEST_WAIT: Final = timedelta(hours=4)
_MOST_ATTEMPTS: Final = 40


class Worker:
    """Carries out background work until it is told to stop."""

    def __init__(self, *, settings: Settings, database: Database, renderer: Renderer) -> None:
        """Take what jobs may use."""
        self.parts = JobParts(settings, database, renderer, open_transport(settings))
        self.name = f"{os.getpid()}-{new_opaque(6)}"
        self._stopping = asyncio.Event()

    def stop(self) -> None:
        """Finish what is under way, and end."""
        self._stopping.set()
        self.parts.database.outbox_filled.set()

    async def run(self) -> None:
        """Work until `stop`; an error of one job or entry never ends the others."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._work())
            for entry in SCHEDULE:
                group.create_task(self._repeat(entry))

    async def work_once(self) -> int:
        """Claim one batch and carry it out; gives how many rows were claimed."""
        async with self.parts.database.write() as transaction:
            jobs = await transaction.outbox.claim(self.name, limit=_BATCH, duration=_CLAIM)
        await asyncio.gather(*(self._carry_out(job) for job in jobs))
        return len(jobs)

    async def _work(self) -> None:
        filled = self.parts.database.outbox_filled
        while not self._stopping.is_set():
            filled.clear()
            try:
                async with self.parts.database.read() as transaction:
                    waiting = await transaction.outbox.count_waiting()
                claimed = await self.work_once() if waiting else 0
            except CiamError as error:
                log.warning("outbox", cause=error.cause)
                claimed = 0
            if claimed < _BATCH:
                with suppress(TimeoutError):
                    await asyncio.wait_for(filled.wait(), _LOOK_EVERY)

    async def _carry_out(self, job: OutboxJob) -> None:
        database = self.parts.database
        try:
            await JOBS[job.kind](self.parts, job)
        except Exception as error:  # noqa: BLE001 - whatever a job raises, the next one runs
            name = type(error).__name__
            log.warning("job failed", kind=job.kind, job=str(job.id), error=name)
            async with database.write() as transaction:
                if job.attempts >= _MOST_ATTEMPTS:
                    await transaction.outbox.give_up(job.id, error=name)
                else:
                    due_at = database.clock.now() + wait_after(job.attempts)
                    await transaction.outbox.put_back(job.id, due_at=due_at, error=name)
            return
        async with database.write() as transaction:
            await transaction.outbox.mark_done(job.id)

    async def _repeat(self, entry: Entry) -> None:
        while not self._stopping.is_set():
            started = monotonic()
            try:
                if not entry.leased or await self._has_lease(entry):
                    await entry.run(self.parts, self.name)
            except Exception as error:  # noqa: BLE001 - the next round tries again
                log.warning("schedule", entry=entry.name, error=type(error).__name__)
            wait = max(0.05, entry.every.total_seconds() - (monotonic() - started))
            with suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), wait)

    async def _has_lease(self, entry: Entry) -> bool:
        async with self.parts.database.write() as transaction:
            return await transaction.schedule.take_lease(entry.name, self.name, entry.every * 2)


def wait_after(attempts: int) -> timedelta:
    """Give the wait before the next try: doubled each time, up to four hours."""
    doubled: timedelta = _FIRST_WAIT * 2 ** min(attempts - 1, 20)
    return min(doubled, _LONGEST_WAIT)

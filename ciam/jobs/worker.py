"""The worker: claims outbox rows and carries them out, and runs the schedule beside them.

Every process of the server runs one. It is woken by the process's own commits, and looks by itself
every second for those of others. A slow job holds back no other: each has a task of its own, and a
free place is filled at once.
"""

from __future__ import annotations

import asyncio
import os
from contextlib import suppress
from datetime import timedelta
from typing import TYPE_CHECKING, Final

import structlog

from ciam import telemetry
from ciam.clock import monotonic
from ciam.identifiers import new_opaque
from ciam.jobs import JOBS
from ciam.jobs.job import Hopeless, JobParts
from ciam.jobs.schedule import SCHEDULE, Entry
from ciam.messaging.sms import open_sms_transport
from ciam.messaging.transports import open_transport
from ciam.outbound import Outbound

if TYPE_CHECKING:
    from ciam.rendering import Renderer
    from ciam.settings import Settings
    from ciam.storage import Database
    from ciam.storage.stores.outbox import OutboxJob

log = structlog.get_logger("ciam.jobs")

AT_ONCE: Final = 10
CLAIM: Final = timedelta(seconds=60)
JOB_SECONDS: Final = 45  # less than the claim: no job is carried out twice side by side
_STOP_SECONDS: Final = 10
_LOOK_EVERY: Final = 1.0
_CALM: Final = timedelta(seconds=5)
_FIRST_WAIT: Final = timedelta(seconds=2)
_LONGEST_WAIT: Final = timedelta(hours=4)
MOST_ATTEMPTS: Final = 40


class Worker:
    """Carries out background work until it is told to stop."""

    def __init__(
        self,
        *,
        settings: Settings,
        database: Database,
        renderer: Renderer,
        outbound: Outbound | None = None,
    ) -> None:
        """Take what jobs may use; raise Misconfigured for a transport that is none."""
        self.parts = JobParts(
            settings,
            database,
            renderer,
            open_transport(settings),
            open_sms_transport(settings, outbound or Outbound(settings), database.clock),
        )
        self.name = f"{os.getpid()}-{new_opaque(6)}"
        self._stopping = asyncio.Event()
        self._running: set[asyncio.Task[None]] = set()

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
        for entry in SCHEDULE:
            if entry.at_end:
                await self.run_entry(entry)

    async def work_once(self) -> int:
        """Claim one batch and carry it out; gives how many rows were claimed."""
        jobs = await self._claim(AT_ONCE)
        await asyncio.gather(*(self._carry_out(job) for job in jobs))
        return len(jobs)

    async def _work(self) -> None:
        filled = self.parts.database.outbox_filled
        while not self._stopping.is_set():
            filled.clear()
            free = AT_ONCE - len(self._running)
            jobs = await self._claim(free) if free else []
            for job in jobs:
                task = asyncio.create_task(self._carry_out(job))
                self._running.add(task)
                task.add_done_callback(self._finished)
            if not free or len(jobs) < free:
                with suppress(TimeoutError):
                    await asyncio.wait_for(filled.wait(), _LOOK_EVERY)
        if self._running:
            _, late = await asyncio.wait(self._running, timeout=_STOP_SECONDS)
            for task in late:  # its claim runs out, another worker takes it
                task.cancel()

    def _finished(self, task: asyncio.Task[None]) -> None:
        was_full = len(self._running) == AT_ONCE
        self._running.discard(task)
        if was_full:
            self.parts.database.outbox_filled.set()

    async def _claim(self, limit: int) -> list[OutboxJob]:
        """Claim due jobs of the kinds this version knows; none while the database is away."""
        database = self.parts.database
        try:
            async with database.read() as transaction:
                if not await transaction.outbox.has_due(tuple(JOBS)):
                    return []
            async with database.write() as transaction:
                return await transaction.outbox.claim(
                    self.name, limit=limit, duration=CLAIM, kinds=tuple(JOBS)
                )
        except Exception as error:  # noqa: BLE001 - whatever it is, the next round tries again
            log.warning("outbox not read", error=type(error).__name__)
            return []

    async def _carry_out(self, job: OutboxJob) -> None:
        failure: Exception | None = None
        try:
            with telemetry.span(f"job {job.kind}", "consumer"):
                async with asyncio.timeout(JOB_SECONDS):
                    await JOBS[job.kind](self.parts, job)
        except Exception as error:  # noqa: BLE001 - whatever a job raises, the next one runs
            failure = error
        try:
            await self._note(job, failure)
        except Exception as error:  # noqa: BLE001 - the claim runs out and the job is tried again
            log.warning("job not noted", job=str(job.id), error=type(error).__name__)

    async def _note(self, job: OutboxJob, failure: Exception | None) -> None:
        now = self.parts.database.clock.now()
        async with self.parts.database.write() as transaction:
            outbox, error = transaction.outbox, type(failure).__name__
            if failure is None:
                await outbox.mark_done(job.id)
            elif isinstance(failure, Hopeless) or job.attempts >= MOST_ATTEMPTS:
                await outbox.give_up(job.id, error=error)
                log.error("job given up", kind=job.kind, job=str(job.id), error=error)
            else:
                due_at = now + wait_after(job.attempts)
                await outbox.put_back(job.id, due_at=due_at, error=error)
                log.warning("job put back", kind=job.kind, job=str(job.id), error=error)

    async def _repeat(self, entry: Entry) -> None:
        """Run an entry every so often; a process that has just started has enough to do."""
        wait = min(entry.every, _CALM).total_seconds()
        while not await self._stops_within(wait):
            started = monotonic()
            await self.run_entry(entry)
            wait = max(0.05, entry.every.total_seconds() - (monotonic() - started))

    async def _stops_within(self, seconds: float) -> bool:
        with suppress(TimeoutError):
            await asyncio.wait_for(self._stopping.wait(), seconds)
        return self._stopping.is_set()

    async def run_entry(self, entry: Entry) -> None:
        """Run an entry of the schedule now, if this node is the one to; an error is logged."""
        try:
            if not entry.on_one_node or await self._has_claimed(entry):
                await entry.run(self.parts, self.name)
        except Exception as error:  # noqa: BLE001 - the next round tries again
            log.warning("schedule", entry=entry.name, error=type(error).__name__)

    async def _has_claimed(self, entry: Entry) -> bool:
        async with self.parts.database.write() as transaction:
            due_at = entry.due_before(transaction.clock.now())
            return await transaction.schedule.claim(entry.name, due_at, self.name)


def wait_after(attempts: int) -> timedelta:
    """Give the wait before the next try: doubled each time, up to four hours."""
    return min(_FIRST_WAIT * (1 << min(attempts - 1, 20)), _LONGEST_WAIT)

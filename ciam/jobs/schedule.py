"""What the clock starts: each entry runs about every so often, on one node or on each.

An entry "on each" works on what lies in the process (a buffer); the others are claimed or leased,
so that several nodes do not do the same thing at once.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from ciam.audit.checkpoints import keep_checkpoints, name_log, write_checkpoint
from ciam.audit.late_events import late_events
from ciam.audit.sequencer import sequence_pending
from ciam.consent.release import flush_ledger
from ciam.jobs.purge_expired import purge_expired
from ciam.sessions.session import flush_seen

if TYPE_CHECKING:
    from ciam.jobs.job import JobParts


@dataclass(frozen=True)
class Entry:
    """One entry of the schedule; a leased one is taken by one node at a time."""

    name: str
    every: timedelta
    run: Callable[[JobParts, str], Awaitable[None]]
    leased: bool = True


async def _flush_events(parts: JobParts, _holder: str) -> None:
    await late_events.flush(parts.database)


async def _flush_ledger(parts: JobParts, _holder: str) -> None:
    await flush_ledger(parts.database)


async def _sequence(parts: JobParts, holder: str) -> None:
    await sequence_pending(parts.database, holder)


async def _checkpoint(parts: JobParts, _holder: str) -> None:
    await write_checkpoint(parts.database, name_log(parts.settings.issuer))


async def _keep_checkpoints(parts: JobParts, _holder: str) -> None:
    folder = parts.settings.home / "checkpoints"
    await keep_checkpoints(parts.database, name_log(parts.settings.issuer), folder)


async def _purge(parts: JobParts, _holder: str) -> None:
    await purge_expired(parts.database)


async def _flush_seen(parts: JobParts, _holder: str) -> None:
    await flush_seen(parts.database)


SCHEDULE: Final = (
    Entry("flush_late_events", timedelta(seconds=0.8), _flush_events, leased=False),
    Entry("flush_ledger", timedelta(seconds=5), _flush_ledger, leased=False),
    Entry("flush_seen_sessions", timedelta(seconds=15), _flush_seen, leased=False),
    Entry("sequence_audit", timedelta(seconds=0.8), _sequence, leased=False),  # has its own lease
    Entry("write_checkpoint", timedelta(seconds=60), _checkpoint),
    Entry("keep_checkpoints", timedelta(seconds=60), _keep_checkpoints, leased=False),
    Entry("purge_expired", timedelta(minutes=10), _purge),
)

"""What the clock starts: each entry runs about every so often, on every node or on one of them.

What works on the process itself (a buffer, a folder) or holds a lease of its own runs on every
node. The others are claimed by a unique (job, due time), so several nodes never do the same thing,
and a dead node delays nothing.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

import structlog

from ciam.audit.checkpoints import keep_checkpoints, name_log, write_checkpoint
from ciam.audit.late_events import late_events
from ciam.audit.sequencer import sequence_pending
from ciam.consent.release import flush_ledger
from ciam.errors import Misconfigured
from ciam.jobs.measure_queue import measure_queue
from ciam.jobs.purge_expired import purge_expired
from ciam.jobs.rekey import rekey
from ciam.jobs.tell_of_recoveries import tell_of_recoveries
from ciam.keys.server import load_server_keys
from ciam.sessions.session import flush_seen

if TYPE_CHECKING:
    from ciam.jobs.job import JobParts

log = structlog.get_logger("ciam.jobs")
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Entry:
    """One entry of the schedule: how often, what, and whether only one node at each due time.

    Before a process ends it runs once more what is `at_end`: what waits in it is written, and the
    log is signed as it stands.
    """

    name: str
    every: timedelta
    run: Callable[[JobParts, str], Awaitable[object]]
    on_one_node: bool = False
    at_end: bool = False

    def due_before(self, now: datetime) -> datetime:
        """Give the newest due time: a multiple of the interval, the same on every node."""
        return now - (now - _EPOCH) % self.every


async def _sequence(parts: JobParts, holder: str) -> None:
    """Flush what waits in this process, then order what any process has written."""
    await late_events.flush(parts.database)
    await sequence_pending(parts.database, holder)


async def _flush_ledger(parts: JobParts, _holder: str) -> None:
    await flush_ledger(parts.database)


async def _checkpoint(parts: JobParts, _holder: str) -> None:
    """Sign when it is due: the unique size lets one node win; every node keeps its copy."""
    origin = name_log(parts.settings.issuer)
    await write_checkpoint(parts.database, origin)
    await keep_checkpoints(parts.database, origin, parts.settings.home / "checkpoints")


async def _flush_seen(parts: JobParts, _holder: str) -> None:
    await flush_seen(parts.database)


async def _measure(parts: JobParts, _holder: str) -> None:
    await measure_queue(parts)


async def _purge(parts: JobParts, _holder: str) -> None:
    await purge_expired(parts.database)


async def _tell_of_recoveries(parts: JobParts, _holder: str) -> None:
    await tell_of_recoveries(parts.database)


async def _rekey(parts: JobParts, _holder: str) -> None:
    await rekey(parts.database)


async def _load_keys(parts: JobParts, _holder: str) -> None:
    """Learn of a key that another node rotated, well before anything is sealed with it."""
    if parts.database.keys_loaded_at is not None:  # loaded at the start
        try:
            await load_server_keys(parts.database)
        except Misconfigured as error:  # /readyz says no in a minute, if it is not mended
            log.warning("keys not loaded", cause=error.cause)


SCHEDULE: Final = (
    Entry("sequence_audit", timedelta(seconds=0.5), _sequence, at_end=True),
    Entry("flush_ledger", timedelta(seconds=3), _flush_ledger, at_end=True),
    Entry("flush_seen_sessions", timedelta(seconds=15), _flush_seen, at_end=True),
    Entry("load_server_keys", timedelta(seconds=5), _load_keys),
    Entry("write_checkpoint", timedelta(seconds=5), _checkpoint, at_end=True),
    Entry("measure_queue", timedelta(seconds=10), _measure),
    Entry("rekey", timedelta(seconds=10), _rekey, on_one_node=True),
    Entry("tell_of_recoveries", timedelta(minutes=1), _tell_of_recoveries, on_one_node=True),
    Entry("purge_expired", timedelta(minutes=10), _purge, on_one_node=True),
)

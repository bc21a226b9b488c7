"""The one clock: every rule that depends on time is handed a `Clock` and asks it.

Times are aware and in UTC. SQL `now()` is never used in a rule, so a test can move time and two
databases agree on what "expired" means.
"""

import time
from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """What tells the time."""

    def now(self) -> datetime:
        """Give the present instant, aware, in UTC."""
        ...


class SystemClock:
    """The machine's clock, corrected by a known offset to the database's clock."""

    def __init__(self, offset: timedelta = timedelta(0)) -> None:
        """Start with the offset measured against the database (`Database.measure_clock_offset`)."""
        self.offset = offset

    def now(self) -> datetime:
        """Give the present instant, aware, in UTC."""
        return datetime.now(UTC) + self.offset


def to_epoch_seconds(instant: datetime) -> int:
    """Give a NumericDate: whole seconds since 1970-01-01T00:00:00Z (RFC 7519 §2)."""
    return int(instant.timestamp())


def from_epoch_seconds(seconds: float) -> datetime:
    """Read a NumericDate (RFC 7519 §2)."""
    return datetime.fromtimestamp(seconds, UTC)


def monotonic() -> float:
    """Give seconds on a clock that never steps, for deadlines and measured durations."""
    return time.monotonic()

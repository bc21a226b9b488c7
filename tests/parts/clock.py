"""A clock that a test holds in its hand; implements `ciam.clock.Clock`."""

from datetime import UTC, datetime, timedelta


class FakeClock:
    """Stands still until it is moved."""

    def __init__(self, start: datetime = datetime(2030, 1, 15, 9, 0, tzinfo=UTC)) -> None:
        """Start at a fixed instant, so that no test depends on the day it runs."""
        self._now = start

    def now(self) -> datetime:
        """Give the instant the test has set."""
        return self._now

    def advance(self, step: timedelta) -> None:
        """Move forward, or back with a negative step."""
        self._now += step

    def set(self, instant: datetime) -> None:
        """Jump to an aware instant."""
        self._now = instant.astimezone(UTC)

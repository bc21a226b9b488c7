"""When sessions were last used, noted in the process until a job writes it.

Most requests of a session only read; this keeps them so. A crash loses the notes of some seconds,
which makes an idle session end that much earlier.
"""

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

WORTH_NOTING: Final = timedelta(minutes=5)
"""A use within this time of the last one noted changes nothing that anybody would see."""


class SeenSessions:
    """Uses of sessions that are not written yet."""

    def __init__(self) -> None:
        """Begin with none."""
        self._seen: dict[UUID, datetime] = {}

    def note(self, session: UUID, at: datetime) -> None:
        """Note a use."""
        self._seen[session] = at

    def take(self) -> dict[UUID, datetime]:
        """Give what is noted and begin anew."""
        seen, self._seen = self._seen, {}
        return seen

    def put_back(self, seen: dict[UUID, datetime]) -> None:
        """Note again what could not be written; newer notes stay."""
        self._seen = seen | self._seen

"""Repeated releases, counted in the process until a job writes them to the ledger.

Only releases whose row is committed are counted here, so a crash loses repeats of the last seconds
and never a first release.
"""

from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

_KNOWN_LIMIT: Final = 100_000


@dataclass(frozen=True, slots=True)
class DisclosureKey:
    """What makes two releases the same row of the ledger; `items` sorted."""

    customer: UUID
    client: UUID
    items: tuple[str, ...]
    basis: UUID
    channel: str


@dataclass(frozen=True, slots=True)
class Repeats:
    """How often since the last flush, and when last."""

    count: int
    last_at: datetime


class LedgerCounts:
    """Which rows this process has seen committed, and the repeats not yet written."""

    def __init__(self) -> None:
        """Begin with nothing seen."""
        self._known: OrderedDict[DisclosureKey, None] = OrderedDict()
        self._pending: dict[DisclosureKey, Repeats] = {}

    def is_known(self, key: DisclosureKey) -> bool:
        """Tell whether the row is there for certain; the least used are forgotten first."""
        if key not in self._known:
            return False
        self._known.move_to_end(key)
        return True

    def remember(self, key: DisclosureKey) -> None:
        """Note that the row is committed."""
        self._known[key] = None
        if len(self._known) > _KNOWN_LIMIT:
            self._known.popitem(last=False)

    def forget(self, key: DisclosureKey) -> None:
        """Note that the row is gone: the next release writes a new one first."""
        self._known.pop(key, None)

    def repeat(self, key: DisclosureKey, at: datetime, count: int = 1) -> None:
        """Count a repeat of a row that is there."""
        before = self._pending.get(key)
        if before is None:
            self._pending[key] = Repeats(count, at)
        else:
            self._pending[key] = Repeats(before.count + count, max(before.last_at, at))

    def take(self) -> dict[DisclosureKey, Repeats]:
        """Hand over what is waiting; who could not write it gives it back."""
        taken, self._pending = self._pending, {}
        return taken

    def give_back(self, repeats: dict[DisclosureKey, Repeats]) -> None:
        """Take back what could not be written."""
        for key, repeat in repeats.items():
            self.repeat(key, repeat.last_at, repeat.count)

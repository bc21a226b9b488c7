"""Counters of attempts: reserved before they are evaluated, so parallel guesses count exactly.

A window slides: it is counted in parts, and the parts that reach into it are added up. So no more
than what is allowed happens in any stretch of time as long as the window, also not around the turn
of an hour, where a counter that starts anew would let twice as many through.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import (
    ColumnElement,
    Integer,
    bindparam,
    delete,
    func,
    literal_column,
    select,
    update,
)

from ciam.clock import from_epoch_seconds
from ciam.storage.prepared import Prepared
from ciam.storage.stores.store import Store, insert_on
from ciam.storage.tables.protection import attempt_counter

_PARTS: Final = 6
_COLUMNS: Final = attempt_counter.c
_ONE: Final[ColumnElement[int]] = literal_column("1", Integer)
_KEY: Final = ("limit", "key_hash", "window_start")

_ADD: Final = {
    is_sqlite: Prepared(
        insert_on(attempt_counter, is_sqlite=is_sqlite).on_conflict_do_update(
            index_elements=_KEY, set_={"count": _COLUMNS.count + _ONE}
        ),
        values=(*_KEY, "count", "expires_at"),
    )
    for is_sqlite in (True, False)
}
_SUM: Final = Prepared(
    select(
        func.sum(_COLUMNS.count).label("total"), func.min(_COLUMNS.window_start).label("oldest")
    ).where(
        _COLUMNS.limit == bindparam("limit"),
        _COLUMNS.key_hash == bindparam("key_hash"),
        _COLUMNS.count > literal_column("0"),
        _COLUMNS.window_start > bindparam("after"),
    )
)
_REFUND: Final = Prepared(
    update(attempt_counter)
    .where(
        *(_COLUMNS[name] == bindparam(name) for name in _KEY),
        _COLUMNS.count > literal_column("0"),
    )
    .values(count=_COLUMNS.count - _ONE)
)


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt: how many there are with it, and when the oldest of them are let go.

    `is_counted` is False for one above the limit, which left no trace.
    """

    limit: str
    key_hash: bytes = field(repr=False)
    part_start: datetime
    count: int
    room_at: datetime
    is_counted: bool = True


class AttemptStore(Store):
    """Counters of attempts, exact over nodes."""

    async def reserve(self, limit: str, *key: str, allowed: int, window: timedelta) -> Attempt:
        """Count one attempt; nodes that count the same wait for each other's commit.

        Where the limit is reached already nobody waits: a flood of attempts at one name must not
        hold the connections that others need.
        """
        hashes, start = self._hashes(limit, key), self._part_start(window)
        key_hash = self.name(limit, *key)
        length = window + _part(window)
        count, oldest = await self._sum(limit, hashes, window)
        if count >= allowed:
            room_at = (oldest or start) + length
            return Attempt(limit, key_hash, start, count + 1, room_at, is_counted=False)
        await self._lock(hashes)
        await self._add(limit, key_hash, start, length)
        count, oldest = await self._sum(limit, hashes, window)
        return Attempt(limit, key_hash, start, count, (oldest or start) + length)

    def name(self, limit: str, *key: str) -> bytes:
        """Give what is counted as it may be told to others: its keyed hash."""
        return self.index_hash("attempt", limit, *key)

    async def note(self, limit: str, *key: str, window: timedelta) -> None:
        """Count one without a limit: nobody waits but for the same row."""
        start = self._part_start(window)
        await self._add(limit, self.name(limit, *key), start, window + _part(window))

    async def refund(self, attempt: Attempt) -> None:
        """Take one attempt back, by one statement: it was no failure, or it was not let through."""
        if not attempt.is_counted:
            return
        named = {
            "limit": attempt.limit,
            "key_hash": attempt.key_hash,
            "window_start": attempt.part_start,
        }
        await self.connection.all(_REFUND, named)

    async def count(self, limit: str, *key: str, window: timedelta) -> int:
        """Give the attempts in the window that ends now, without counting one."""
        count, _oldest = await self._sum(limit, self._hashes(limit, key), window)
        return count

    async def clear(self, limit: str, *key: str) -> None:
        """Forget the attempts at a limit, after a success."""
        await self.connection.execute(
            delete(attempt_counter).where(
                attempt_counter.c.limit == limit,
                attempt_counter.c.key_hash.in_(self._hashes(limit, key)),
            )
        )

    async def _add(self, limit: str, key_hash: bytes, start: datetime, length: timedelta) -> None:
        await self.connection.all(
            _ADD[self.stores.is_sqlite],
            {
                "limit": limit,
                "key_hash": key_hash,
                "window_start": start,
                "count": 1,
                "expires_at": start + length,
            },
        )

    async def _sum(
        self, limit: str, hashes: list[bytes], window: timedelta
    ) -> tuple[int, datetime | None]:
        """Give the attempts of the parts that reach into the window, and the oldest start."""
        after = self.now - window - _part(window)
        total, oldest = 0, None
        for key_hash in hashes:  # one, but during a rotation of the key
            named = {"limit": limit, "key_hash": key_hash, "after": after}
            row = await self.connection.first(_SUM, named)
            total += int(row.total or 0)
            oldest = min((one for one in (oldest, row.oldest) if one is not None), default=None)
        return total, oldest

    async def _lock(self, hashes: list[bytes]) -> None:
        """Wait for whoever counts the same; on SQLite a writing unit of work is alone anyway.

        The row of the present part would do, but for the moment in which a new part begins, and
        for a rotation of the key, in which nodes count in different rows.
        """
        for key_hash in () if self.stores.is_sqlite else hashes:
            number = int.from_bytes(key_hash[:8], "big", signed=True)
            await self.connection.execute(select(func.pg_advisory_xact_lock(number)))

    def _hashes(self, limit: str, key: tuple[str, ...]) -> list[bytes]:
        return self.index_hashes("attempt", limit, *key)

    def _part_start(self, window: timedelta) -> datetime:
        """Give the start of the present part, the same on every node: whole parts since 1970."""
        seconds = int(_part(window).total_seconds())
        return from_epoch_seconds(int(self.now.timestamp()) // seconds * seconds)


def _part(window: timedelta) -> timedelta:
    return timedelta(seconds=max(1, int(window.total_seconds()) // _PARTS))

"""Counters of attempts: reserved before they are evaluated, so parallel guesses count exactly.

A window slides: it is counted in parts, and the parts that reach into it are added up. So no more
than what is allowed happens in any stretch of time as long as the window, also not around the turn
of an hour, where a counter that starts anew would let twice as many through.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import ColumnElement, delete, func, select, update

from ciam.clock import from_epoch_seconds
from ciam.storage.stores.store import Store
from ciam.storage.tables.protection import attempt_counter

_PARTS: Final = 6


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
        columns = attempt_counter.c
        await self.connection.execute(
            self.insert(attempt_counter)
            .values(
                limit=limit,
                key_hash=key_hash,
                window_start=start,
                count=1,
                expires_at=start + length,
            )
            .on_conflict_do_update(
                index_elements=["limit", "key_hash", "window_start"],
                set_={"count": columns.count + 1},
            )
        )
        count, oldest = await self._sum(limit, hashes, window)
        return Attempt(limit, key_hash, start, count, (oldest or start) + length)

    def name(self, limit: str, *key: str) -> bytes:
        """Give what is counted as it may be told to others: its keyed hash."""
        return self.index_hash("attempt", limit, *key)

    async def note(self, limit: str, *key: str, window: timedelta) -> None:
        """Count one without a limit: nobody waits but for the same row."""
        start = self._part_start(window)
        columns = attempt_counter.c
        await self.connection.execute(
            self.insert(attempt_counter)
            .values(
                limit=limit,
                key_hash=self.name(limit, *key),
                window_start=start,
                count=1,
                expires_at=start + window + _part(window),
            )
            .on_conflict_do_update(
                index_elements=["limit", "key_hash", "window_start"],
                set_={"count": columns.count + 1},
            )
        )

    async def refund(self, attempt: Attempt) -> None:
        """Take one attempt back, by one statement: it was no failure, or it was not let through."""
        if not attempt.is_counted:
            return
        columns = attempt_counter.c
        await self.connection.execute(
            update(attempt_counter)
            .where(
                columns.limit == attempt.limit,
                columns.key_hash == attempt.key_hash,
                columns.window_start == attempt.part_start,
                columns.count > 0,
            )
            .values(count=columns.count - 1)
        )

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

    async def _sum(
        self, limit: str, hashes: list[bytes], window: timedelta
    ) -> tuple[int, datetime | None]:
        """Give the attempts of the parts that reach into the window, and the oldest start."""
        columns = attempt_counter.c
        reaches_in: ColumnElement[bool] = columns.window_start > self.now - window - _part(window)
        row = (
            await self.connection.execute(
                select(func.sum(columns.count), func.min(columns.window_start)).where(
                    columns.limit == limit,
                    columns.key_hash.in_(hashes),
                    columns.count > 0,
                    reaches_in,
                )
            )
        ).one()
        return int(row[0] or 0), row[1]

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

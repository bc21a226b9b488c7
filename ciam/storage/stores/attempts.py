"""Counters of attempts: reserved by one statement, so parallel guesses are counted exactly."""

from datetime import datetime, timedelta

from sqlalchemy import delete, select

from ciam.clock import from_epoch_seconds
from ciam.storage.stores.store import Store
from ciam.storage.tables.protection import attempt_counter


class AttemptStore(Store):
    """Counters of attempts, exact over nodes."""

    async def reserve(self, limit: str, *key: str, window: timedelta) -> tuple[int, datetime]:
        """Count one attempt in the present window; gives the new count and when it ends."""
        start = self._window_start(window)
        columns = attempt_counter.c
        count = await self.connection.scalar(
            self.insert(attempt_counter)
            .values(
                limit=limit,
                key_hash=self.index_hash("attempt", limit, *key),
                window_start=start,
                count=1,
                expires_at=start + window,
            )
            .on_conflict_do_update(
                index_elements=["limit", "key_hash", "window_start"],
                set_={"count": columns.count + 1},
            )
            .returning(columns.count)
        )
        return count or 1, start + window

    async def count(self, limit: str, *key: str, window: timedelta) -> int:
        """Give the attempts of the present window without counting one."""
        columns = attempt_counter.c
        found = await self.connection.scalar(
            select(columns.count).where(
                columns.limit == limit,
                columns.key_hash == self.index_hash("attempt", limit, *key),
                columns.window_start == self._window_start(window),
            )
        )
        return found or 0

    async def clear(self, limit: str, *key: str) -> None:
        """Forget the attempts at a limit, after a success."""
        await self.connection.execute(
            delete(attempt_counter).where(
                attempt_counter.c.limit == limit,
                attempt_counter.c.key_hash == self.index_hash("attempt", limit, *key),
            )
        )

    def _window_start(self, window: timedelta) -> datetime:
        """Give the start of the window, the same on every node: whole windows since 1970."""
        seconds = int(window.total_seconds())
        return from_epoch_seconds(int(self.now.timestamp()) // seconds * seconds)

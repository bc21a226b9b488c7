"""A connection beside the pool, for what is read by its key: one statement after the other.

To take a connection from the pool and to give it back costs more than such a statement. Each sees
what is committed when it runs; there is no transaction around several. On PostgreSQL a unit of work
that finds it busy takes a connection from the pool instead, so a distant database is no bottleneck.
"""

from __future__ import annotations

import asyncio
import sqlite3
from typing import TYPE_CHECKING, Any, Final

from ciam.errors import Unavailable
from ciam.metrics import DATABASE_UNAVAILABLE
from ciam.storage.outage import is_lost

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import PoolProxiedConnection
    from sqlalchemy.ext.asyncio import AsyncEngine

BUSY_SECONDS: Final = 5
"""How long anybody waits for an answer, with all that comes before it."""


class SideConnection:
    """Runs selects by the driver itself; connects with the first one."""

    def __init__(self, engine: AsyncEngine) -> None:
        """Take the engine that reads."""
        self._engine = engine
        self._embedded: sqlite3.Connection | None = None
        self._taken: PoolProxiedConnection | None = None
        self._turn = asyncio.Lock()

    @property
    def is_busy(self) -> bool:
        """Whether a statement is under way: another would wait for it."""
        return self._turn.locked()

    def embedded(self) -> sqlite3.Connection:
        """Give the connection to SQLite, which only reads and sees what is committed."""
        if self._embedded is None:
            path = self._engine.url.database or ""
            self._embedded = sqlite3.connect(
                path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False
            )
            self._embedded.execute("PRAGMA query_only=ON")
        return self._embedded

    def fetch_embedded(self, sql: str, values: Sequence[Any] = ()) -> list[Any]:
        """Give the rows that SQLite finds, at once; raise Unavailable when it cannot."""
        try:
            return self.embedded().execute(sql, values).fetchall()
        except sqlite3.Error as error:
            DATABASE_UNAVAILABLE.inc()
            cause = f"database: {type(error).__name__}"
            raise Unavailable(cause) from error

    async def fetch(self, sql: str, values: Sequence[Any] = ()) -> list[Any]:
        """Give the rows that PostgreSQL finds; raise Unavailable, TimeoutError or OSError.

        After any error the connection is thrown away: the next one begins with a new one.
        """
        async with asyncio.timeout(BUSY_SECONDS), self._turn:
            try:
                if self._taken is None:
                    self._taken = await self._engine.raw_connection()
                driver: Any = self._taken.driver_connection
                rows: list[Any] = await driver.fetch(sql, *values)
            except BaseException as error:
                self._discard()
                if is_lost(error):
                    DATABASE_UNAVAILABLE.inc()
                    cause = f"database: {type(error).__name__}"
                    raise Unavailable(cause) from error
                raise
        return rows

    def close(self) -> None:
        """Close the connection; whoever asks later gets a new one."""
        if self._embedded is not None:
            self._embedded.close()
            self._embedded = None
        self._discard()

    def _discard(self) -> None:
        taken, self._taken = self._taken, None
        if taken is not None:
            taken.invalidate()

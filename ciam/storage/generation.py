"""The generation of the configuration, read before a unit of work takes a connection.

Requests that only need what is cached need no more than this number. SQLite is asked by a
connection of its own, in microseconds. On PostgreSQL requests that ask at the same time share one
reading: never one that had begun before they asked, so none of them is answered from a stale copy.
"""

from __future__ import annotations

import asyncio
import sqlite3
from typing import TYPE_CHECKING, Final

from sqlalchemy import select

from ciam.errors import Unavailable
from ciam.metrics import DATABASE_UNAVAILABLE
from ciam.storage.tables.config import config_generation

if TYPE_CHECKING:
    from ciam.storage.engine import Engines

_BUSY_SECONDS: Final = 5
_QUERY: Final = select(config_generation.c.generation)
_SQL: Final = f"SELECT generation FROM {config_generation.name}"  # noqa: S608 - a name of ours


class GenerationReader:
    """Gives the present generation; 0 before the first change."""

    def __init__(self, engines: Engines) -> None:
        """Take open engines; nothing is connected yet."""
        self._engines = engines
        self._embedded: sqlite3.Connection | None = None
        self._running: asyncio.Task[int] | None = None
        self._next: asyncio.Task[int] | None = None

    async def read(self) -> int:
        """Read what is committed now; raise Unavailable or the driver's error."""
        if self._engines.is_sqlite:
            return self._read_embedded()
        if self._next is None:
            self._next = asyncio.create_task(self._read_after(self._running))
            self._next.add_done_callback(_retrieve)
        async with asyncio.timeout(_BUSY_SECONDS):
            return await asyncio.shield(self._next)

    def embedded(self) -> sqlite3.Connection:
        """Give the connection to SQLite, which only reads and sees what is committed."""
        if self._embedded is None:
            path = self._engines.reading.url.database or ""
            self._embedded = sqlite3.connect(
                path, timeout=_BUSY_SECONDS, isolation_level=None, check_same_thread=False
            )
            self._embedded.execute("PRAGMA query_only=ON")
        return self._embedded

    def close(self) -> None:
        """Close the connection to SQLite."""
        if self._embedded is not None:
            self._embedded.close()
            self._embedded = None

    def _read_embedded(self) -> int:
        try:
            row = self.embedded().execute(_SQL).fetchone()
        except sqlite3.Error as error:
            DATABASE_UNAVAILABLE.inc()
            cause = f"database: {type(error).__name__}"
            raise Unavailable(cause) from error
        return row[0] if row else 0

    async def _read_after(self, running: asyncio.Task[int] | None) -> int:
        if running is not None:
            await asyncio.wait([running])
        self._running, self._next = self._next, None
        try:
            async with self._engines.reading.connect() as connection:
                return await connection.scalar(_QUERY) or 0
        finally:
            self._running = None


def _retrieve(task: asyncio.Task[int]) -> None:
    """Look at the error, so that asyncio does not complain when all who asked have left."""
    if not task.cancelled():
        task.exception()

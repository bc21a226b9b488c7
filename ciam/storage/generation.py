"""The generation of the configuration, read before a unit of work takes a connection.

Requests that only need what is cached need no more than this number. SQLite is asked in
microseconds. On PostgreSQL requests that ask at the same time share one reading: never one that had
begun before they asked, so none of them is answered from a stale copy.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Final

from ciam.storage.side_connection import BUSY_SECONDS
from ciam.storage.tables.config import config_generation

if TYPE_CHECKING:
    from ciam.storage.side_connection import SideConnection

_SQL: Final = f"SELECT generation FROM {config_generation.name}"  # noqa: S608 - a name of ours


class GenerationReader:
    """Gives the present generation; 0 before the first change."""

    def __init__(self, side: SideConnection, *, is_sqlite: bool) -> None:
        """Take the connection beside the pool."""
        self._side = side
        self._is_sqlite = is_sqlite
        self._running: asyncio.Task[int] | None = None
        self._next: asyncio.Task[int] | None = None

    async def read(self) -> int:
        """Read what is committed now; raise Unavailable or the driver's error."""
        if self._is_sqlite:
            return _first(self._side.fetch_embedded(_SQL))
        if self._next is None:
            self._next = asyncio.create_task(self._read_after(self._running))
            self._next.add_done_callback(_retrieve)
        async with asyncio.timeout(BUSY_SECONDS):
            return await asyncio.shield(self._next)

    async def _read_after(self, running: asyncio.Task[int] | None) -> int:
        if running is not None:
            await asyncio.wait([running])
        self._running, self._next = self._next, None
        try:
            return _first(await self._side.fetch(_SQL))
        finally:
            self._running = None


def _first(rows: list[Any]) -> int:
    return rows[0][0] if rows else 0


def _retrieve(task: asyncio.Task[int]) -> None:
    """Look at the error, so that asyncio does not complain when all who asked have left."""
    if not task.cancelled():
        task.exception()

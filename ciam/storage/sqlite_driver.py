"""The driver of the embedded database: SQLite in the process, waiting only where it must wait.

A thread for each statement costs several times what the statement itself does. Statements on a
local file take some ten microseconds, so they run where they are asked for. What may take long does
not: the fsync of COMMIT runs in a thread, and BEGIN IMMEDIATE, while another process writes, tries
again and leaves the event loop free meanwhile.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections import deque
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy.dialects import registry
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.pool import AsyncAdaptedQueuePool, Pool
from sqlalchemy.util.concurrency import await_only, in_greenlet

from ciam.clock import monotonic

if TYPE_CHECKING:
    from types import ModuleType

DRIVER: Final = "sqlite+inline"
BUSY_SECONDS: Final = 5.0
_FIRST_WAIT: Final = 0.001
_LONGEST_WAIT: Final = 0.02


class InlineCursor(sqlite3.Cursor):
    """A cursor that has all its rows once a statement ran, so that none stays open afterwards.

    SQLAlchemy, on a stack of its own, expects each statement to await: it awaits nothing.
    """

    _rows: deque[Any]

    def execute(self, sql: str, parameters: Any = (), /) -> InlineCursor:  # noqa: ANN401 - the driver's
        """Run a statement at once and fetch what it gives."""
        if in_greenlet():
            await_only(_nothing())
        super().execute(sql, parameters)
        self._rows = deque(super().fetchall() if self.description else ())
        return self

    def executemany(self, sql: str, parameters: Any, /) -> InlineCursor:  # noqa: ANN401 - the driver's
        """Run a statement for each row at once."""
        if in_greenlet():
            await_only(_nothing())
        super().executemany(sql, parameters)
        self._rows = deque()
        return self

    def fetchone(self) -> Any:  # noqa: ANN401 - a row
        """Give the next row, or None."""
        return self._rows.popleft() if self._rows else None

    def fetchmany(self, size: int | None = None) -> list[Any]:
        """Give the next rows."""
        wanted = min(self.arraysize if size is None else size, len(self._rows))
        return [self._rows.popleft() for _ in range(wanted)]

    def fetchall(self) -> list[Any]:
        """Give every row that is left."""
        rows = list(self._rows)
        self._rows.clear()
        return rows

    async def _async_soft_close(self) -> None:
        """Close nothing: the rows are here, and the statement has ended."""


class InlineConnection(sqlite3.Connection):
    """A connection that is used by one task at a time, as the pool hands it out."""

    def cursor(self, factory: Any = InlineCursor) -> Any:  # noqa: ANN401 - as the driver has it
        """Give a cursor of ours."""
        return super().cursor(factory)

    def switch_foreign_keys(self, *, on: bool) -> None:
        """Switch the checking of foreign keys, outside any transaction."""
        sqlite3.Cursor(self).execute(f"PRAGMA foreign_keys={'ON' if on else 'OFF'}")

    def begin(self) -> None:
        """Begin a transaction that reads."""
        sqlite3.Cursor(self).execute("BEGIN")

    def begin_immediate(self) -> None:
        """Take the write lock; raise OperationalError when another process keeps it too long."""
        deadline, wait = monotonic() + BUSY_SECONDS, _FIRST_WAIT
        while True:
            try:
                self._try_to_begin()
            except sqlite3.OperationalError as error:
                if error.sqlite_errorname != "SQLITE_BUSY" or monotonic() > deadline:
                    raise
                await_only(asyncio.sleep(wait))
                wait = min(wait * 2, _LONGEST_WAIT)
            else:
                return

    def _try_to_begin(self) -> None:
        """Begin without waiting; other statements keep the driver's own time-out."""
        cursor = sqlite3.Cursor(self)
        cursor.execute("PRAGMA busy_timeout=0")
        try:
            cursor.execute("BEGIN IMMEDIATE")
        finally:
            cursor.execute(f"PRAGMA busy_timeout={int(BUSY_SECONDS * 1000)}")

    def commit(self) -> None:
        """Commit in a thread, because it waits for the disk; a read has nothing to wait for."""
        if not self.in_transaction:
            return
        if self.total_changes == self._changes_before:
            super().commit()
            return
        self._changes_before = self.total_changes
        await_only(asyncio.to_thread(super().commit))

    _changes_before = -1


async def _nothing() -> None:
    """Be awaited."""


class InlineDialect(SQLiteDialect_pysqlite):
    """SQLAlchemy's own SQLite dialect, told that its connections live on an event loop."""

    driver = "inline"
    is_async = True
    supports_statement_cache = True

    @classmethod
    def import_dbapi(cls) -> ModuleType:
        """Give the standard library's driver."""
        return sqlite3

    @classmethod
    def get_pool_class(cls, url: Any) -> type[Pool]:  # noqa: ANN401, ARG003 - as the base class has it
        """Give a pool whose waiting does not block the event loop."""
        return AsyncAdaptedQueuePool

    def get_driver_connection(self, connection: Any) -> Any:  # noqa: ANN401 - as the base class has it
        """Give the connection itself; nothing is wrapped around it."""
        return connection


registry.register("sqlite.inline", __name__, "InlineDialect")

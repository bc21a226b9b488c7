"""Engines: how SQLite and PostgreSQL are opened so that both keep the same promises.

SQLite: one writing connection (its pool of one is the lock of the process), explicit `BEGIN
IMMEDIATE`, WAL, `synchronous=FULL`; readers of their own that cannot write. A deferred BEGIN fails
as soon as two read-then-write transactions meet; IMMEDIATE waits instead.

PostgreSQL: READ COMMITTED, `synchronous_commit=on`; plain reads run outside a transaction.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from ciam.errors import Misconfigured
from ciam.metrics import CONNECTIONS
from ciam.storage.side_connection import SideConnection
from ciam.storage.sqlite_driver import DRIVER, InlineConnection
from ciam.storage.traced import trace_statements

BUSY_SECONDS = 5
POOL_SECONDS, CONNECT_SECONDS, STATEMENT_SECONDS = 2, 3, 4
"""Of PostgreSQL: a request waits for a connection and for one answer, six seconds in all."""
_READERS = 4


@dataclass(frozen=True, slots=True)
class Engines:
    """One engine that writes, one that reads, sharing the pool on PostgreSQL, and one beside it."""

    writing: AsyncEngine
    reading: AsyncEngine
    side: SideConnection

    @property
    def is_sqlite(self) -> bool:
        """Whether the database is the embedded one."""
        return self.writing.dialect.name == "sqlite"

    async def dispose(self) -> None:
        """Close every connection."""
        self.side.close()
        await self.reading.dispose()
        await self.writing.dispose()


def open_engines(url: str, *, pool_size: int = 10) -> Engines:
    """Open the database behind `url`; raise Misconfigured for another kind of database."""
    try:
        backend = make_url(url)
    except (ArgumentError, ValueError) as error:
        cause = "CIAM_DATABASE_URL is not a database URL"
        raise Misconfigured(cause) from error
    if backend.drivername in {"sqlite", "sqlite+aiosqlite"}:
        return _open_sqlite(backend.set(drivername=DRIVER))
    if backend.drivername == "postgresql+asyncpg":
        return _open_postgresql(url, pool_size)
    cause = f"CIAM_DATABASE_URL: {backend.drivername} is neither sqlite nor postgresql+asyncpg"
    raise Misconfigured(cause)


def _open_sqlite(url: URL) -> Engines:
    options: dict[str, Any] = {
        "pool_timeout": BUSY_SECONDS,
        "max_overflow": 0,
        "connect_args": {"factory": InlineConnection, "timeout": BUSY_SECONDS},
    }
    writing = _measure(create_async_engine(url, pool_size=1, **options))
    reading = _measure(create_async_engine(url, pool_size=_READERS, **options))
    # The writer waits for its lock by itself, without blocking the event loop.
    writer = ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON")
    _prepare_sqlite(writing, writer, is_writer=True)
    _prepare_sqlite(reading, ("journal_mode=WAL", "query_only=ON"), is_writer=False)
    return Engines(writing, reading, SideConnection(reading))


def _measure(engine: AsyncEngine) -> AsyncEngine:
    @event.listens_for(engine.sync_engine, "checkout")
    def _taken(*_facts: object) -> None:
        CONNECTIONS.inc()

    @event.listens_for(engine.sync_engine, "checkin")
    def _given_back(*_facts: object) -> None:
        CONNECTIONS.dec()

    trace_statements(engine.sync_engine)
    return engine


def _prepare_sqlite(engine: AsyncEngine, pragmas: tuple[str, ...], *, is_writer: bool) -> None:
    @event.listens_for(engine.sync_engine, "connect")
    def _connect(connection: Any, _record: object) -> None:  # noqa: ANN401 - the driver's own class
        connection.isolation_level = None  # the driver must not open transactions by itself
        cursor = connection.cursor()
        for pragma in pragmas:
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine.sync_engine, "begin")
    def _begin(connection: Any) -> None:  # noqa: ANN401 - as the event has it
        driver = connection.connection.driver_connection
        if is_writer:
            driver.begin_immediate()
        else:
            driver.begin()


def _open_postgresql(url: str, pool_size: int) -> Engines:
    engine = create_async_engine(
        url,
        pool_size=pool_size,
        max_overflow=0,
        pool_timeout=POOL_SECONDS,
        pool_pre_ping=False,
        isolation_level="READ COMMITTED",
        connect_args={
            "timeout": CONNECT_SECONDS,
            "command_timeout": STATEMENT_SECONDS,
            "server_settings": {"application_name": "ciam", "synchronous_commit": "on"},
        },
    )
    _measure(engine)
    reading = engine.execution_options(isolation_level="AUTOCOMMIT")
    return Engines(engine, reading, SideConnection(reading))

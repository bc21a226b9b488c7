"""One request or one job is one unit of work: returning commits, raising rolls back.

Nobody else commits. A `Refusal` rolls back and then writes what was registered with `on_refusal` in
a transaction of its own: the counted attempt, the revoked family, the audit event. An expected
conflict is met with `ON CONFLICT ... RETURNING` or inside `savepoint()`; after any other database
error the unit of work refuses to commit, because PostgreSQL's COMMIT would then keep nothing and
say nothing.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Self

from sqlalchemy import event, func, select
from sqlalchemy.exc import DBAPIError

from ciam import telemetry
from ciam.clock import Clock
from ciam.errors import CiamError, Refusal, Unavailable
from ciam.metrics import DATABASE_UNAVAILABLE, count_events
from ciam.sealing import KeyRing, ServerKeys
from ciam.storage.engine import BUSY_SECONDS, Engines, open_engines
from ciam.storage.generation import GenerationReader
from ciam.storage.lazy_connection import ABORTED, LazyConnection
from ciam.storage.ledger_counts import LedgerCounts
from ciam.storage.outage import is_outage
from ciam.storage.seen_sessions import SeenSessions
from ciam.storage.shared_refusals import SharedRefusals
from ciam.storage.stores.catalogue import ConfigCache, Stores

if TYPE_CHECKING:
    from sqlalchemy.engine import ExceptionContext

_Deferred = Callable[["UnitOfWork"], Awaitable[None]]


class AbortedTransaction(CiamError):
    """A statement failed, so nothing of this transaction may be kept."""


class UnitOfWork(Stores):
    """A transaction, with the stores that speak through it."""

    def __init__(self, database: Database, connection: LazyConnection) -> None:
        """Bind the stores to one connection; made by `Database` only."""
        super().__init__(connection, database.clock, database.keys, database.config_cache)
        self.database = database
        self._on_refusal: list[_Deferred] = []

    async def read_generation(self) -> int:
        """Give the generation, by the quick way where it cannot differ from the transaction's own.

        A unit of work that writes to SQLite holds its only lock; on PostgreSQL, to ask beside a
        connection that is taken would need a second one.
        """
        if self.connection.is_taken and not self.is_sqlite:
            return await self.config.get_generation()
        return await self.database.generation.read()

    @property
    def ledger_counts(self) -> LedgerCounts:
        """Repeated releases that wait in this process."""
        return self.database.ledger_counts

    @property
    def seen_sessions(self) -> SeenSessions:
        """Uses of sessions that wait in this process."""
        return self.database.seen_sessions

    @property
    def refusals(self) -> SharedRefusals | None:
        """Limits that are reached, as told by other nodes; None without Redis."""
        return self.database.refusals

    def on_refusal(self, action: _Deferred) -> None:
        """Register what is written although a Refusal rolls this unit of work back."""
        self._on_refusal.append(action)

    @asynccontextmanager
    async def savepoint(self) -> AsyncIterator[None]:
        """Shield the transaction from an expected conflict: an error undoes only what is inside."""
        await self.connection.take()
        try:
            async with self.connection.begin_nested():
                try:
                    yield
                except Exception as error:
                    if is_outage(error):
                        await self.connection.throw_away()
                    raise
        except DBAPIError as error:
            if not is_outage(error):
                self.connection.info.pop(ABORTED, None)
            raise


class Database:
    """The database of one process: opens units of work, holds the keys they seal with."""

    def __init__(self, engines: Engines, clock: Clock, master: KeyRing) -> None:
        """Take open engines; only the master key is known until `ciam.keys` loads the others."""
        self.engines = engines
        self.clock = clock
        self.keys = ServerKeys(master, master, master, master, master, master)
        self.keys_loaded_at: float | None = None  # by the monotonic clock; None: never
        self.config_cache = ConfigCache()
        self.generation = GenerationReader(engines.side, is_sqlite=engines.is_sqlite)
        self.ledger_counts = LedgerCounts()
        self.seen_sessions = SeenSessions()
        self.refusals: SharedRefusals | None = None  # where there is a Redis
        self.outbox_filled = asyncio.Event()
        self._writer = asyncio.Lock()
        event.listens_for(engines.writing.sync_engine, "handle_error")(_mark_aborted)

    @classmethod
    def open(cls, url: str, clock: Clock, master: KeyRing, *, pool_size: int = 10) -> Self:
        """Open the database behind `url` (no connection is made yet)."""
        return cls(open_engines(url, pool_size=pool_size), clock, master)

    @cached_property
    def is_sqlite(self) -> bool:
        """Whether the database is the embedded one."""
        return self.engines.is_sqlite

    @asynccontextmanager
    async def write(self) -> AsyncIterator[UnitOfWork]:
        """Open a unit of work; leaving it commits, an exception rolls back."""
        registered: list[_Deferred] = []
        try:
            async with (
                answering_unavailable(),
                self._turn(),
                self._connected(is_writing=True) as connection,
            ):
                if self.is_sqlite:  # what is decided from here on is decided under the lock
                    await connection.take()
                work = UnitOfWork(self, connection)
                registered = work._on_refusal  # noqa: SLF001 - the two classes are one mechanism
                yield work
                if connection.transaction is not None:
                    if connection.info.pop(ABORTED, False):
                        cause = "an earlier statement of this transaction failed"
                        raise AbortedTransaction(cause)
                    with telemetry.span("COMMIT", "client"):
                        await connection.transaction.commit()
                count_events(work.events)
                if work.has_filled_outbox:
                    self.outbox_filled.set()
        except Refusal:
            if registered:
                async with self.write() as again:
                    for action in registered:
                        await action(again)
            raise

    @asynccontextmanager
    async def read(self) -> AsyncIterator[UnitOfWork]:
        """Open a unit of work that only reads; it never waits for a writer."""
        async with answering_unavailable(), self._connected(is_writing=False) as connection:
            yield UnitOfWork(self, connection)

    @asynccontextmanager
    async def _turn(self) -> AsyncIterator[None]:
        """Stand in line for SQLite's one writer: at its pool who comes may pass who waits."""
        if not self.is_sqlite:
            yield
            return
        try:
            async with asyncio.timeout(BUSY_SECONDS):
                await self._writer.acquire()
        except TimeoutError as error:
            cause = "database: other writers took too long"
            raise Unavailable(cause) from error
        try:
            yield
        finally:
            self._writer.release()

    @asynccontextmanager
    async def _connected(self, *, is_writing: bool) -> AsyncIterator[LazyConnection]:
        engine = self.engines.writing if is_writing else self.engines.reading
        connection = LazyConnection(engine, is_writing=is_writing, side=self.engines.side)
        try:
            yield connection
        except Exception as error:
            if is_outage(error):
                await connection.throw_away()
            raise
        finally:
            await connection.give_back()

    async def read_generation(self) -> int:
        """Give the present generation of the configuration, without a unit of work."""
        async with answering_unavailable():
            return await self.generation.read()

    async def measure_clock_offset(self) -> timedelta:
        """Give how far the database's clock is ahead of this machine's; SQLite has none.

        Only what is certain: half of the time that the answer took may be error. On a busy machine
        that can be seconds, and a token would seem to be issued in the future.
        """
        if self.is_sqlite:
            return timedelta(0)
        async with self.read() as transaction:
            before = self.clock.now()
            there = await transaction.connection.scalar(select(func.clock_timestamp()))
            assert isinstance(there, datetime)  # noqa: S101 - PostgreSQL always answers
            error = (self.clock.now() - before) / 2
            offset = there - before - error
            certain = max(abs(offset) - error, timedelta(0))
            return certain if offset > timedelta(0) else -certain

    async def close(self) -> None:
        """Close every connection."""
        if self.refusals is not None:
            await self.refusals.close()
        await self.engines.dispose()


def _mark_aborted(context: ExceptionContext) -> None:
    if context.connection is not None:
        context.connection.info[ABORTED] = True


@asynccontextmanager
async def answering_unavailable() -> AsyncIterator[None]:
    """Turn a lost, full or busy database into `Unavailable`, which is answered with 503."""
    try:
        yield
    except Exception as error:
        if not is_outage(error):
            raise
        DATABASE_UNAVAILABLE.inc()
        cause = f"database: {type(error.__cause__ or error).__name__}"
        raise Unavailable(cause) from error

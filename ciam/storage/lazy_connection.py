"""A connection that is taken from the pool by the first statement, and not before.

Many requests are answered from what the process keeps: they touch no connection at all. On SQLite a
statement runs where it is asked for, without SQLAlchemy's switch of stacks, since it waits for
nothing.
"""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection

from ciam import telemetry
from ciam.storage.traced import begin_statement

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from sqlalchemy.engine import CursorResult, Dialect
    from sqlalchemy.ext.asyncio import AsyncEngine, AsyncTransaction

    from ciam.storage.prepared import Prepared
    from ciam.storage.side_connection import SideConnection


ABORTED: Final = "ciam_aborted"
"""Marks a connection on which a statement of this transaction failed."""


class LazyConnection(AsyncConnection):
    """Behaves as SQLAlchemy's own; `is_writing` makes its first statement begin a transaction."""

    __slots__ = ("_is_inline", "_is_writing", "_side", "transaction")

    def __init__(self, engine: AsyncEngine, *, is_writing: bool, side: SideConnection) -> None:
        """Take the engine; the pool is not asked yet. Prepared reads go by `side`."""
        super().__init__(engine)
        self._is_inline = engine.dialect.name == "sqlite"
        self._is_writing = is_writing
        self._side = side
        self.transaction: AsyncTransaction | None = None

    @property  # type: ignore[misc]  # nobody sets it
    def dialect(self) -> Dialect:
        """The dialect, known before there is a connection."""
        return self.sync_engine.dialect

    @property
    def is_taken(self) -> bool:
        """Whether there is a connection already."""
        return self.sync_connection is not None

    async def take(self) -> None:
        """Take a connection now, and begin when it is to write."""
        if self.sync_connection is None:
            _ = await self.start()
            if self._is_writing:
                self.transaction = await self.begin()
                self.info.pop(ABORTED, None)  # of whoever had this connection before

    if not TYPE_CHECKING:  # whose types are the overloads of SQLAlchemy

        async def execute(
            self,
            statement: Any,  # noqa: ANN401 - as SQLAlchemy has it
            parameters: Any = None,  # noqa: ANN401 - as SQLAlchemy has it
            **options: Any,  # noqa: ANN401 - as SQLAlchemy has it
        ) -> CursorResult[*tuple[Any, ...]]:
            """Run a statement and give its buffered result."""
            if self.sync_connection is None:
                await self.take()
            if self._is_inline:
                return self._proxied.execute(statement, parameters, **options)
            return await super().execute(statement, parameters, **options)

    async def first(self, prepared: Prepared, given: Mapping[str, Any]) -> Any:  # noqa: ANN401 - a row
        """Give the first row of a prepared statement, or None."""
        rows = await self.all(prepared, given)
        return rows[0] if rows else None

    async def all(self, prepared: Prepared, given: Mapping[str, Any]) -> list[Any]:
        """Run a prepared statement and give its rows; of a read each stands for itself."""
        compiled = prepared.on(self.dialect)
        values = compiled.bind(given)
        if not telemetry.is_on():
            return compiled.read(await self._fetch(compiled.sql, values))
        span = begin_statement(compiled.sql, {"db.system.name": self.dialect.name})
        try:
            return compiled.read(await self._fetch(compiled.sql, values))
        except Exception as error:
            span.fail(type(error).__name__)
            raise
        finally:
            span.end()

    async def _fetch(self, sql: str, values: list[Any]) -> list[Any]:
        """Read beside the pool, unless one would stand in line there or has a connection anyway."""
        if not self._is_writing:
            if self._is_inline:
                return self._side.fetch_embedded(sql, values)
            if self.sync_connection is None and not self._side.is_busy:
                return await self._side.fetch(sql, values)
        if self.sync_connection is None:
            await self.take()
        return await self._run_by_driver(sql, values)

    async def _run_by_driver(self, sql: str, values: list[Any]) -> list[Any]:
        """Run a statement of this transaction; whatever fails is marked and raised as ever."""
        pooled: Any = self._proxied.connection.dbapi_connection
        try:
            if self._is_inline:
                return sqlite3.Cursor(pooled).execute(sql, values).fetchall()
            if pooled._transaction is None:  # noqa: SLF001 - begins with the first statement
                await pooled._start_transaction()  # noqa: SLF001 - as its own cursor does it
            rows: list[Any] = await pooled.driver_connection.fetch(sql, *values)
        except Exception as error:
            self.info[ABORTED] = True
            raise self._as_raised(error, pooled, sql) from error
        return rows

    def _as_raised(self, error: Exception, pooled: Any, sql: str) -> BaseException:  # noqa: ANN401 - the driver's connection
        """Give the error that SQLAlchemy would raise; a connection that is lost is given up."""
        dialect = self.dialect
        driver = dialect.loaded_dbapi
        if not self._is_inline:
            try:
                pooled._handle_exception(error)  # noqa: SLF001 - it always raises
            except Exception as translated:  # noqa: BLE001 - whatever it raised
                error = translated
        if not isinstance(error, driver.Error):
            return error
        is_lost = dialect.is_disconnect(error, pooled, None)
        if is_lost:
            self._proxied.invalidate(error)
        return DBAPIError.instance(
            sql,
            None,
            error,
            driver.Error,
            hide_parameters=True,
            connection_invalidated=is_lost,
            dialect=dialect,
        )

    async def exec_driver_sql(self, *given: Any, **options: Any) -> CursorResult[*tuple[Any, ...]]:  # noqa: ANN401 - as SQLAlchemy has it
        """Run SQL of the driver."""
        await self.take()
        return await super().exec_driver_sql(*given, **options)

    async def run_sync(  # type: ignore[override]  # the same, without its type variables
        self,
        work: Callable[..., Any],
        *given: Any,  # noqa: ANN401 - as SQLAlchemy has it
        **named: Any,  # noqa: ANN401 - as SQLAlchemy has it
    ) -> Any:  # noqa: ANN401 - as SQLAlchemy has it
        """Run what needs a synchronous connection."""
        await self.take()
        return await super().run_sync(work, *given, **named)

    async def throw_away(self) -> None:
        """Close the connection instead of letting somebody else have it."""
        if self.sync_connection is None or self.closed or self.invalidated:
            return
        with suppress(SQLAlchemyError, OSError):
            driver: Any = (await self.get_raw_connection()).driver_connection
            if not self._is_inline:
                driver.terminate()  # at once: a server that hangs would be asked to say goodbye
            await self.invalidate()

    async def give_back(self) -> None:
        """Roll back what is not committed and return the connection, also while cancelled."""
        if self.sync_connection is None:
            return
        if self._is_inline:
            self._proxied.close()
        else:
            await _finish(self.close())


async def _finish(closing: Awaitable[None]) -> None:
    await asyncio.shield(asyncio.ensure_future(closing))

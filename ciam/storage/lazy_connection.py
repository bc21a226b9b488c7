"""A connection that is taken from the pool by the first statement, and not before.

Many requests are answered from what the process keeps: they touch no connection at all. On SQLite a
statement runs where it is asked for, without SQLAlchemy's switch of stacks, since it waits for
nothing.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final, cast

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Awaitable, Callable, Mapping

    from sqlalchemy.engine import CursorResult, Dialect
    from sqlalchemy.ext.asyncio import AsyncEngine, AsyncTransaction

    from ciam.storage.generation import GenerationReader
    from ciam.storage.prepared import Prepared


ABORTED: Final = "ciam_aborted"
"""Marks a connection on which a statement of this transaction failed."""


class LazyConnection(AsyncConnection):
    """Behaves as SQLAlchemy's own; `is_writing` makes its first statement begin a transaction."""

    __slots__ = ("_is_inline", "_is_writing", "_reader", "transaction")

    def __init__(self, engine: AsyncEngine, *, is_writing: bool, reader: GenerationReader) -> None:
        """Take the engine; the pool is not asked yet. `reader` has a connection to SQLite."""
        super().__init__(engine)
        self._is_inline = engine.dialect.name == "sqlite"
        self._is_writing = is_writing
        self._reader = reader
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
        """Give the first row of a prepared select, or None."""
        if not self._is_inline:
            return (await self.execute(prepared.statement, given)).first()
        if self._is_writing:
            await self.take()
            driver = self._proxied.connection.driver_connection
        else:  # on PostgreSQL, too, each statement of a read stands for itself
            driver = self._reader.embedded()
        return prepared.first_of(cast("sqlite3.Connection", driver), self.dialect, given)

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

"""A select that is asked with every request: made once, compiled once, on SQLite run by the driver.

What SQLAlchemy does around a statement (cache key, context, cursor, result) costs ten times what
SQLite needs to find a row by its key. Its compiler and its types still make the SQL and read the
values, so a prepared select means the same on both databases.
"""

from __future__ import annotations

import sqlite3
from collections import namedtuple
from typing import TYPE_CHECKING, Any, Final

from ciam import telemetry
from ciam.errors import Unavailable
from ciam.metrics import DATABASE_UNAVAILABLE
from ciam.storage.traced import begin_statement

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from sqlalchemy import Dialect, Select
    from sqlalchemy.sql.compiler import SQLCompiler

    Convert = Callable[[Any], Any] | None


_SYSTEM: Final = {"db.system.name": "sqlite"}


class Prepared:
    """A select of whose rows only the first counts."""

    def __init__(self, statement: Select[Any]) -> None:
        """Take a statement whose values are all bound by name."""
        self.statement = statement
        self._embedded: _Embedded | None = None

    def first_of(
        self, connection: sqlite3.Connection, dialect: Dialect, given: Mapping[str, Any]
    ) -> Any:  # noqa: ANN401 - a row with the names of the columns
        """Give the first row that SQLite finds, or None."""
        if self._embedded is None:
            self._embedded = _Embedded(self.statement.compile(dialect=dialect), dialect)
        return self._embedded.first_of(connection, given)


class _Embedded:
    def __init__(self, compiled: SQLCompiler, dialect: Dialect) -> None:
        self._sql = compiled.string
        self._names: list[tuple[str, Convert]] = [
            (name, compiled.binds[name].type.dialect_impl(dialect).bind_processor(dialect))
            for name in compiled.positiontup or ()
        ]
        columns = compiled._result_columns  # noqa: SLF001 - names and types, kept nowhere else
        row: Any = namedtuple("row", [column.keyname for column in columns])  # type: ignore[misc]  # noqa: PYI024 - its names are known here only
        self._make_row: Callable[[Iterable[Any]], Any] = row._make
        self._convert: list[Convert] = [
            column.type.dialect_impl(dialect).result_processor(dialect, None) for column in columns
        ]

    def first_of(self, connection: sqlite3.Connection, given: Mapping[str, Any]) -> Any:  # noqa: ANN401 - a row
        values = [given[name] if bind is None else bind(given[name]) for name, bind in self._names]
        span = begin_statement(self._sql, _SYSTEM) if telemetry.is_on() else telemetry.NO_SPAN
        try:
            found = sqlite3.Cursor(connection).execute(self._sql, values).fetchone()
        except sqlite3.Error as error:
            DATABASE_UNAVAILABLE.inc()
            cause = f"database: {type(error).__name__}"
            span.fail(type(error).__name__)
            raise Unavailable(cause) from error
        finally:
            span.end()
        if found is None:
            return None
        return self._make_row(
            value if convert is None else convert(value)
            for value, convert in zip(found, self._convert, strict=True)
        )

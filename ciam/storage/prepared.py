"""A statement that is asked with every request: made once, compiled once, run by the driver.

What SQLAlchemy does around a statement (cache key, context, cursor, result) costs ten times what
SQLite needs to find a row by its key, and twice what asyncpg needs to ask PostgreSQL. Its compiler
and its types still make the SQL, bind the values and read the rows, so a prepared statement means
the same on both databases.
"""

from __future__ import annotations

from collections import namedtuple
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from sqlalchemy import Dialect
    from sqlalchemy.sql.base import Executable
    from sqlalchemy.sql.compiler import SQLCompiler

    Convert = Callable[[Any], Any] | None


class Prepared:
    """A statement whose values are all bound by name."""

    def __init__(self, statement: Executable, *, values: Sequence[str] | None = None) -> None:
        """Take a statement; `values` names the columns that an INSERT is given."""
        self.statement = statement
        self._values = values
        self._compiled: dict[str, Compiled] = {}

    def on(self, dialect: Dialect) -> Compiled:
        """Give it as one database speaks."""
        found = self._compiled.get(dialect.name)
        if found is None:
            made = self.statement.compile(dialect=dialect, column_keys=self._values)  # type: ignore[attr-defined]  # every statement has it
            found = self._compiled[dialect.name] = Compiled(made, dialect)
        return found


class Compiled:
    """The SQL of one database, with what turns values and rows from Python's into its own."""

    def __init__(self, compiled: SQLCompiler, dialect: Dialect) -> None:
        """Take what SQLAlchemy's compiler made."""
        self.sql = compiled.string
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

    def bind(self, given: Mapping[str, Any]) -> list[Any]:
        """Give the values in the order of the SQL; raise KeyError for one that is not given."""
        return [given[name] if bind is None else bind(given[name]) for name, bind in self._names]

    def read(self, found: Iterable[Iterable[Any]]) -> list[Any]:
        """Give the rows, with the names of the columns."""
        return [
            self._make_row(
                value if convert is None else convert(value)
                for value, convert in zip(row, self._convert, strict=True)
            )
            for row in found
        ]

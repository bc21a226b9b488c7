"""Every claim as most people write it first: look whether it may be used, and then mark it used."""

from collections.abc import Mapping
from typing import Any, cast

from sqlalchemy import Delete, Table, Update, select

from ciam.storage.lazy_connection import LazyConnection
from ciam.storage.prepared import Prepared
from tests.races.twins import (
    read_then_write_code,
    read_then_write_refresh,
    read_then_write_single_use,
)
from tests.races.twins.apart import reading_apart

_right_execute, _right_all = LazyConnection.execute, LazyConnection.all


async def _execute(
    self: LazyConnection,
    statement: Any,  # noqa: ANN401 - as SQLAlchemy has it
    parameters: Any = None,  # noqa: ANN401 - as SQLAlchemy has it
    **options: Any,  # noqa: ANN401 - as SQLAlchemy has it
) -> Any:  # noqa: ANN401 - a result
    is_change = isinstance(statement, (Update, Delete)) and parameters is None
    if not is_change or not statement._returning:  # noqa: SLF001 - a twin takes statements apart
        return await _right_execute(self, statement, parameters, **options)
    if isinstance(statement, Delete):
        return await _delete(self, statement)
    return await _update(self, statement, None)


async def _all(self: LazyConnection, prepared: Prepared, given: Mapping[str, Any]) -> list[Any]:
    statement = prepared.statement
    if not isinstance(statement, Update) or not statement._returning:  # noqa: SLF001 - the same
        return await _right_all(self, prepared, given)
    return list(await _update(self, statement, dict(given)))


async def _update(self: LazyConnection, statement: Update, given: dict[str, Any] | None) -> Any:  # noqa: ANN401 - a result
    key = next(iter(cast("Table", statement.table).primary_key.columns))
    found = select(key).where(*statement._where_criteria)  # noqa: SLF001 - the same
    async with reading_apart(self):
        rows = [row[0] for row in await _right_execute(self, found, given)]
    blind = statement._generate()  # noqa: SLF001 - the same
    blind._where_criteria = (key.in_(rows),)  # noqa: SLF001 - the same
    return await _right_execute(self, blind, given)


async def _delete(self: LazyConnection, statement: Delete) -> Any:  # noqa: ANN401 - a result
    """Answer with what was there, whoever deletes it."""
    found = select(*statement._returning).where(*statement._where_criteria)  # noqa: SLF001 - the same
    async with reading_apart(self):
        there = await _right_execute(self, found)
    blind = statement._generate()  # noqa: SLF001 - the same
    blind._returning = ()  # noqa: SLF001 - the same
    await _right_execute(self, blind)
    return there


def install() -> None:
    """Put the twin in its place."""
    LazyConnection.execute = _execute  # type: ignore[assignment,method-assign]  # that is a twin
    LazyConnection.all = _all  # type: ignore[method-assign]  # the same
    for twin in (read_then_write_code, read_then_write_refresh, read_then_write_single_use):
        twin.install()

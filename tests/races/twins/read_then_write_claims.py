"""Every claim as most people write it first: look whether it may be used, and then mark it used."""

from typing import Any

from sqlalchemy import Update, select

from ciam.storage.lazy_connection import LazyConnection
from tests.races.twins import (
    read_then_write_code,
    read_then_write_refresh,
    read_then_write_single_use,
)
from tests.races.twins.apart import reading_apart

_right_execute = LazyConnection.execute


async def _execute(
    self: LazyConnection,
    statement: Any,  # noqa: ANN401 - as SQLAlchemy has it
    parameters: Any = None,  # noqa: ANN401 - as SQLAlchemy has it
    **options: Any,  # noqa: ANN401 - as SQLAlchemy has it
) -> Any:  # noqa: ANN401 - a result
    is_claim = isinstance(statement, Update) and statement._returning and parameters is None  # noqa: SLF001 - a twin takes statements apart
    if not is_claim:
        return await _right_execute(self, statement, parameters, **options)
    key = next(iter(statement.table.primary_key.columns))
    found = select(key).where(*statement._where_criteria)  # noqa: SLF001 - the same
    async with reading_apart(self):
        rows = [row[0] for row in await _right_execute(self, found)]
    blind = statement._generate()  # noqa: SLF001 - the same
    blind._where_criteria = (key.in_(rows),)  # noqa: SLF001 - the same
    return await _right_execute(self, blind)


def install() -> None:
    """Put the twin in its place."""
    LazyConnection.execute = _execute  # type: ignore[assignment,method-assign]  # that is a twin
    for twin in (read_then_write_code, read_then_write_refresh, read_then_write_single_use):
        twin.install()

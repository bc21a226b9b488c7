"""Whether a database is at the newest migration, told without loading what runs migrations.

That would keep some 10 MB in every process that started on a database which had nothing to do.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from sqlalchemy import inspect, text

from ciam.bundled import bundled_path
from ciam.storage.unit_of_work import answering_unavailable

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from ciam.storage.engine import Engines

_TABLE: Final = "alembic_version"
_REVISION: Final = re.compile(r'^revision = "([^"]+)"$', re.MULTILINE)


async def is_at_head(engines: Engines) -> bool:
    """Tell whether every migration has run."""
    async with answering_unavailable(), engines.writing.connect() as connection:
        return await connection.run_sync(_read) == {head()}


def head() -> str:
    """Give the newest revision: of the last file, since their names begin with their dates."""
    newest = max((bundled_path("migrations") / "versions").glob("*.py"), key=lambda path: path.name)
    found = _REVISION.search(newest.read_text())
    if found is None:
        msg = f"{newest.name} names no revision"
        raise LookupError(msg)
    return found[1]


def _read(connection: Connection) -> set[str]:
    if not inspect(connection).has_table(_TABLE):
        return set()
    return set(connection.scalars(text(f"SELECT version_num FROM {_TABLE}")))  # noqa: S608 - a constant

"""Copy the embedded database while it is written to (SQLite's online backup API).

The copy is checked before it gets its name: a file that bears the name of a backup is a good one.
"""

import sqlite3
from contextlib import closing
from pathlib import Path

from sqlalchemy.engine import make_url

from ciam.errors import Misconfigured


def back_up(database_url: str, target: Path) -> int:
    """Write a copy of the database to `target`, for its owner alone; gives its size in bytes.

    Raise Misconfigured for another database than SQLite, or a target that is there already.
    """
    url = make_url(database_url)
    if url.get_backend_name() != "sqlite" or not url.database:
        raise Misconfigured(
            "this copies SQLite; PostgreSQL is copied by pg_dump, docs/operations.md"
        )
    if not Path(url.database).is_file():
        raise Misconfigured(f"{url.database}: there is no database")
    if target.exists():
        raise Misconfigured(f"{target}: is there already")
    unchecked = target.with_name(f"{target.name}.unchecked")
    unchecked.unlink(missing_ok=True)
    unchecked.touch(mode=0o600)
    try:
        with closing(sqlite3.connect(f"file:{url.database}?mode=ro", uri=True)) as source:
            _copy(source, unchecked)
        unchecked.rename(target)
    finally:
        unchecked.unlink(missing_ok=True)
    return target.stat().st_size


def _copy(source: sqlite3.Connection, path: Path) -> None:
    with closing(sqlite3.connect(path)) as copy:
        source.backup(copy)
        copy.execute("PRAGMA journal_mode=DELETE")  # one file, nothing beside it
        (verdict,) = copy.execute("PRAGMA integrity_check").fetchone()
    if verdict != "ok":
        raise Misconfigured(f"the copy is damaged: {verdict}")

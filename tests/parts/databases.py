"""A fresh database for each test: a copy of a template that was migrated once for the run.

To copy a PostgreSQL template takes 150 ms of processor, to empty a copy 10: so a process keeps the
copies that a test has left as they were made, and empties one for the next test.
"""

import asyncio
import os
import shutil
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

from sqlalchemy import Connection, MetaData, delete

from ciam.storage.engine import open_engines
from ciam.storage.migrate import find_drift, migrate
from ciam.storage.tables import metadata
from tests.parts import postgresql, run_folder


class _Copy(NamedTuple):
    name: str
    schema: str  # as it was made


_idle: dict[str, list[_Copy]] = {}
"""The copies that no test of this process uses now, by their server."""


def sqlite(folder: Path) -> str:
    """Make a migrated SQLite file in `folder` and return its URL."""
    template = run_folder.share("sqlite-template", _make_sqlite_template)["path"]
    path = folder / "ciam.db"
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(template, path)
    return f"sqlite:///{path}"


@contextmanager
def postgres(*, durable: bool = False) -> Iterator[str]:
    """Give a migrated, empty PostgreSQL database of its own."""
    admin = postgresql.admin_url(durable=durable)
    copies = _idle.setdefault(admin, [])
    copy = copies.pop() if copies else _copy_template(admin, durable=durable)
    try:
        yield _async_url(admin, copy.name)
    finally:
        if postgresql.make_empty(_plain_url(admin, copy.name), copy.schema, _emptying()):
            copies.append(copy)
        else:
            _drop(admin, copy.name)


@contextmanager
def durable(kind: str) -> Iterator[str]:
    """Make a database of a kind (sqlite, postgresql) that keeps what it commits; then remove it."""
    if kind == "sqlite":
        with tempfile.TemporaryDirectory() as folder:
            yield sqlite(Path(folder))
    else:
        with postgres(durable=True) as url:
            yield url


@contextmanager
def own_postgresql() -> Iterator[postgresql.OwnPostgresql]:
    """Give a server of the test's own with a migrated database, that it may stop and start."""
    with postgresql.own() as server:
        asyncio.run(_make_schema(server.url))
        yield server


def drop_copies() -> None:
    """Leave no idle copy on the servers."""
    for admin, copies in _idle.items():
        while copies:
            _drop(admin, copies.pop().name)


def drop_templates() -> None:
    """Leave nothing on a server that was there before us."""
    admin = os.environ.get("CIAM_TEST_POSTGRESQL_URL")
    for name, fact in run_folder.facts().items():
        if admin and name.startswith("postgresql-template"):
            _drop(postgresql.admin_url(), fact["database"])


def _copy_template(admin: str, *, durable: bool) -> _Copy:
    name = f"postgresql-template{'-durable' if durable else ''}"
    template = run_folder.share(name, lambda _: _make_postgresql_template(admin))["database"]
    database = f"ciam_test_{uuid.uuid4().hex}"
    postgresql.run_admin(admin, f'CREATE DATABASE "{database}" TEMPLATE "{template}"')
    schema = postgresql.run_admin(_plain_url(admin, database), postgresql.SCHEMA)
    return _Copy(database, schema)


def _drop(admin: str, database: str) -> None:
    postgresql.run_admin(admin, f'DROP DATABASE IF EXISTS "{database}" WITH (FORCE)')


def _emptying() -> str:
    """Give what empties every table but Alembic's own, whatever refers to what."""
    deletes = (str(delete(table)) for table in metadata.tables.values())
    return ";".join(["SET session_replication_role = replica", *deletes])


def _make_sqlite_template(folder: Path) -> dict[str, object]:
    path = folder / "template.db"
    drift = asyncio.run(_make_schema(f"sqlite:///{path}"))
    return {"path": str(path), "drift": drift}


def _make_postgresql_template(admin: str) -> dict[str, object]:
    database = f"ciam_template_{uuid.uuid4().hex}"
    postgresql.run_admin(admin, f'CREATE DATABASE "{database}" TEMPLATE template0')
    drift = asyncio.run(_make_schema(_async_url(admin, database)))
    return {"database": database, "drift": drift}


async def _make_schema(url: str) -> list[str]:
    """Migrate; where the migration is behind the code, build from the code and return the drift."""
    engines = open_engines(url)
    try:
        await migrate(engines)
        drift = await find_drift(engines)
        if drift:
            async with engines.writing.begin() as connection:
                await connection.run_sync(_build_from_code)
        return drift
    finally:
        await engines.dispose()


def _build_from_code(connection: Connection) -> None:
    """Replace every table but Alembic's own, so that a server finds nothing left to migrate."""
    there = MetaData()  # apart, or a table of one database is made in the next
    there.reflect(connection, only=lambda name, _: name != "alembic_version")
    there.drop_all(connection)
    metadata.create_all(connection)


def _async_url(admin: str, database: str) -> str:
    return urlsplit(admin)._replace(scheme="postgresql+asyncpg", path=f"/{database}").geturl()


def _plain_url(admin: str, database: str) -> str:
    return urlsplit(admin)._replace(path=f"/{database}").geturl()

"""Migrations: forward, back, and whether the tables are what the code declares.

The configuration is built here and the connection is passed in, so this also runs from an installed
package. Table rebuilds on SQLite need foreign keys switched off before BEGIN and checked after.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import text

from ciam.bundled import bundled_path
from ciam.errors import Misconfigured
from ciam.storage.tables import metadata
from ciam.storage.unit_of_work import answering_unavailable

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Connection
    from sqlalchemy.ext.asyncio import AsyncConnection

    from ciam.storage.engine import Engines

_ADVISORY_LOCK = 0x6369616D  # "ciam"


async def migrate(engines: Engines, revision: str = "head") -> None:
    """Bring the database forward to `revision`; nodes that start together wait for each other."""
    await _run(engines, lambda config: command.upgrade(config, revision))


async def downgrade(engines: Engines, revision: str) -> None:
    """Bring the database back to `revision` (`base`: to nothing)."""
    await _run(engines, lambda config: command.downgrade(config, revision))


async def find_pending(engines: Engines) -> list[str]:
    """List the revisions that have not run yet, oldest first."""

    def pending(connection: Connection) -> list[str]:
        script = ScriptDirectory.from_config(_config(connection))
        heads = MigrationContext.configure(connection).get_current_heads()
        revisions = script.iterate_revisions("heads", heads or "base")
        return [revision.revision for revision in revisions][::-1]

    async with answering_unavailable(), engines.writing.connect() as connection:
        return await connection.run_sync(pending)


async def find_drift(engines: Engines) -> list[str]:
    """List where the database differs from what the code declares; empty is right."""

    def drift(connection: Connection) -> list[str]:
        options = {"compare_type": True, "compare_server_default": False}
        context = MigrationContext.configure(connection, opts=options)
        return [str(difference) for difference in compare_metadata(context, metadata)]

    async with answering_unavailable(), engines.writing.connect() as connection:
        return await connection.run_sync(drift)


async def _run(engines: Engines, step: Callable[[Config], None]) -> None:
    async with answering_unavailable(), engines.writing.connect() as connection:
        if engines.is_sqlite:
            driver = (await connection.get_raw_connection()).driver_connection
            if driver is None:
                cause = "the SQLite connection has no driver"
                raise Misconfigured(cause)
            driver.switch_foreign_keys(on=False)
        try:
            async with connection.begin():
                if not engines.is_sqlite:
                    await connection.execute(
                        text("SELECT pg_advisory_xact_lock(:key)"), {"key": _ADVISORY_LOCK}
                    )
                await connection.run_sync(lambda sync: step(_config(sync)))
                if engines.is_sqlite:
                    await _check_foreign_keys(connection)
        finally:
            if engines.is_sqlite and driver is not None:
                driver.switch_foreign_keys(on=True)


async def _check_foreign_keys(connection: AsyncConnection) -> None:
    broken = (await connection.execute(text("PRAGMA foreign_key_check"))).all()
    if broken:
        cause = f"a migration broke {len(broken)} foreign keys"
        raise Misconfigured(cause)


def _config(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(bundled_path("migrations")))
    config.set_main_option(
        "file_template", "%%(year)d-%%(month).2d-%%(day).2d_%%(hour).2d%%(minute).2d_%%(slug)s"
    )
    config.attributes["connection"] = connection
    return config

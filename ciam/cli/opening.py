"""Open the settings and the database for a command, and close them again."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from ciam.errors import Misconfigured
from ciam.settings import Settings

if TYPE_CHECKING:
    from ciam.storage import Database


def read_settings(**given: Any) -> Settings:  # noqa: ANN401 - any field of Settings
    """Read the environment; what was given on the command line wins."""
    return Settings(**{name: value for name, value in given.items() if value is not None})


@asynccontextmanager
async def opened_database(settings: Settings) -> AsyncIterator[Database]:
    """Open the database with its keys loaded; raise Misconfigured before it was migrated."""
    from ciam.clock import SystemClock
    from ciam.keys.master import load_master
    from ciam.keys.server import load_server_keys
    from ciam.storage import Database
    from ciam.storage.revision import is_at_head

    if not settings.home.is_dir() and settings.is_sqlite:
        raise Misconfigured(f"there is no installation in {settings.home}: run `ciam migrate`")
    url = settings.database_url.get_secret_value()
    database = Database.open(url, SystemClock(), load_master(settings))
    try:
        if not await is_at_head(database.engines):
            raise Misconfigured("the database is not up to date: run `ciam migrate`")
        await load_server_keys(database)
        yield database
    finally:
        await database.close()


async def prepare(settings: Settings) -> None:
    """Migrate the database and make what keys are missing: done once, before any worker starts."""
    from ciam.clock import SystemClock
    from ciam.keys.master import load_master
    from ciam.keys.server import load_server_keys
    from ciam.keys.signing import ensure_signing_keys
    from ciam.storage import Database
    from ciam.storage.revision import is_at_head

    settings.home.mkdir(mode=0o700, parents=True, exist_ok=True)
    url = settings.database_url.get_secret_value()
    database = Database.open(url, SystemClock(), load_master(settings))
    try:
        if not await is_at_head(database.engines):
            from ciam.storage.migrate import migrate  # loads what a served database does without

            await migrate(database.engines)
        await load_server_keys(database)
        await ensure_signing_keys(database)
    finally:
        await database.close()

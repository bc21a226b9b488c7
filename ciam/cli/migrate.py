"""`ciam migrate`: bring the database forward."""

import asyncio
from typing import Annotated

import typer

from ciam.cli.opening import prepare, read_settings


def migrate(
    *,
    check: Annotated[
        bool, typer.Option(help="Only say what is pending; exit 1 if anything is.")
    ] = False,
) -> None:
    """Bring the database forward to this version, and make what keys are missing."""
    settings = read_settings()
    if not check:
        asyncio.run(prepare(settings))
        print("The database is up to date.")
        return
    settings.home.mkdir(mode=0o700, parents=True, exist_ok=True)
    pending = asyncio.run(_find_pending(settings.database_url.get_secret_value()))
    for revision in pending:
        print(f"pending: {revision}")
    raise typer.Exit(1 if pending else 0)


async def _find_pending(url: str) -> list[str]:
    from ciam.storage.engine import open_engines
    from ciam.storage.migrate import find_pending

    engines = open_engines(url)
    try:
        return await find_pending(engines)
    finally:
        await engines.dispose()

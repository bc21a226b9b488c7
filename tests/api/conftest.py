"""One world on SQLite for most tests; where the database matters, on both."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from pydantic import SecretStr

from ciam.app import create_app
from ciam.settings import Settings
from tests.api.world import ApiWorld, make_world
from tests.parts.clock import FakeClock


@pytest.fixture
async def world(sqlite_url: str, clock: FakeClock, tmp_path: Path) -> AsyncIterator[ApiWorld]:
    """Give a world on SQLite."""
    async for made in _open(sqlite_url, clock, tmp_path):
        yield made


@pytest.fixture
async def either_world(
    database_url: str, clock: FakeClock, tmp_path: Path
) -> AsyncIterator[ApiWorld]:
    """Give a world on each kind of database."""
    async for made in _open(database_url, clock, tmp_path):
        yield made


async def _open(url: str, clock: FakeClock, home: Path) -> AsyncIterator[ApiWorld]:
    settings = Settings(home=home / "home", database_url=SecretStr(url))
    app = create_app(settings, clock=clock)
    transport = httpx.ASGITransport(app)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url=settings.issuer) as http,
    ):
        yield await make_world(app, http)

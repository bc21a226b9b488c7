"""Every provider before its fake, with a connection of its own, on the embedded database."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from ciam.sealing import KeyRing, new_key
from ciam.settings import Settings
from ciam.storage import Database
from tests.parts.clock import FakeClock
from tests.providers.world import World, make_world


@pytest.fixture
async def world(sqlite_url: str, clock: FakeClock, tmp_path: Path) -> AsyncIterator[World]:
    """Give all providers, switched on, before their fakes."""
    database = Database.open(sqlite_url, clock, KeyRing.of(new_key()))
    yield await make_world(database, clock, Settings(home=tmp_path / "home"))
    await database.close()

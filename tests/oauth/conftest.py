"""The world of tokens for every test of the protocol's rules."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from ciam.storage import Database
from tests.factories.token_world import TokenWorld, make_token_world
from tests.parts.clock import FakeClock


@pytest.fixture
async def world(database: Database, clock: FakeClock, tmp_path: Path) -> AsyncIterator[TokenWorld]:
    """Give a customer with a session and apps of each kind, on each kind of database."""
    made = await make_token_world(database, clock, tmp_path / "server")
    yield made
    await made.http.aclose()

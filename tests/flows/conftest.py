"""Worlds for the flows: the mails sent, tokens without a browser, and whole installations."""

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from starlette.applications import Starlette

from ciam.settings import Settings
from ciam.storage import Database
from tests.factories.token_world import TokenWorld, make_token_world
from tests.flows.clients.installation import Installation, start
from tests.flows.mailbox import Mailbox
from tests.parts import databases
from tests.parts.clock import FakeClock
from tests.parts.server import Server

KINDS = ("sqlite", "postgresql")


@pytest.fixture
def mailbox(app: Starlette, settings: Settings) -> Mailbox:
    """Give the mails that the application in this process sends."""
    return Mailbox(settings.home, app.state.parts.database)


@pytest.fixture
async def world(database: Database, clock: FakeClock, tmp_path: Path) -> AsyncIterator[TokenWorld]:
    """Give a customer with a session and apps of each kind, on each kind of database."""
    made = await make_token_world(database, clock, tmp_path / "server")
    yield made
    await made.http.aclose()


@pytest.fixture(scope="module", params=KINDS)
def installation(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Installation]:
    """Give an installation that a module shares: one worker on SQLite, two on PostgreSQL."""
    folder = tmp_path_factory.mktemp(request.param)
    with ExitStack() as stack:
        if request.param == "sqlite":
            url, workers = databases.sqlite(folder / "node"), 1
        else:
            url, workers = stack.enter_context(databases.postgres()), 2
        server = Server(home=folder / "node", workers=workers, env={"CIAM_DATABASE_URL": url})
        stack.callback(server.stop)
        yield start(server)


@pytest.fixture
def own_installation(serve: Callable[..., Server], database_url: str) -> Installation:
    """Give an installation of the test's own, whose configuration it may change."""
    return start(serve(env={"CIAM_DATABASE_URL": database_url}))

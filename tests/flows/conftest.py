"""Configured installations for the flows: one worker on SQLite, two on PostgreSQL."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from tests.flows.clients.installation import Installation, start
from tests.parts import databases
from tests.parts.server import Server

KINDS = ("sqlite", "postgresql")


@pytest.fixture(scope="module", params=KINDS)
def installation(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Installation]:
    """Give an installation that the tests of a module share; each has customers of its own."""
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

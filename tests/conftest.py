"""Fixtures for every test: real parts, each found in the environment, on the system, in a wheel."""

import os
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.async_api import Browser
from pydantic import SecretStr

from ciam.sealing import KeyRing, new_key
from ciam.settings import Settings
from ciam.storage import Database
from tests.parts import (
    chromium,
    compiled_once,
    databases,
    light_hashes,
    redis,
    rsa_keys,
    run_folder,
)
from tests.parts.clock import FakeClock
from tests.parts.plain_browser import PlainBrowser
from tests.parts.server import Server


def pytest_configure(config: pytest.Config) -> None:
    """Begin the run; settings of the caller's own installation reach no test."""
    for name in list(os.environ):
        if name.startswith("CIAM_") and not name.startswith("CIAM_TEST_"):
            del os.environ[name]
    if not hasattr(config, "workerinput"):
        run_folder.begin()


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop what the run shared."""
    databases.drop_copies()
    if not hasattr(config, "workerinput"):
        databases.drop_templates()
        run_folder.remove(run_folder.current())


def pytest_terminal_summary(terminalreporter: Any) -> None:  # noqa: ANN401 - pytest keeps its type private
    """Say on what the tests ran."""
    for name, fact in run_folder.facts().items():
        if "version" in fact:
            terminalreporter.write_line(f"{name}: {fact['version']}")
        if fact.get("drift"):
            terminalreporter.write_line(
                f"{name}: the migration is behind the tables, built from the tables: "
                f"{len(fact['drift'])} differences, the first {fact['drift'][0]}"
            )


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    """Run coroutines on asyncio, as the server does."""
    return "asyncio"


@pytest.fixture(scope="session", autouse=True)
def _what_is_costly() -> Iterator[None]:
    """Draw primes and compile statements a few times only, and hash with little memory."""
    with pytest.MonkeyPatch.context() as patch:
        for costly in (compiled_once, light_hashes, rsa_keys):
            costly.install(patch)
        yield


@pytest.fixture
def clock() -> FakeClock:
    """Give a clock that stands still until the test moves it."""
    return FakeClock()


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """Give a fresh migrated SQLite database."""
    return databases.sqlite(tmp_path / "home")


@pytest.fixture
def postgresql_url() -> Iterator[str]:
    """Give a fresh migrated PostgreSQL database."""
    with databases.postgres() as url:
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """Give a fresh migrated database; the test runs once on each kind."""
    url: str = request.getfixturevalue(f"{request.param}_url")
    return url


@pytest.fixture
async def database(database_url: str, clock: FakeClock) -> AsyncIterator[Database]:
    """Give an open database with one key for everything, on the test's clock."""
    opened = Database.open(database_url, clock, KeyRing.of(new_key()))
    yield opened
    await opened.close()


@pytest.fixture
def redis_url() -> str:
    """Give a Redis that is the tests' own."""
    return redis.url()


@pytest.fixture
def settings(tmp_path: Path, database_url: str) -> Settings:
    """Give the settings of a server with its own home, on each kind of database."""
    return Settings(home=tmp_path / "home", database_url=SecretStr(database_url))


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Callable[..., Server]]:
    """Start servers: `serve(workers=2, env={...})`; each has its own port and home, all end here.

    Two nodes of one installation share `CIAM_DATABASE_URL` and `CIAM_MASTER_KEY` through `env`.
    """
    started: list[Server] = []

    def start(**options: Any) -> Server:  # noqa: ANN401 - as Server takes them
        options.setdefault("home", tmp_path / f"node-{len(started) + 1}")
        started.append(Server(**options))
        return started[-1].start()

    yield start
    for server in started:
        server.stop()
        if sys.exc_info()[0] is not None:
            print(server.log[-4000:])


@pytest.fixture
def server(serve: Callable[..., Server], database_url: str) -> Server:
    """Give a running `ciam serve` with one worker, on each kind of database."""
    return serve(env={"CIAM_DATABASE_URL": database_url})


@pytest.fixture
async def app(settings: Settings, clock: FakeClock) -> AsyncIterator[Any]:
    """Give the application in this process, started, on the test's clock."""
    from ciam.app import create_app  # noqa: PLC0415 - tests of lower layers run without the web

    application = create_app(settings, clock=clock)
    async with application.router.lifespan_context(application):
        yield application


@pytest.fixture
async def http(app: Any, settings: Settings) -> AsyncIterator[httpx.AsyncClient]:  # noqa: ANN401 - any ASGI application
    """Give an HTTP client of the application in this process; it follows no redirect."""
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url=settings.issuer) as client:
        yield client


@pytest.fixture
async def person(app: Any, settings: Settings) -> AsyncIterator[PlainBrowser]:  # noqa: ANN401 - any ASGI application
    """Give a browser without scripts, before the application in this process."""
    async with PlainBrowser(apps={settings.issuer: app}) as browser:
        yield browser


@pytest.fixture(scope="session")
async def browser(anyio_backend: str) -> AsyncIterator[Browser]:  # noqa: ARG001 - its scope counts
    """Give a Chromium; make a context of your own for each test."""
    async with chromium.launch() as launched:
        yield launched

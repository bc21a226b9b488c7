"""The database hangs (R-10), goes away and comes back (R-09), its disk is full (R-12).

Each time: the process lives, what needs the database answers 503 in bounded time and says when to
come again, and everything works again by itself once the database does.
"""

import resource
import sqlite3
import time
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import psutil
import pytest

from tests.flows.clients.installation import start
from tests.flows.clients.relying_app import shop
from tests.parts import switchboard
from tests.parts.server import Server

BOUND = 7.0
"""Seconds: two for a connection of the pool, four for an answer; and a busy machine."""


def authorize(client: httpx.Client, url: str) -> httpx.Response:
    """Begin a sign-in, which writes a row, and tell that it took no longer than it may."""
    began = time.monotonic()
    answer = client.get(url)
    assert time.monotonic() - began < BOUND
    return answer


def check_refused(client: httpx.Client, url: str) -> None:
    """Expect 503 with when to come again, from a process that lives."""
    answer = authorize(client, url)
    assert answer.status_code == 503, answer.text
    assert int(answer.headers["retry-after"]) > 0
    assert client.get("/livez").status_code == 200


def check_not_ready(client: httpx.Client) -> None:
    """Expect that a proxy is told to go elsewhere."""
    assert client.get("/readyz").status_code == 503


def wait_for(client: httpx.Client, url: str) -> None:
    """Expect that sign-ins begin again within the bound, without a restart."""
    deadline = time.monotonic() + BOUND
    while authorize(client, url).status_code != 303:
        assert time.monotonic() < deadline, "it did not come back"
        time.sleep(0.1)


@pytest.mark.faults
async def test_a_database_that_hangs_or_goes_away_is_answered_with_503_until_it_is_back(
    serve: Callable[..., Server], postgresql_url: str
) -> None:
    there = urlsplit(postgresql_url)
    assert there.hostname is not None
    assert there.port is not None
    with switchboard.before(there.hostname, there.port) as board:
        url = postgresql_url.replace(f":{there.port}/", f":{board.port}/")
        assert url != postgresql_url
        server = serve(env={"CIAM_DATABASE_URL": url})
        installation = start(server)
        async with shop(installation.url) as app:
            target = app.begin().url
        with httpx.Client(base_url=installation.url, timeout=BOUND) as client:
            assert authorize(client, target).status_code == 303
            board.hang()
            check_refused(client, target)
            check_not_ready(client)
            board.mend()
            wait_for(client, target)
            board.cut()
            check_refused(client, target)
            check_not_ready(client)
            board.mend()
            wait_for(client, target)
        assert server.is_running()


@pytest.mark.faults
async def test_a_full_disk_is_answered_with_503_and_nothing_is_damaged(
    serve: Callable[..., Server], sqlite_url: str
) -> None:
    server = serve(env={"CIAM_DATABASE_URL": sqlite_url})
    installation = start(server)
    async with shop(installation.url) as app:
        target = app.begin().url
    process = psutil.Process(server.pid)
    everything = process.rlimit(resource.RLIMIT_FSIZE)
    with httpx.Client(base_url=installation.url, timeout=BOUND) as client:
        assert authorize(client, target).status_code == 303
        process.rlimit(resource.RLIMIT_FSIZE, (0, everything[1]))
        check_refused(client, target)
        assert authorize(client, "/.well-known/openid-configuration").status_code == 200
        process.rlimit(resource.RLIMIT_FSIZE, everything)
        wait_for(client, target)
    server.stop()
    with sqlite3.connect(Path(sqlite_url.removeprefix("sqlite:///"))) as database:
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)

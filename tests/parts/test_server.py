"""The server as tests start it: ready, killed, started again, with a twin in every process."""

import re
from collections.abc import Callable

import httpx
import psutil
import pytest

from tests.parts.server import Server, ServerFailed


@pytest.mark.faults
def test_a_node_is_killed_and_comes_back(serve: Callable[..., Server]) -> None:
    server = serve(workers=2, twin="read_then_write_code")
    workers = server.worker_pids()
    assert len(workers) == 2
    twins = {int(pid) for pid in re.findall(r"is in place in process (\d+)", server.log)}
    assert server.pid in twins
    assert {psutil.Process(pid).ppid() for pid in workers} < twins, "what they are forked from"
    server.kill()
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"{server.url}/readyz")
    server.start()
    assert httpx.get(f"{server.url}/readyz").status_code == 200
    assert server.stop() == 0


def test_a_server_that_ends_says_why(serve: Callable[..., Server]) -> None:
    with pytest.raises(ServerFailed, match="CIAM_ISSUER"):
        serve(env={"CIAM_ISSUER": "ftp://id.example.com"})


def test_an_unknown_twin_is_refused(serve: Callable[..., Server]) -> None:
    with pytest.raises(ServerFailed, match="no twin 'nothing'"):
        serve(twin="nothing")


def test_the_server_answers_on_each_database(server: Server) -> None:
    assert httpx.get(f"{server.url}/readyz").status_code == 200


async def test_the_application_answers_in_this_process(http: httpx.AsyncClient) -> None:
    assert (await http.get("/readyz")).status_code == 200

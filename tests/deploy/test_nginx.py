"""Two nodes behind the shipped nginx on PostgreSQL: any node takes any step; one may go away."""

import asyncio
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import httpx
import pytest

from tests.flows.clients.installation import Installation, start
from tests.flows.clients.person import Person
from tests.flows.clients.relying_app import shop
from tests.parts import databases, nginx, redis
from tests.parts.certificate import write_certificate
from tests.parts.ports import find_free_port
from tests.parts.server import Server

_LEFT_OUT = 2.5  # seconds, a little more than `fail_timeout`


@dataclass(frozen=True)
class Cluster:
    """Two nodes with one home and one database, and nginx before them."""

    proxy: nginx.Nginx
    nodes: list[Server]

    @property
    def installation(self) -> Installation:
        """What a person sees of it."""
        return Installation(self.nodes[0])


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """Run two nodes behind nginx, in turn."""
    nginx.find_nginx()
    folder, port = tmp_path_factory.mktemp("cluster"), find_free_port()
    with ExitStack() as stack:
        env = {
            "CIAM_DATABASE_URL": stack.enter_context(databases.postgres()),
            "CIAM_ISSUER": f"http://localhost:{port}",
            "CIAM_DRAIN": "5",
            "CIAM_TRUSTED_PROXIES": "127.0.0.1",
            **_redis(),
        }
        nodes = [Server(home=folder / "home", env=env) for _ in range(2)]
        for node in nodes:
            stack.callback(node.kill)
        start(nodes[0])
        nodes[1].start()
        ports = [node.port for node in nodes]
        proxy = stack.enter_context(nginx.running(folder / "nginx", port, ports))
        yield Cluster(proxy, nodes)


def _redis() -> dict[str, str]:
    """Share a Redis where there is one: it is optional, as in production."""
    if shutil.which("redis-server") or os.environ.get("CIAM_TEST_REDIS_URL"):
        return {"CIAM_REDIS_URL": redis.url()}
    return {}


async def test_each_step_of_a_journey_is_taken_by_another_node(cluster: Cluster) -> None:
    journeys: list[list[str]] = []
    # A node that was slow, or away in another test, is left out for two seconds: then a journey is
    # begun anew once they are over.
    while len(journeys) < 3 and not (journeys and _is_alternating(journeys[-1])):
        if journeys:
            await asyncio.sleep(_LEFT_OUT)
        email = f"each-step-{len(journeys)}@example.jp"
        journeys.append(await _nodes_of_a_journey(cluster, email))
    assert _is_alternating(journeys[-1]), journeys


def _is_alternating(taken: list[str]) -> bool:
    return len(taken) > 8 and all(one != other for one, other in pairwise(taken))


async def _nodes_of_a_journey(cluster: Cluster, email: str) -> list[str]:
    """Give the node that answered each request of a whole journey."""
    before = len(cluster.proxy.lines())
    async with Person(cluster.installation, email) as person, shop(cluster.proxy.url) as app:
        attempt = app.begin()
        page = await person.visit(app, attempt)
        page = await person.sign_up(page, newsletter="give", recommendations="refuse")
        page = await person.press(page, "Allow")
        tokens = await app.finish(attempt, page.url)
        assert (await app.claims(tokens.access))["email"] == email
    return [line[3] for line in cluster.proxy.lines()[before:]]


async def test_a_node_killed_in_the_middle_of_a_journey_is_not_noticed(cluster: Cluster) -> None:
    email = "killed@example.jp"
    async with Person(cluster.installation, email) as person, shop(cluster.proxy.url) as app:
        attempt = app.begin()
        page = await person.visit(app, attempt)
        page = await page.follow("Create an account")
        page = await person.press(page, "Next", email=email)
        code = await person.read_code()
        cluster.nodes[1].kill()
        try:
            page = await person.press(page, "Next", code=code)
            assert page.heading == "Your details", page.text
            page = await person.press(
                page,
                "Create the account",
                family_name="山田",
                given_name="花子",
                password=person.password,
                notice_terms=True,
                notice_privacy=True,
                purpose_newsletter="refuse",
                purpose_recommendations="refuse",
            )
            page = await person.press(page, "Allow")
            assert (await app.finish(attempt, page.url)).access
        finally:
            await asyncio.to_thread(cluster.nodes[1].start)


async def test_nodes_are_restarted_one_after_the_other_without_a_failed_request(
    cluster: Cluster,
) -> None:
    answers: dict[int, int] = {}
    done = asyncio.Event()

    async def ask(client: httpx.AsyncClient) -> None:
        while not done.is_set():
            answer = await client.post("/token", data={"grant_type": "client_credentials"})
            answers[answer.status_code] = answers.get(answer.status_code, 0) + 1
            await asyncio.sleep(0.02)

    ports = [node.port for node in cluster.nodes]
    # A connection each: nginx closes idle ones when it reads its file anew, as it may at any time.
    once = httpx.Limits(max_keepalive_connections=0)
    client = httpx.AsyncClient(base_url=cluster.proxy.url, timeout=20, limits=once)
    with nginx.following(cluster.proxy, ports):
        asking = [asyncio.create_task(ask(client)) for _ in range(4)]
        for node in cluster.nodes:
            await asyncio.to_thread(node.stop)
            await asyncio.to_thread(node.start)
        done.set()
        await asyncio.gather(*asking)
    await client.aclose()
    assert set(answers) == {401}, f"R-16: {answers}"
    print(f"R-16: 0 of {answers[401]} requests failed over two restarts")


def test_what_only_the_proxy_asks_is_not_shown_outside(cluster: Cluster) -> None:
    assert httpx.get(f"{cluster.proxy.url}/readyz").status_code == 404
    assert httpx.get(f"{cluster.proxy.url}/livez").status_code == 404


def test_the_files_for_production_are_read_by_nginx(tmp_path: Path) -> None:
    pem = write_certificate(tmp_path / "tls.pem", "id.example.jp")
    replaced = {
        "/etc/nginx/ciam/": f"{nginx.SHIPPED}/",
        "/etc/nginx/tls/id.example.jp.pem": str(pem),
        "/etc/nginx/tls/id.example.jp.key": str(pem),
        "/run/secrets/tls_certificate": str(pem),
        "/run/secrets/tls_key": str(pem),
        "/var/log/nginx/": f"{tmp_path}/",
        "node1:": "127.0.0.1:",
        "node2:": "127.0.0.2:",
    }
    for shipped in (nginx.SHIPPED / "ciam.conf", nginx.SHIPPED.parent / "compose" / "nginx.conf"):
        text = shipped.read_text()
        for old, new in replaced.items():
            text = text.replace(old, new)
        main = tmp_path / "nginx.conf"
        main.write_text(f"pid {tmp_path}/pid;\nevents {{}}\nhttp {{\n{text}\n}}\n")
        log = str(tmp_path / "error.log")
        said = subprocess.run(
            [nginx.find_nginx(), "-t", "-p", str(tmp_path), "-c", str(main), "-e", log],
            capture_output=True,
            text=True,
            check=False,
        )
        assert said.returncode == 0, said.stderr
        assert "warn" not in said.stderr

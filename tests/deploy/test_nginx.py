"""Two nodes behind the shipped nginx on PostgreSQL: any node takes any step; one may go away."""

import asyncio
import subprocess
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import httpx
import pytest

from tests.faults.fault_rolling_restart import restart_in_turn
from tests.flows.clients.person import Person
from tests.flows.clients.relying_app import shop
from tests.parts import databases, nginx
from tests.parts.certificate import write_certificate
from tests.parts.cluster import Cluster, open_cluster
from tests.scoreboard import Score

_LEFT_OUT = 2.5  # seconds, a little more than `fail_timeout`


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """Run two nodes behind nginx, in turn."""
    with (
        databases.postgres() as url,
        open_cluster(tmp_path_factory.mktemp("cluster"), url) as opened,
    ):
        yield opened


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
    score = Score("R-16", "two restarts", seed=0)
    assert await restart_in_turn(cluster, score, lambda: True) == 2
    print(score.line())
    assert score.n > 0
    assert score.failures == 0, score.examples


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

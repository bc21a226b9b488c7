"""Metrics: every worker is in one scrape, labels come from us, the dashboard asks what is there."""

import json
import re
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
import yaml

from ciam import metrics
from ciam.audit.events import EventKind
from ciam.audit.trail import Actor, record
from ciam.errors import Refusal
from ciam.storage import Database
from tests.parts.ports import find_free_port
from tests.parts.server import Server

DASHBOARD = Path("deploy/grafana/ciam.json")
RULES = Path("deploy/prometheus/ciam-rules.yaml")
OPERATIONS = Path("docs/operations.md")


def sample(text: str, name: str, **labels: str) -> float:
    """Add up the samples of a name whose labels hold the given ones."""
    return sum(
        float(line.rsplit(" ", 1)[1])
        for line in text.splitlines()
        if re.match(rf"{name}[{{ ]", line)
        and all(f'{label}="{value}"' in line for label, value in labels.items())
    )


def test_one_scrape_counts_what_every_worker_answered(
    serve: Callable[..., Server], sqlite_url: str
) -> None:
    port = find_free_port()
    server = serve(workers=2, env={"CIAM_DATABASE_URL": sqlite_url, "CIAM_METRICS_PORT": str(port)})
    for _ in range(20):  # a connection each, so that either worker may take it
        httpx.get(f"{server.url}/livez")
    httpx.get(f"{server.url}/somebody@example.com")
    httpx.post(f"{server.url}/token", data={"grant_type": "client_credentials"})
    text = httpx.get(f"http://127.0.0.1:{port}/metrics").text
    assert sample(text, "ciam_http_request_seconds_count", route="/livez", status="200") == 20
    assert sample(text, "ciam_http_request_seconds_count", route="/token", method="POST") == 1
    assert sample(text, "ciam_http_request_seconds_count", route="(unknown)") >= 1
    assert "example.com" not in text
    assert "ciam_database_connections_in_use" in text
    assert "ciam_outbox_due" in text
    assert httpx.get(f"{server.url}/metrics").status_code == 404


def exposed_names() -> set[str]:
    """Give the names that a scrape can hold."""
    exposed: set[str] = set()
    for metric in metrics.ALL:
        name: str = metric._name  # noqa: SLF001 - the library gives it in no other way
        exposed |= {
            "counter": {f"{name}_total"},
            "gauge": {name},
            "histogram": {f"{name}_count", f"{name}_bucket", f"{name}_sum"},
        }[metric._type]  # noqa: SLF001 - as above
    return exposed


def test_the_dashboard_asks_only_for_what_is_exposed() -> None:
    exposed = exposed_names()
    asked: set[str] = set()
    for panel in json.loads(DASHBOARD.read_text())["panels"]:
        for target in panel["targets"]:
            found = set(re.findall(r"\bciam_\w+", target["expr"]))
            assert found, panel["title"]
            asked |= found
    assert asked <= exposed
    gauges_and_counters = {name for name in exposed if not re.search("_(count|bucket|sum)$", name)}
    assert gauges_and_counters <= asked, "a metric that nobody looks at"


def test_every_alert_asks_for_what_is_exposed_and_says_what_to_do() -> None:
    rules = yaml.safe_load(RULES.read_text())["groups"][0]["rules"]
    for rule in rules:
        names = set(re.findall(r"\bciam_\w+", rule["expr"]))
        assert names <= exposed_names(), rule["alert"]
        kinds = set(re.findall(r'kind="([^"]+)"', rule["expr"]))
        assert kinds <= {str(kind) for kind in EventKind}, rule["alert"]
        assert rule["labels"]["severity"] in {"page", "ticket"}
    explained = set(re.findall(r"^\| `(Ciam\w+)`", OPERATIONS.read_text(), re.MULTILINE))
    assert explained == {rule["alert"] for rule in rules}


@pytest.mark.parametrize(
    ("path", "status", "route"),
    [
        ("/jwks.json", "200", "/jwks.json"),
        ("/jwks/receipts.json", "200", "/jwks/receipts.json"),
        ("/api/v1/profile", "401", "/api/v1/profile"),
        ("/api/v1/customers/x", "401", "/api/v1/customers/{customer_id}"),
        ("/api/v1/nothing", "404", "(unknown)"),
        ("/static/nothing", "404", "/static/{name:path}"),
        ("/hanako@example.com", "404", "(unknown)"),
    ],
)
async def test_an_answer_is_counted_by_its_whole_route(
    http: httpx.AsyncClient, path: str, status: str, route: str
) -> None:
    counted = metrics.REQUESTS.labels("GET", route, status)._sum  # noqa: SLF001 - as above
    before = counted.get()
    await http.get(path)
    assert counted.get() > before


async def test_only_what_was_committed_is_counted(database: Database) -> None:
    def count() -> float:
        return float(metrics.EVENTS.labels("sign_in.succeeded", "password")._value.get())  # noqa: SLF001 - the library has no other way to read one

    async def write(*, fails: bool) -> None:
        async with database.write() as transaction:
            kind, actor = EventKind.SIGN_IN_SUCCEEDED, Actor.server()
            await record(transaction, kind, actor=actor, method="password")
            if fails:
                raise Refusal

    before = count()
    with pytest.raises(Refusal):
        await write(fails=True)
    assert count() == before
    await write(fails=False)
    assert count() == before + 1

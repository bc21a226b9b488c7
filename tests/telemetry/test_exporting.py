"""Exporting: by the standard variables, whole journeys without personal data, or nothing loaded."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest

from tests.flows.clients.installation import Installation, start
from tests.flows.clients.person import Person
from tests.flows.clients.relying_app import shop
from tests.parts import databases
from tests.parts.server import ROOT, Server
from tests.telemetry.collector import Collector, collecting

ABSENT = """
import sys
class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.startswith(("opentelemetry.sdk", "opentelemetry.exporter")):
            raise ImportError(name)
sys.meta_path.insert(0, Absent())
"""
CANARY = "canary-hanako"


@pytest.fixture(params=["sqlite", "postgresql"])
def traced(
    request: pytest.FixtureRequest, tmp_path: Path
) -> Iterator[tuple[Installation, Collector]]:
    """Give an installation that sends its spans to a collector; it has ended when asked for."""
    with ExitStack() as stack:
        collector = stack.enter_context(collecting())
        is_sqlite = request.param == "sqlite"
        url = (
            databases.sqlite(tmp_path / "node")
            if is_sqlite
            else stack.enter_context(databases.postgres())
        )
        environment = {
            "CIAM_DATABASE_URL": url,
            "OTEL_EXPORTER_OTLP_ENDPOINT": collector.url,
            "OTEL_RESOURCE_ATTRIBUTES": "deployment.environment.name=rehearsal",
        }
        server = Server(home=tmp_path / "node", workers=1 if is_sqlite else 2, env=environment)
        stack.callback(server.stop)
        yield start(server), collector


async def test_a_whole_journey_is_traced_and_no_span_knows_whose_it_was(
    traced: tuple[Installation, Collector],
) -> None:
    installation, collector = traced
    email = f"{CANARY}@example.jp"
    async with Person(installation, email) as person, shop(installation.url) as app:
        attempt = app.begin()
        page = await person.visit(app, attempt)
        page = await person.sign_up(page, newsletter="give", recommendations="refuse")
        page = await person.press(page, "Allow")
        tokens = await app.finish(attempt, page.url)
        assert (await app.claims(tokens.access))["email"] == email
    installation.server.stop()  # which sends what waits

    names = {span.name for span in collector.spans}
    assert {"POST /token", "GET /userinfo", "password hash", "job send_mail", "COMMIT"} <= names
    assert any(name.startswith("INSERT ") for name in names)
    (service,) = {
        attribute.value.string_value
        for request in collector.requests
        for resource in request.resource_spans
        for attribute in resource.resource.attributes
        if attribute.key == "service.name"
    }
    assert service == "ciam"
    sent = b"".join(collector.bodies)
    secrets = [tokens.access, tokens.refresh, tokens.claims["sub"], attempt.state, "山田", "花子"]
    assert [one for one in (CANARY, "example.jp", *secrets) if one.encode() in sent] == []
    assert b"ciam_" not in sent, "a secret of ours"
    allowed = ("http.", "db.", "server.", "error.type", "ciam.request_id")
    keys = {attribute.key for span in collector.spans for attribute in span.attributes}
    assert sorted(key for key in keys if not key.startswith(allowed)) == []
    assert not any(span.events for span in collector.spans)


def test_nothing_of_it_is_loaded_where_no_exporter_is_named() -> None:
    code = (
        "import sys\nfrom ciam import app, telemetry\ntelemetry.start()\n"
        "assert not telemetry.is_on()\n"
        "heavy = ('opentelemetry.sdk', 'opentelemetry.exporter', 'ciam.telemetry.tracing')\n"
        "print([name for name in sys.modules if name.startswith(heavy)])"
    )
    said = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert said.stdout.strip() == "[]"


@pytest.mark.parametrize(
    "variables",
    [
        {"OTEL_SDK_DISABLED": "true", "OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:9"},
        {"OTEL_TRACES_EXPORTER": "none", "OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:9"},
        {"OTEL_SERVICE_NAME": "ciam"},
    ],
)
def test_it_is_off_where_the_variables_say_so(
    variables: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from ciam.settings import wants_traces  # noqa: PLC0415 - beside what it is about

    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert not wants_traces()


def test_without_the_extra_the_server_says_so_and_serves(
    serve: Callable[..., Server], sqlite_url: str, tmp_path: Path
) -> None:
    hidden = tmp_path / "hidden"
    hidden.mkdir()
    (hidden / "sitecustomize.py").write_text(ABSENT)
    server = serve(
        env={
            "CIAM_DATABASE_URL": sqlite_url,
            "OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:9",
            "PYTHONPATH": f"{hidden}:{ROOT}",
        }
    )
    assert "ciam[telemetry]" in server.log


def test_the_framework_exports_nothing_of_its_own(
    serve: Callable[..., Server], sqlite_url: str
) -> None:
    with collecting() as collector:
        environment = {
            "CIAM_DATABASE_URL": sqlite_url,
            "OTEL_EXPORTER_OTLP_ENDPOINT": collector.url,
            "FASTAPI_OTEL_AUTO_CONFIGURE": "true",
        }
        server = serve(env=environment)
        headers = {"authorization": "Bearer x", "user-agent": CANARY}
        httpx.get(f"{server.url}/api/v1/customers/{CANARY}?limit={CANARY}", headers=headers)
        server.stop()
        names = [span.name for span in collector.spans if "/api/v1" in span.name]
        assert names == ["GET /api/v1/customers/{customer_id}"]
        assert CANARY.encode() not in b"".join(collector.bodies)


def test_a_collector_that_is_away_costs_no_answer(
    serve: Callable[..., Server], sqlite_url: str
) -> None:
    server = serve(
        env={"CIAM_DATABASE_URL": sqlite_url, "OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:9"}
    )
    assert httpx.get(f"{server.url}/sign-in").status_code == 303
    assert server.stop(seconds=15) is not None, "it did not end by itself"

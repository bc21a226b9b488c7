"""Spans: one trace for a request, joined by traceparent, named by words of ours alone."""

from collections.abc import AsyncIterator, Iterator, Mapping
from pathlib import Path
from typing import Any

import httpx
import pytest
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, StatusCode
from pydantic import SecretStr

from ciam import telemetry
from ciam.app import create_app
from ciam.outbound import Outbound
from ciam.settings import Settings
from ciam.storage.traced import name_statement
from ciam.telemetry.tracing import Tracing
from tests.parts.clock import FakeClock

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
PARENT = f"00-{TRACE}-00f067aa0ba902b7-01"


@pytest.fixture
def exporter() -> Iterator[InMemorySpanExporter]:
    """Trace into a list."""
    exporter = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    telemetry.use(Tracing(provider))
    yield exporter
    telemetry.use(None)


@pytest.fixture
async def traced(
    exporter: InMemorySpanExporter, database_url: str, clock: FakeClock, tmp_path: Path
) -> AsyncIterator[httpx.AsyncClient]:
    """Give a client of an application that is traced, on each kind of database."""
    settings = Settings(home=tmp_path / "home", database_url=SecretStr(database_url))
    app = create_app(settings, clock=clock)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(
            transport=httpx.ASGITransport(app, raise_app_exceptions=False),
            base_url=settings.issuer,
        ) as http,
    ):
        exporter.clear()
        yield http


def attributes(span: ReadableSpan) -> Mapping[str, Any]:
    """Give the attributes of a span."""
    return span.attributes or {}


def the_server_span(exporter: InMemorySpanExporter) -> ReadableSpan:
    """Give the one span of a request."""
    (span,) = [one for one in exporter.get_finished_spans() if one.kind is SpanKind.SERVER]
    return span


async def test_a_request_is_one_trace_with_its_statements_and_its_hash(
    traced: httpx.AsyncClient, exporter: InMemorySpanExporter
) -> None:
    await traced.post(
        "/token",
        data={"grant_type": "client_credentials", "client_id": "nobody", "client_secret": "x"},
    )
    request = the_server_span(exporter)
    assert request.name == "POST /token"
    assert attributes(request)["http.response.status_code"] == 401
    assert attributes(request)["ciam.request_id"]
    statements = [one for one in exporter.get_finished_spans() if one.kind is SpanKind.CLIENT]
    assert statements, "not one statement"
    assert {one.context.trace_id for one in statements} == {request.context.trace_id}
    assert {attributes(one)["db.system.name"] for one in statements if one.name != "COMMIT"} <= {
        "sqlite",
        "postgresql",
    }
    assert "SELECT client" in {one.name for one in statements}


async def test_a_request_joins_the_trace_of_its_caller(
    traced: httpx.AsyncClient, exporter: InMemorySpanExporter
) -> None:
    await traced.get("/livez", headers={"traceparent": PARENT, "tracestate": "x=hanako"})
    span = the_server_span(exporter)
    assert f"{span.context.trace_id:032x}" == TRACE
    assert span.parent is not None
    assert f"{span.parent.span_id:016x}" == "00f067aa0ba902b7"
    assert not span.context.trace_state


@pytest.mark.parametrize(
    "sent", [["nonsense"], [PARENT, PARENT], [""], [f"00-{'0' * 32}-00f067aa0ba902b7-01"]]
)
async def test_a_traceparent_that_says_nothing_begins_a_trace(
    traced: httpx.AsyncClient, exporter: InMemorySpanExporter, sent: list[str]
) -> None:
    await traced.get("/livez", headers=[("traceparent", one) for one in sent])
    assert the_server_span(exporter).parent is None


async def test_what_a_stranger_types_is_in_no_span(
    traced: httpx.AsyncClient, exporter: InMemorySpanExporter
) -> None:
    for path in ("/hanako@example.com", "/sign-in?login_hint=hanako@example.com", "/%00hanako"):
        await traced.get(path, headers={"user-agent": "hanako", "x-forwarded-for": "192.0.2.77"})
    await traced.request("HANAKO", "/sign-in", content=b"hanako")
    spans = exporter.get_finished_spans()
    assert len([one for one in spans if one.kind is SpanKind.SERVER]) >= 4
    assert "(other) /sign-in" in {one.name for one in spans} or "(other) (unknown)" in {
        one.name for one in spans
    }
    written = "".join(one.to_json() for one in spans)
    assert "hanako" not in written.lower()
    assert "192.0.2.77" not in written


async def test_an_error_is_noted_by_its_class_and_never_by_its_text(
    exporter: InMemorySpanExporter,
) -> None:
    with pytest.raises(ValueError, match="hanako"), telemetry.span("job send_mail", "consumer"):
        raise ValueError("hanako@example.com")
    (span,) = exporter.get_finished_spans()
    assert span.status.status_code is StatusCode.ERROR
    assert attributes(span)["error.type"] == "ValueError"
    assert "hanako" not in span.to_json()


async def test_only_a_service_that_the_operator_names_learns_of_our_trace(
    exporter: InMemorySpanExporter,
) -> None:
    seen: list[str | None] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request.headers.get("traceparent"))
        return httpx.Response(200)

    async def resolve(_host: str, _port: int) -> list[str]:
        return ["93.184.216.34"]

    outbound = Outbound(
        Settings(outbound_allow=("crm.internal:443",)),
        resolve=resolve,
        transport=httpx.MockTransport(answer),
    )
    with telemetry.answering("GET", []):
        await outbound.request("GET", "https://provider.example.com/jwks?secret=hanako")
        await outbound.request("GET", "https://crm.internal/hook")
    assert seen[0] is None
    assert seen[1] is not None
    calls = [one for one in exporter.get_finished_spans() if one.kind is SpanKind.CLIENT]
    assert f"{calls[1].context.span_id:016x}" in seen[1]
    assert [attributes(one)["server.address"] for one in calls] == [
        "provider.example.com",
        "crm.internal",
    ]
    assert "hanako" not in "".join(one.to_json() for one in calls)


async def test_what_the_clock_starts_makes_no_spans(exporter: InMemorySpanExporter) -> None:
    telemetry.begin("SELECT outbox", "client").end()
    with telemetry.span("password hash"):
        pass
    assert exporter.get_finished_spans() == ()


@pytest.mark.parametrize(
    ("sql", "named"),
    [
        ("SELECT a, b FROM client WHERE x = ?", ("SELECT", "client")),
        ('INSERT INTO "session" (a) VALUES (?)', ("INSERT", "session")),
        ("UPDATE proofs SET used = 1 WHERE id = 2 RETURNING id", ("UPDATE", "proofs")),
        ("WITH x AS (SELECT 1 FROM journey) SELECT * FROM x", ("SELECT", "journey")),
        ("DELETE FROM outbox WHERE id IN (1)", ("DELETE", "outbox")),
        ("PRAGMA foreign_keys", ("(other)", "")),
    ],
)
def test_a_statement_is_named_by_what_it_does_to_what(sql: str, named: tuple[str, str]) -> None:
    assert name_statement(sql) == named

"""The contract: published, kept as a file, and true for whatever a generator can think of."""

import json
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
from hypothesis import HealthCheck, Phase, given, seed, settings

from ciam.web.api import make_api, make_openapi
from tests.api.world import ApiWorld

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import schemathesis
    from schemathesis.checks import not_a_server_error
    from schemathesis.specs.openapi.checks import (
        content_type_conformance,
        response_headers_conformance,
        response_schema_conformance,
        status_code_conformance,
    )

DOCUMENT = Path(__file__).parents[2] / "docs/openapi.json"
WRITE = "PYTHONPATH=. python -m ciam.web.api > docs/openapi.json"
EXAMPLES = 12
CHECKED = (
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
)


def test_the_file_is_the_contract() -> None:
    kept = json.loads(DOCUMENT.read_text())
    assert kept == make_openapi(make_api()), f"run: {WRITE}"


async def test_the_contract_is_published(world: ApiWorld) -> None:
    answer = await world.http.get("/api/v1/openapi.json")
    assert answer.json() == json.loads(DOCUMENT.read_text())
    assert answer.headers["access-control-allow-origin"] == "*"
    page = await world.http.get("/api/v1/docs")
    assert "/api/v1/customers/search" in page.text
    metadata = (await world.http.get("/.well-known/oauth-protected-resource/api/v1")).json()
    assert metadata["resource"] == f"{world.issuer}/api/v1"


async def test_whatever_is_sent_gets_an_answer_of_the_contract(world: ApiWorld) -> None:
    """Cases from the contract, good and bad, by a fixed seed, with a token and without."""
    tokens = {"customer": await world.customer_token(), "service": await world.service_token()}
    journeys = await _begin_journeys(world)
    failures: list[str] = []
    sent: dict[int, int] = {}
    for caller, case in _cases(json.loads(DOCUMENT.read_text()), world, journeys):
        answer = await _send(world, case, caller, tokens.get(caller))
        sent[answer.status_code] = sent.get(answer.status_code, 0) + 1
        try:
            case.validate_response(answer, checks=list(CHECKED))
        except Exception as error:  # noqa: BLE001 - every kind of failure is listed
            failures.append(f"{case.operation.label} {answer.status_code}: {error!r}"[:1500])
        if answer.status_code == 401 and caller in tokens:
            tokens["customer"] = await world.customer_token()
    assert failures == []
    assert sent[200] > 40, f"hardly anything was let through: {sent}"
    assert sent[201] > 3, f"hardly anything was made: {sent}"


async def _begin_journeys(world: ApiWorld) -> list[str]:
    """Begin journeys in this browser, one of each kind; give their handles."""
    handles = []
    for kind in ("sign_in", "sign_up", "recovery"):
        begun = await world.http.post(
            "/api/v1/journeys", json={"kind": kind}, headers={"Origin": world.issuer}
        )
        assert begun.status_code == 201, begun.text
        handles.append(str(begun.json()["id"]))
    return handles


def _cases(
    document: dict[str, Any], world: ApiWorld, journeys: list[str]
) -> Iterator[tuple[str, Any]]:
    """Generate cases; where a customer or a journey is named, half of them name ours."""
    schema = schemathesis.openapi.from_dict(document)
    for result in schema.get_all_operations():
        operation: Any = result.ok()  # type: ignore[union-attr]  # an invalid contract fails here
        caller = next(iter(operation.definition.raw["security"][0]))
        drawn: list[Any] = []

        @seed(20_261_124)
        @settings(
            max_examples=EXAMPLES,
            database=None,
            deadline=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(case=operation.as_strategy())
        def draw(case: Any) -> None:  # noqa: ANN401 - a case
            drawn.append(case)  # noqa: B023 - drawn before the next operation

        draw()
        for number, case in enumerate(drawn):
            if number % 2 and "customer_id" in (case.path_parameters or {}):
                case.path_parameters["customer_id"] = world.customer.customer_id
            if number % 2 and "journey" in (case.path_parameters or {}):
                case.path_parameters["journey"] = journeys[number % 3]
            if number % 3 == 1 and "purpose" in (case.path_parameters or {}):
                case.path_parameters["purpose"] = "newsletter"
            yield ("nobody" if number == 0 else caller), case


async def _send(world: ApiWorld, case: Any, caller: str, token: str | None) -> httpx.Response:  # noqa: ANN401 - a case
    wanted = case.as_transport_kwargs(base_url=f"{world.issuer}/api/v1")
    content = json.dumps(wanted["json"]).encode() if "json" in wanted else wanted.get("data")
    headers = [
        (name.encode("latin-1"), str(value).encode("latin-1"))
        for name, value in (wanted.get("headers") or {}).items()
        if name.lower() not in {"authorization", "auth-session"}
    ]
    if caller == "browser":
        headers.append((b"Origin", world.issuer.encode()))
    elif caller == "nobody":
        headers.append((b"Auth-Session", b"ciam_as_of_nobody"))
    if "json" in wanted:
        headers.append((b"Content-Type", b"application/json"))
    if token is not None:
        headers.append((b"Authorization", f"Bearer {token}".encode()))
    return await world.http.request(
        wanted["method"], wanted["url"], params=wanted.get("params"), content=content,
        headers=headers,
    )  # fmt: skip

"""The contract: published, kept as a file, and true for whatever a generator can think of."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ciam.web.api import make_api, make_openapi
from tests.api.world import ApiWorld
from tests.factories.contract import draw_cases, judge, send_case

DOCUMENT = Path(__file__).parents[2] / "docs/openapi.json"
WRITE = "PYTHONPATH=. python -m ciam.web.api > docs/openapi.json"
EXAMPLES = 12


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
    more = {
        "browser": {"Origin": world.issuer},
        "nobody": {"Auth-Session": "ciam_as_of_nobody"},
    }
    for caller, case in _cases(json.loads(DOCUMENT.read_text()), world, journeys):
        more = {
            "browser": {"Origin": world.issuer},
            "nobody": {"Auth-Session": "ciam_as_of_nobody"},
        }
        answer = await send_case(
            world.http, f"{world.issuer}/api/v1", case, tokens.get(caller), more.get(caller)
        )
        sent[answer.status_code] = sent.get(answer.status_code, 0) + 1
        if fault := judge(case, answer):
            failures.append(fault)
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
    for operation, drawn in draw_cases(document, EXAMPLES):
        caller = next(iter(operation.definition.raw["security"][0]))
        for number, case in enumerate(drawn):
            if number % 2 and "customer_id" in (case.path_parameters or {}):
                case.path_parameters["customer_id"] = world.customer.customer_id
            if number % 2 and "journey" in (case.path_parameters or {}):
                case.path_parameters["journey"] = journeys[number % 3]
            if number % 3 == 1 and "purpose" in (case.path_parameters or {}):
                case.path_parameters["purpose"] = "newsletter"
            yield ("nobody" if number == 0 else caller), case

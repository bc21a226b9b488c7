"""The admin API's contract: published, kept as a file, and true for whatever may be sent."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from ciam.app import create_app
from ciam.settings import Settings
from ciam.storage.stores.customers import Customer
from ciam.web.admin import api
from ciam.web.admin.api.operation import ApiRoute
from tests.administration.test_roles import NOTICE, PURPOSE
from tests.factories.admin_desk import AdminDesk
from tests.factories.console_world import ConsoleWorld
from tests.factories.contract import draw_cases, judge, send_case
from tests.parts.clock import FakeClock

DOCUMENT = Path(__file__).parents[2] / "docs/admin-openapi.json"
WRITE = "PYTHONPATH=. python -m ciam.web.admin.api > docs/admin-openapi.json"
EXAMPLES = 10
OPERATIONS = [route for route in api.routes if isinstance(route, ApiRoute)]


@pytest.fixture
async def desk(tmp_path: Path, sqlite_url: str, clock: FakeClock) -> AsyncIterator[AdminDesk]:
    """Give an owner with a session of the API."""
    async for opened in _open(sqlite_url, clock, tmp_path):
        yield opened


@pytest.fixture
async def either_desk(
    tmp_path: Path, database_url: str, clock: FakeClock
) -> AsyncIterator[AdminDesk]:
    """Give an owner with a session of the API, on each kind of database."""
    async for opened in _open(database_url, clock, tmp_path):
        yield opened


async def _open(url: str, clock: FakeClock, home: Path) -> AsyncIterator[AdminDesk]:
    settings = Settings(home=home / "home", database_url=SecretStr(url))
    app = create_app(settings, clock=clock)
    transport = httpx.ASGITransport(app)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url=f"{settings.issuer}/api/admin/v1") as http,
    ):
        world = ConsoleWorld(app, clock)
        yield await AdminDesk.open(world, http, purposes=[PURPOSE], notices=[NOTICE])


@pytest.fixture
async def customer(desk: AdminDesk) -> Customer:
    """Give a customer with a session."""
    return await desk.world.add_customer()


def test_the_file_is_the_contract() -> None:
    assert json.loads(DOCUMENT.read_text()) == json.loads(json.dumps(api.document)), WRITE


async def test_the_contract_is_published_and_needs_no_token(desk: AdminDesk) -> None:
    answer = await desk.http.get("/openapi.json", headers={"Authorization": ""})
    assert answer.json() == json.loads(DOCUMENT.read_text())
    assert answer.json()["openapi"] == "3.1.0"


def test_every_operation_is_in_it_with_its_permission() -> None:
    paths = api.document["paths"]
    for route in OPERATIONS:
        (method,) = (route.methods or set()) - {"HEAD"}
        path = route.path.removeprefix("/api/admin/v1").replace(":path}", "}")
        said = paths[path][method.lower()]
        assert f"`{route.needs}`" in said["description"]
        assert said["security"] == [{"operator": []}]
        assert "401" in said["responses"]
    names = [one["operationId"] for methods in paths.values() for one in methods.values()]
    assert len(names) == len(set(names))


def test_every_write_takes_a_key_except_those_that_give_a_secret_or_show_a_value() -> None:
    without = {
        f"{method.upper()} {path}"
        for path, methods in api.document["paths"].items()
        for method, one in methods.items()
        if method != "get"
        and "Idempotency-Key" not in {parameter["name"] for parameter in one["parameters"]}
    }
    assert without == {
        "POST /session",
        "DELETE /session",
        "POST /session/confirm",
        "POST /customers/search",
        "POST /customers/{customer_id}/reveal",
    }


async def test_whatever_is_sent_gets_an_answer_of_the_contract(
    desk: AdminDesk, customer: Customer
) -> None:
    """Cases from the contract, good and bad, by a fixed seed, as an owner and without a token."""
    session = await desk.world.add_session(customer)
    ours: dict[str, str] = {"customer_id": customer.customer_id, "session": session}
    ours |= {"client_id": "shop", "operator": desk.other_operator}
    failures: list[str] = []
    sent: dict[int, int] = {}
    for _operation, drawn in draw_cases(json.loads(DOCUMENT.read_text()), EXAMPLES):
        for number, case in enumerate(drawn):
            for name in set(case.path_parameters or {}) & set(ours) if number % 2 else ():
                case.path_parameters[name] = ours[name]
            if number % 2 and "key" in (case.path_parameters or {}):
                is_purpose = case.path.startswith("/purposes")
                case.path_parameters["key"] = "news" if is_purpose else "terms"
            token = desk.token if number else None
            answer = await send_case(desk.http, str(desk.http.base_url).rstrip("/"), case, token)
            sent[answer.status_code] = sent.get(answer.status_code, 0) + 1
            if fault := judge(case, answer):
                failures.append(fault)
            if answer.status_code == 401 or case.path.startswith("/session"):
                await desk.sign_in()
    assert failures == [], "\n".join(failures)
    assert sent[200] > 30, f"hardly anything was let through: {sent}"


async def test_a_write_with_a_key_is_done_once(either_desk: AdminDesk) -> None:
    desk = either_desk
    customer = await desk.world.add_customer()
    path = f"/customers/{customer.customer_id}/disable"
    key = {"Idempotency-Key": "one-two-three"}
    for _ in range(3):
        answer = await desk.http.post(path, json={"reason": "asked"}, headers=key)
        assert answer.status_code == 204
    assert len(await desk.world.events("customer.disabled")) == 1
    other = await desk.http.post(path, json={"reason": "another"}, headers=key)
    assert (other.status_code, other.json()["type"]) == (
        422,
        "urn:ciam:problem:idempotency_key_reused",
    )


async def test_a_repeated_invitation_sends_one_mail(desk: AdminDesk) -> None:
    asked = {"email": "new@example.jp", "roles": ["viewer"], "reason": "joins"}
    key = {"Idempotency-Key": "invite-1"}
    first = await desk.http.post("/operators/invitations", json=asked, headers=key)
    again = await desk.http.post("/operators/invitations", json=asked, headers=key)
    assert first.status_code == 202
    assert (again.status_code, again.content) == (first.status_code, first.content)
    invited = await desk.world.events("operator.invited")
    assert [one["reason"] for one in invited].count("joins") == 1


async def test_the_key_of_one_operator_means_nothing_for_another(
    desk: AdminDesk, customer: Customer
) -> None:
    path = f"/customers/{customer.customer_id}/sessions"
    key = {"Idempotency-Key": "same"}
    assert (await desk.http.delete(path, headers=key)).json() == {"ended": 1}
    await desk.world.add_session(customer)
    assert (await desk.http.delete(path, headers=key)).json() == {"ended": 1}, "the reply is kept"
    await desk.sign_in("support")
    assert (await desk.http.delete(path, headers=key)).json() == {"ended": 1}
    assert (await desk.http.delete(path)).json() == {"ended": 0}


@pytest.mark.parametrize("path", ["/clients", "/clients/shop", "/purposes/news", "/notices"])
async def test_what_was_read_already_is_not_sent_again(desk: AdminDesk, path: str) -> None:
    first = await desk.http.get(path)
    assert first.status_code == 200
    headers = {"If-None-Match": first.headers["etag"]}
    again = await desk.http.get(path, headers=headers)
    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b'{"reason": "a", "reason": "b"}', "application/json", 400),
        (b'{"reason": "a"', "application/json", 400),
        (b"", "application/json", 400),
        (b'{"reason": "a"}', "text/plain", 415),
        (b'{"reason": 1}', "application/json", 422),
        (b'{"reason": "a", "more": 1}', "application/json", 422),
        (b'{"reason": "' + b"a" * 70_000 + b'"}', "application/json", 413),
    ],
)
async def test_a_body_with_two_readings_is_refused(
    desk: AdminDesk, customer: Customer, body: bytes, kind: str, status: int
) -> None:
    path = f"/customers/{customer.customer_id}/disable"
    answer = await desk.http.post(path, content=body, headers={"Content-Type": kind})
    assert answer.status_code == status
    problem: dict[str, Any] = answer.json()
    assert problem["type"].startswith("urn:ciam:problem:")
    assert await desk.world.events("customer.disabled") == []


SHOP = {"client_name": "Shop", "redirect_uris": ["https://shop.example.com/cb"]}


async def test_an_app_is_planned_changed_by_what_was_read_and_told_its_secret_once(
    either_desk: AdminDesk,
) -> None:
    desk = either_desk
    change = {"document": SHOP | {"first_party": True}, "reason": "ours", "renews_secret": True}
    blind = await desk.http.put("/clients/shop", json=change)
    assert blind.status_code == 428
    match = {"If-Match": (await desk.http.get("/clients/shop")).headers["etag"]}
    planned = await desk.http.put("/clients/shop?dry_run=true", json=change, headers=match)
    assert planned.json()["differences"] == [
        {"place": "first_party", "before": "no", "after": "yes"}
    ]
    assert planned.json()["client_secret"] is None
    assert (await desk.http.get("/clients/shop")).json()["first_party"] is False
    done = await desk.http.put("/clients/shop", json=change, headers=match)
    assert done.json()["client_secret"].startswith("ciam_cs_")
    late = await desk.http.put("/clients/shop", json=change, headers=match)
    assert late.status_code == 412
    assert (await desk.http.get("/clients/shop")).json()["first_party"] is True


async def test_a_new_app_is_registered_and_ended(either_desk: AdminDesk) -> None:
    desk = either_desk
    key = {"Idempotency-Key": "register-market"}
    change = {"document": SHOP, "reason": "opens"}
    made = await desk.http.put("/clients/market", json=change, headers=key)
    again = await desk.http.put("/clients/market", json=change, headers=key)
    assert made.json()["is_new"] is True
    assert again.content == made.content, "a lost reply is told again"
    ended = await desk.http.post("/clients/market/end", json={"reason": "closed"})
    assert ended.status_code == 204
    assert (await desk.http.get("/clients/market")).json()["state"] == "disabled"
    assert (await desk.http.post("/clients/market/end", json={"reason": "x"})).status_code == 404


async def test_a_purpose_and_a_notice_get_their_next_version(either_desk: AdminDesk) -> None:
    desk = either_desk
    match = {"If-Match": (await desk.http.get("/purposes/news")).headers["etag"]}
    wider = {"document": PURPOSE | {"attributes": ["email"]}, "reason": "r", "takes_over": True}
    done = await desk.http.put("/purposes/news", json=wider, headers=match)
    assert done.json()["asks_again"] is True, done.text
    other = {"document": PURPOSE | {"key": "else"}, "reason": "r"}
    assert (await desk.http.put("/purposes/news", json=other)).status_code == 422
    match = {"If-Match": (await desk.http.get("/notices/terms")).headers["etag"]}
    same = {"document": NOTICE | {"texts": {"en": {"title": "T", "body": "B"}}}, "reason": "r"}
    refused = await desk.http.put("/notices/terms", json=same, headers=match)
    assert refused.status_code == 422
    assert {one["pointer"] for one in refused.json()["errors"]} <= {"#/version", "#/takes_over"}
    document = NOTICE | {"texts": {"en": {"title": "T", "body": "B"}}, "version": "2"}
    next_one = {"document": document, "reason": "r", "takes_over": True}
    published = await desk.http.put("/notices/terms", json=next_one, headers=match)
    assert published.json()["asks_again"] is True, published.text

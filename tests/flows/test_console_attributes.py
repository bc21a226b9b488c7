"""The attribute schema in the console and its API: read, defined with a reason, ended, hidden."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from ciam.app import create_app
from ciam.customers.definitions import load_schema
from ciam.settings import Settings
from tests.factories.admin_desk import AdminDesk
from tests.factories.attributes import INTERESTS, define
from tests.factories.console_world import ConsoleWorld
from tests.parts.clock import FakeClock

CARD: dict[str, Any] = {
    "key": "card_number",
    "type": "text",
    "pattern": "[0-9]{4}",
    "labels": {"en": "Card number", "ja": "カード番号"},
    "hints": {"en": "Four digits"},
    "sign_in": {"required": True},
}


@pytest.fixture
async def desk(tmp_path: Path, database_url: str, clock: FakeClock) -> AsyncIterator[AdminDesk]:
    """Give an owner with a session of the API, on each kind of database."""
    settings = Settings(home=tmp_path / "home", database_url=SecretStr(database_url))
    app = create_app(settings, clock=clock)
    transport = httpx.ASGITransport(app)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url=f"{settings.issuer}/api/admin/v1") as http,
    ):
        yield await AdminDesk.open(ConsoleWorld(app, clock), http)


async def _put(desk: AdminDesk, document: dict[str, Any], **more: Any) -> httpx.Response:  # noqa: ANN401 - members of the body
    path = f"/attributes/{document['key']}"
    found = await desk.http.get(path)
    headers = {"If-Match": found.headers["etag"]} if found.status_code == 200 else {}
    body = {"document": document, "reason": "a new card", **more}
    return await desk.http.put(path, json=body, headers=headers)


async def test_the_schema_is_listed_with_nothing_configured(desk: AdminDesk) -> None:
    items = (await desk.http.get("/attributes")).json()["items"]
    assert {one["managed_by"] for one in items} == {"default"}
    required = [one["key"] for one in items if one["document"]["sign_up"] == "required"]
    assert required == ["family_name", "given_name"]
    async with desk.world.browser() as browser:
        await desk.world.sign_in(browser, "support@example.jp")
        page = await browser.open(f"{desk.world.issuer}/admin/attributes")
        assert "Sign-up: needed" in page.text
        page = await page.follow("Date of birth")
        assert page.heading == "Date of birth"


async def test_an_attribute_is_defined_changed_and_ended_with_a_reason(desk: AdminDesk) -> None:
    planned = await desk.http.put(
        "/attributes/card_number?dry_run=true", json={"document": CARD, "reason": "a new card"}
    )
    assert planned.json()["is_new"] is True
    assert (await desk.http.get("/attributes/card_number")).status_code == 404
    silent = await _put(desk, CARD, reason=" ")
    assert silent.status_code == 422
    made = await _put(desk, CARD)
    assert made.status_code == 200, made.text
    found = (await desk.http.get("/attributes/card_number")).json()
    assert (found["managed_by"], found["label"]) == ("console", "Card number")
    late = await desk.http.put(
        "/attributes/card_number", json={"document": CARD, "reason": "x"},
        headers={"If-Match": '"old"'},
    )  # fmt: skip
    assert late.status_code == 412
    changed = await _put(desk, CARD | {"order": 5})
    assert [one["place"] for one in changed.json()["differences"]] == ["order"]
    async with desk.world.database.read() as transaction:
        assert (await load_schema(transaction)).attributes[0].name == "card_number"
    async with desk.world.browser() as browser:
        await desk.world.sign_in(browser, "viewer@example.jp")
        page = await browser.open(f"{desk.world.issuer}/admin/attributes/card_number")
        assert "[0-9]{4}" in page.text
    ended = await desk.http.post("/attributes/card_number/end", json={"reason": "no more cards"})
    assert ended.status_code == 204
    assert (await desk.http.get("/attributes/card_number")).status_code == 404
    events = await desk.world.events("config.applied")
    assert [one["changes"] for one in events] == [
        ["attribute card_number: added"],
        ["attribute card_number: changed"],
        ["attribute card_number: removed, values stay"],
    ]
    assert {one["reason"] for one in events} == {"a new card", "no more cards"}


@pytest.mark.parametrize(
    "change",
    [
        {"key": "sub"}, {"type": None}, {"labels": {}}, {"pattern": "(a+"}, {"pattern": "(?=a)"},
        {"type": "colour"}, {"minimum": 3}, {"customer": "none"}, {"order": -1},
        {"sign_in": {"after_days": "soon"}}, {"choices": INTERESTS},
    ],
)  # fmt: skip
async def test_what_does_not_fit_is_refused(desk: AdminDesk, change: dict[str, Any]) -> None:
    refused = await _put(desk, CARD | change)
    assert refused.status_code == 422, refused.text


async def test_what_files_own_is_changed_only_when_it_is_taken_over(desk: AdminDesk) -> None:
    await define(desk.world.database, **CARD)
    refused = await _put(desk, CARD | {"order": 5})
    assert refused.status_code == 422
    taken = await _put(desk, CARD | {"order": 5}, takes_over=True)
    assert taken.status_code == 200, taken.text
    assert (await desk.http.get("/attributes/card_number")).json()["managed_by"] == "console"


async def test_the_others_may_read_and_not_change(desk: AdminDesk) -> None:
    for role in ("support", "viewer"):
        await desk.sign_in(role)
        assert (await desk.http.get("/attributes")).status_code == 200
        assert (await _put(desk, CARD)).status_code == 404


async def test_what_operators_may_not_see_is_not_in_the_console(desk: AdminDesk) -> None:
    customer, database = await desk.world.add_customer(), desk.world.database
    for key, right in (("grade", "read"), ("illness", "none")):
        await define(database, key, type="text", labels={"en": key.title()}, operator=right)
        async with database.write() as transaction:
            await transaction.attributes.put(customer.id, key, "", "a secret", source="account")
    path = f"/customers/{customer.customer_id}"
    shown = (await desk.http.get(path)).json()
    keys = {one["key"] for one in shown["attributes"]}
    assert "attribute:grade" in keys
    assert "attribute:illness" not in keys
    asked = {"field": "attribute:illness", "reason": "curious"}
    hidden = await desk.http.post(f"{path}/reveal", json=asked)
    assert hidden.status_code == 404
    seen = await desk.http.post(f"{path}/reveal", json=asked | {"field": "attribute:grade"})
    assert seen.json()["value"] == "a secret"
    async with desk.world.browser() as browser:
        await desk.world.sign_in(browser, "support@example.jp")
        page = await browser.open(f"{desk.world.issuer}/admin/customers/{customer.customer_id}")
        assert "Grade" in page.text, "the operator's own words"
        assert "illness" not in page.body.lower()

"""Operators over HTTP: how they come in, what they see, what they do, what is written of it."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from pydantic import SecretStr
from starlette.applications import Starlette

from ciam.app import create_app
from ciam.customers.factor_recovery import begin_recovery
from ciam.settings import Settings
from ciam.storage.stores.customers import Customer
from tests.factories.console_world import (
    CUSTOMER_PASSWORD,
    EMAIL,
    PASSWORD,
    PHONE,
    SECRETS,
    ConsoleWorld,
)
from tests.parts.clock import FakeClock
from tests.parts.plain_browser import PlainBrowser

MINUTE = timedelta(minutes=1)


@pytest.fixture
async def app(tmp_path: Path, sqlite_url: str, clock: FakeClock) -> AsyncIterator[Starlette]:
    """Give the application; what depends on the database is in tests/administration."""
    settings = Settings(home=tmp_path / "home", database_url=SecretStr(sqlite_url))
    application = create_app(settings, clock=clock)
    async with application.router.lifespan_context(application):
        yield application


@pytest.fixture
async def world(app: Starlette, clock: FakeClock) -> ConsoleWorld:
    """Give the application without an operator."""
    return ConsoleWorld(app, clock)


@pytest.fixture
async def browser(world: ConsoleWorld) -> AsyncIterator[PlainBrowser]:
    """Give the browser of an operator."""
    async with world.browser() as found:
        yield found


@pytest.fixture
async def customer(world: ConsoleWorld) -> Customer:
    """Give a customer full of canaries."""
    return await world.add_customer()


async def test_an_invitation_leads_to_the_console_and_works_once(
    world: ConsoleWorld, browser: PlainBrowser
) -> None:
    link = await world.invite("owner@example.jp", "owner")
    page = await browser.open(world.issuer + link)
    assert page.heading == "Join the console"
    assert "<svg" in page.body
    short = {"name": "Jiro Tanaka", "password": "short", "code": "000000"}
    mended = await page.submit("Join", short)
    assert mended.status == 422
    assert len(mended.alerts) == 3  # the summary, the password, the code
    page = await mended.submit(
        "Join",
        {
            "name": "Jiro Tanaka",
            "password": PASSWORD,
            "code": world.code("owner@example.jp"),
        },
    )
    assert page.heading == "Sign in to the console"
    again = await browser.open(world.issuer + link)
    assert again.status == 404
    home = await world.sign_in(browser, "owner@example.jp")
    assert home.heading == "Hello, Jiro Tanaka"
    assert [event["roles"] for event in await world.events("operator.joined")] == [["owner"]]
    assert await world.events("operator.signed_in") != []


async def test_an_invitation_ends_after_a_day_and_with_the_next_one(
    world: ConsoleWorld, browser: PlainBrowser
) -> None:
    first = await world.invite("owner@example.jp", "owner")
    second = await world.invite("owner@example.jp", "owner")
    assert (await browser.open(world.issuer + first)).status == 404
    assert (await browser.open(world.issuer + second)).status == 200
    world.clock.advance(timedelta(hours=24))
    assert (await browser.open(world.issuer + second)).status == 404


async def test_every_wrong_sign_in_gets_the_same_answer(
    world: ConsoleWorld, browser: PlainBrowser
) -> None:
    email = await world.add_operator("owner")
    used = world.code(email)
    right = {"identifier": email, "password": PASSWORD, "code": used}
    page = await browser.open(f"{world.issuer}/admin/sign-in")
    assert (await page.submit("Sign in", right)).url.endswith("/admin")
    alerts = []
    for wrong in (
        right,  # the code was used just now
        right | {"code": "000000"},
        right | {"password": "another", "code": world.code(email)},
        right | {"identifier": "nobody@example.jp", "code": world.code(email)},
        right | {"identifier": "", "password": "", "code": ""},
    ):
        page = await browser.open(f"{world.issuer}/admin/sign-in")
        answer = await page.submit("Sign in", wrong)
        assert answer.status == 400
        alerts.append(answer.alerts)
    assert all(one == alerts[0] for one in alerts)
    assert len(await world.events("operator.refused")) == 5


async def test_guesses_lock_the_address_for_a_while_known_or_not(
    world: ConsoleWorld, browser: PlainBrowser
) -> None:
    email = await world.add_operator("owner")
    async with world.database.write() as transaction:
        await transaction.config.raise_generation()
        await transaction.policies.put("limits", {"password_failures": 3}, managed_by="file")
    statuses: dict[str, list[int]] = {}
    for who in (email, "nobody@example.jp"):
        for _ in range(4):
            page = await browser.open(f"{world.issuer}/admin/sign-in")
            answer = await page.submit(
                "Sign in", {"identifier": who, "password": "a guess", "code": "000000"}
            )
            statuses.setdefault(who, []).append(answer.status)
    assert statuses[email] == statuses["nobody@example.jp"] == [400] * 3 + [429]
    assert (await world.sign_in(browser, email)).status == 429
    world.clock.advance(20 * MINUTE)
    assert (await world.sign_in(browser, email)).status == 200


async def test_a_session_ends_when_idle_and_by_signing_out(
    world: ConsoleWorld, browser: PlainBrowser
) -> None:
    email = await world.add_operator("owner")
    await world.sign_in(browser, email)
    world.clock.advance(31 * MINUTE)
    assert (await browser.open(f"{world.issuer}/admin")).heading == "Sign in to the console"
    home = await world.sign_in(browser, email)
    kept = browser.cookies.header(world.issuer, initiator=None, method="GET")
    await home.submit("Sign out")
    browser.extra_headers["Cookie"] = kept or ""
    assert (await browser.open(f"{world.issuer}/admin")).heading == "Sign in to the console"


async def test_a_customer_is_found_by_exact_identifier_and_shown_masked(
    world: ConsoleWorld, browser: PlainBrowser, customer: Customer
) -> None:
    home = await world.sign_in(browser, await world.add_operator("support"))
    nobody = await home.submit("Find", {"customer": "hanako.canary"})
    assert "Nobody has exactly this" in nobody.text
    page = await home.submit("Find", {"customer": EMAIL.upper()})
    assert page.heading == customer.customer_id
    assert [secret for secret in SECRETS if secret in page.body] == []
    assert not [hop.url for hop in page.hops if "canary" in hop.url]
    for written in ("090-1234-5678", PHONE):
        by_number = await home.submit("Find", {"customer": written})
        assert by_number.heading == customer.customer_id
        assert [secret for secret in SECRETS if secret in by_number.body] == []
    await browser.open(page.url)
    seen = await world.events("customer.seen")
    assert len(seen) == 1  # one for each person seen, not for each look
    assert [one["found"] for one in await world.events("customer.sought")] == [
        False,
        True,
        True,
        True,
    ]


async def test_a_value_is_shown_for_a_reason_and_a_fresh_proof_only(
    world: ConsoleWorld, browser: PlainBrowser, customer: Customer
) -> None:
    email = await world.add_operator("support")
    home = await world.sign_in(browser, email)
    page = await home.submit("Find", {"customer": EMAIL})
    refused = await page.submit("Show the value", {"reason": "  "})
    assert refused.status == 422
    assert EMAIL not in refused.body
    shown = await page.submit("Show the value", {"reason": "Enquiry 4821"})
    assert EMAIL in shown.text
    assert EMAIL not in (await browser.open(page.url)).body
    world.clock.advance(6 * MINUTE)
    stale = await page.submit("Show the value", {"reason": "Enquiry 4821"})
    assert stale.heading == "Confirm that it is you"
    back = await stale.submit("Confirm", {"password": PASSWORD, "code": world.code(email)})
    assert back.url == page.url
    assert EMAIL in (await back.submit("Show the value", {"reason": "Enquiry 4822"})).text
    revealed = await world.events("customer.revealed")
    assert [(one["field"], one["reason"]) for one in revealed] == [
        ("email", "Enquiry 4821"),
        ("email", "Enquiry 4822"),
    ]
    assert customer.customer_id in back.url


async def test_more_values_an_hour_than_allowed_are_refused_and_noted(
    world: ConsoleWorld, browser: PlainBrowser, customer: Customer
) -> None:
    async with world.database.write() as transaction:
        await transaction.config.raise_generation()
        await transaction.policies.put("operators", {"reveals_hour": 2}, managed_by="file")
    home = await world.sign_in(browser, await world.add_operator("support"))
    page = await home.submit("Find", {"customer": customer.customer_id})
    statuses = [
        (await page.submit("Show the value", {"reason": "Enquiry 1"})).status for _ in range(3)
    ]
    assert statuses == [200, 200, 429]
    assert [one["limit"] for one in await world.events("limit.reached")] == ["operator_reveal"]


async def test_a_customer_is_disabled_and_enabled_for_a_reason(
    world: ConsoleWorld, browser: PlainBrowser, customer: Customer
) -> None:
    home = await world.sign_in(browser, await world.add_operator("support"))
    page = await home.submit("Find", {"customer": customer.customer_id})
    page = await page.submit("Disable", {"reason": "Asked by telephone"})
    assert "Disabled" in page.text
    assert "Signed in nowhere." in page.text
    async with world.browser() as theirs:
        form = await theirs.open(f"{world.issuer}/sign-in")
        answer = await form.submit("Sign in", {"identifier": EMAIL, "password": CUSTOMER_PASSWORD})
        assert answer.alerts != []
    page = await page.submit("Let this customer sign in again", {"reason": "Proven"})
    assert "can sign in again" in page.text
    for kind in ("customer.disabled", "customer.enabled"):
        assert [one["actor"] for one in await world.events(kind)] != [None]


async def test_sessions_are_ended_and_a_mail_says_the_way_without_a_code(
    world: ConsoleWorld, browser: PlainBrowser, customer: Customer
) -> None:
    home = await world.sign_in(browser, await world.add_operator("support"))
    page = await home.submit("Find", {"customer": customer.customer_id})
    page = await page.submit("Mail the way to a new password")
    assert "on its way" in page.text
    page = await page.submit("End all sessions")
    assert "Signed in nowhere." in page.text
    ended = await world.events("session.ended")
    assert [one["reason"] for one in ended] == ["ended_by_operator"]
    assert [one["mail"] for one in await world.events("customer.mailed")] == ["set_password_hint"]


async def test_an_operator_who_is_disabled_is_out_at_once_and_can_come_back(
    world: ConsoleWorld, browser: PlainBrowser
) -> None:
    home = await world.sign_in(browser, await world.add_operator("owner"))
    other = await world.add_operator("support")
    page = await home.follow("Operators")
    own = [row for row in page.soup.select("main li") if "You" in row.text]
    assert [row.select("form") for row in own] == [[]]  # nothing to disable oneself with
    page = await page.submit("Disable", {"reason": "Left the company"})
    assert "was disabled and signed out" in page.text
    async with world.browser() as theirs:
        assert (await world.sign_in(theirs, other)).status == 400
    page = await page.submit("Enable", {"reason": "Came back"})
    async with world.browser() as theirs:
        assert (await world.sign_in(theirs, other)).status == 200


async def test_an_operator_with_a_new_phone_joins_anew_and_old_sessions_end(
    world: ConsoleWorld, browser: PlainBrowser
) -> None:
    email = await world.add_operator("owner")
    await world.sign_in(browser, email)
    link = await world.invite(email, "owner")
    assert (await browser.open(f"{world.issuer}/admin")).heading.startswith("Hello")
    async with world.browser() as phone:
        page = await phone.open(world.issuer + link)
        await page.submit(
            "Join", {"name": "Jiro", "password": PASSWORD + " 2", "code": world.code(email)}
        )
        assert (await world.sign_in(phone, email, PASSWORD + " 2")).heading == "Hello, Jiro"
    assert (await browser.open(f"{world.issuer}/admin")).heading == "Sign in to the console"


async def test_the_audit_log_is_searched_by_kind_day_and_customer(
    world: ConsoleWorld, browser: PlainBrowser, customer: Customer
) -> None:
    home = await world.sign_in(browser, await world.add_operator("viewer"))
    page = await home.follow("Audit log")
    assert "customer.created" in page.text
    found = await page.submit("Search", {"kind": "operator.joined"})
    assert "customer.created" not in [tag.text for tag in found.soup.select(".id")]
    found = await page.submit("Search", {"customer_id": customer.customer_id})
    assert {tag.text for tag in found.soup.select(".id")} >= {"customer.created"}
    assert "operator.joined" not in {tag.text for tag in found.soup.select(".id")}
    found = await page.submit("Search", {"since": "2031-01-01"})
    assert "No event fits." in found.text


async def test_the_api_takes_a_bearer_of_an_operator_and_no_cookie(
    world: ConsoleWorld, browser: PlainBrowser
) -> None:
    email = await world.add_operator("support")
    await world.sign_in(browser, email)
    cookie = browser.cookies.header(world.issuer, initiator=None, method="GET") or ""
    secret = cookie.partition("ciam_operator=")[2].partition(";")[0]
    async with _api(world) as http:
        refused = await http.get("session", headers={"Cookie": cookie})
        assert refused.status_code == 401
        assert refused.headers["content-type"].startswith("application/problem+json")
        assert secret
        bearer = {"Authorization": f"Bearer {secret}"}
        assert (await http.get("session", headers=bearer)).status_code == 401
        sent = {"email": email, "password": PASSWORD, "code": "000000"}
        assert (await http.post("session", json=sent)).status_code == 401
        await _begin(world, http, email)
        assert (await http.get("session")).json()["roles"] == ["support"]
        for body, status in {
            b"": 400,
            b"[]": 422,
            b'{"identifier": 1}': 422,
            b'{"identifier": "x", "y": 1}': 422,
            b'{"identifier": "x", "identifier": "y"}': 400,
        }.items():
            kind = {"Content-Type": "application/json"}
            other = await http.post("customers/search", content=body, headers=kind)
            assert other.status_code == status
            assert other.headers["content-type"] == "application/problem+json"
        assert (await http.delete("session")).status_code == 204
        assert (await http.get("session")).status_code == 401


async def test_the_api_masks_and_reveals_as_the_console_does(
    world: ConsoleWorld, customer: Customer
) -> None:
    email = await world.add_operator("support")
    async with _api(world) as http:
        await _begin(world, http, email)
        found = await http.post("customers/search", json={"identifier": EMAIL})
        assert found.json() == {"items": [{"customer_id": customer.customer_id}]}
        one = f"customers/{customer.customer_id}"
        view = await http.get(one)
        assert [secret for secret in SECRETS if secret in view.text] == []
        key = view.json()["identifiers"][0]["key"]
        asked = {"field": key, "reason": "Enquiry 1"}
        shown = await http.post(f"{one}/reveal", json=asked)
        assert shown.json() == {"field": key, "value": EMAIL}
        world.clock.advance(6 * MINUTE)
        stale = await http.post(f"{one}/reveal", json=asked)
        assert (stale.status_code, stale.json()["type"]) == (403, "urn:ciam:problem:proof_too_old")
        proof = {"password": PASSWORD, "code": world.code(email)}
        fresh = await http.post("session/confirm", json=proof)
        assert (await http.get("session")).status_code == 401  # the token before is dead
        http.headers["Authorization"] = f"Bearer {fresh.json()['token']}"
        assert (await http.post(f"{one}/reveal", json=asked)).status_code == 200


def _api(world: ConsoleWorld) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(world.app)
    return httpx.AsyncClient(transport=transport, base_url=f"{world.issuer}/api/admin/v1/")


async def _begin(world: ConsoleWorld, http: httpx.AsyncClient, email: str) -> None:
    sent = {"email": email, "password": PASSWORD, "code": world.code(email)}
    begun = await http.post("session", json=sent)
    assert begun.status_code == 201
    http.headers["Authorization"] = f"Bearer {begun.json()['token']}"


async def test_a_request_about_a_lost_second_factor_is_seen_and_cancelled(
    world: ConsoleWorld, browser: PlainBrowser, customer: Customer
) -> None:
    async def ask() -> None:
        async with world.database.write() as transaction:
            await begin_recovery(transaction, customer.id, device="Chrome / Windows")

    await ask()
    email = await world.add_operator("support")
    home = await world.sign_in(browser, email)
    page = await home.submit("Find", {"customer": customer.customer_id})
    assert "Second step said to be lost" in page.text
    refused = await page.submit("Cancel the request", {"reason": " "})
    assert refused.status == 422
    page = await refused.submit("Cancel the request", {"reason": "Asked by telephone"})
    assert "The request was cancelled" in page.text
    assert "Second step said to be lost" not in page.text.partition("Lately")[0]
    [done] = await world.events("second_factor.recovery_cancelled")
    assert (done["by"], done["reason"]) == ("operator", "Asked by telephone")
    await ask()
    async with _api(world) as http:
        world.clock.advance(MINUTE)
        await _begin(world, http, email)
        one = f"customers/{customer.customer_id}"
        assert (await http.get(one)).json()["waiting_recovery"]["device"] == "Chrome / Windows"
        sent = {"reason": "Enquiry 2"}
        assert (await http.post(f"{one}/cancel-recovery", json=sent)).status_code == 204
        assert (await http.get(one)).json()["waiting_recovery"] is None
    assert len(await world.events("second_factor.recovery_cancelled")) == 2

"""Rights over one's data: the history, who received what, a copy, and leaving."""

import json
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from pydantic import SecretStr
from sqlalchemy import func, select
from starlette.applications import Starlette

from ciam.app import create_app
from ciam.consent.client_grants import give_grant
from ciam.consent.release import release
from ciam.settings import Settings
from ciam.storage.stores.customers import Customer
from ciam.storage.tables.outbox import outbox
from tests.consent.clients import put_client
from tests.flows.account_people import IPHONE, make_person, sign_in
from tests.flows.pages import open_page
from tests.parts.clock import FakeClock
from tests.parts.plain_browser import PlainBrowser


@pytest.fixture
async def app(sqlite_url: str, clock: FakeClock, tmp_path: object) -> AsyncIterator[Starlette]:
    """Give the application on the test's clock."""
    settings = Settings(home=f"{tmp_path}/home", database_url=SecretStr(sqlite_url))
    application = create_app(settings, clock=clock)
    async with application.router.lifespan_context(application):
        yield application


@pytest.fixture
async def person(app: Starlette) -> AsyncIterator[PlainBrowser]:
    """Give a browser without scripts."""
    async with PlainBrowser(apps={app.state.parts.settings.issuer: app}) as browser:
        yield browser


@pytest.fixture
async def customer(app: Starlette, person: PlainBrowser) -> Customer:
    """Give a customer whose browser is `person`."""
    made = await make_person(app)
    await sign_in(app, person, made)
    return made


async def test_the_history_names_device_and_place_of_ended_sign_ins_too(
    app: Starlette, person: PlainBrowser, customer: Customer
) -> None:
    async with PlainBrowser(apps={app.state.parts.settings.issuer: app}) as phone:
        await sign_in(app, phone, customer, IPHONE)
        async with app.state.parts.database.write() as transaction:
            sessions = await transaction.sessions.list_for(customer.id)
            for session in sessions:
                if "iPhone" in session.user_agent:
                    await transaction.sessions.end(session.id, "signed_out")
    page = await open_page(app, person, "/account/sign-ins")
    assert "Chrome on Windows" in page.text
    assert "Safari on iPhone" in page.text
    assert "192.0.2.7" in page.text
    assert "signed out" in page.text


async def test_who_received_what_is_shown_in_words(
    app: Starlette, person: PlainBrowser, customer: Customer
) -> None:
    scopes = frozenset({"profile"})
    async with app.state.parts.database.write() as transaction:
        client = await put_client(transaction, "shop", recipient_kind="ourselves")
        await give_grant(transaction, customer.id, client, scopes, screen=None)
        await release(
            transaction, customer=customer.id, client=client, scopes=scopes, claims=None,
            channel="userinfo",
        )  # fmt: skip
    page = await open_page(app, person, "/account/disclosures")
    assert "App shop" in page.text
    assert "Family name" in page.text
    assert "E-mail address" not in page.text


async def test_the_copy_holds_what_is_known_and_no_secret(
    app: Starlette, person: PlainBrowser, customer: Customer
) -> None:
    page = await open_page(app, person, "/account/data")
    answer = await page.submit("Download my data")
    assert answer.headers["content-disposition"].startswith("attachment")
    copy = json.loads(answer.body)
    assert copy["customer_id"] == customer.customer_id
    assert {entry["claim"] for entry in copy["profile"]} >= {
        "family_name",
        "family_name#ja-Kana-JP",
    }
    assert [entry["value"] for entry in copy["identifiers"]] == ["taro@example.jp"]
    assert [entry["method"] for entry in copy["ways_to_sign_in"]] == ["password"]
    assert copy["sign_ins"][0]["address"] == "192.0.2.7"
    assert "account.copied" in {entry["what"] for entry in copy["events"]}
    assert "argon2" not in answer.body


@pytest.mark.parametrize("button", ["Download my data", "Close my account"])
async def test_an_old_sign_in_is_not_enough(
    app: Starlette, person: PlainBrowser, customer: Customer, clock: FakeClock, button: str
) -> None:
    page = await open_page(app, person, "/account/data")
    clock.advance(timedelta(minutes=6))
    if button.startswith("Close"):
        page = await open_page(app, person, "/account/data/close")
    else:
        page = await page.submit(button)
    assert page.heading == "Sign in"
    async with app.state.parts.database.read() as transaction:
        found = await transaction.customers.find(customer.id)
    assert found.is_active


async def test_closing_ends_every_way_in_and_says_so_by_mail(
    app: Starlette, person: PlainBrowser, customer: Customer
) -> None:
    page = await open_page(app, person, "/account/data/close")
    page = await page.submit("Close my account")
    assert page.status == 422
    page = await page.submit("Close my account", {"confirm": True})
    assert page.heading == "Your account is closed"
    page = await open_page(app, person, "/account")
    assert page.heading == "Sign in"
    async with app.state.parts.database.read() as transaction:
        found = await transaction.customers.find(customer.id)
        assert found.state == "disabled"
        assert await transaction.sessions.list_for(customer.id) == []
        mails = select(func.count()).select_from(outbox).where(outbox.c.kind == "send_mail")
        assert await transaction.connection.scalar(mails) == 1

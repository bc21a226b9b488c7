"""Customers invited by operators: a mail, a link that proves the address, one account."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from pydantic import SecretStr
from starlette.applications import Starlette

from ciam.app import create_app
from ciam.settings import Settings
from tests.factories.console_world import CUSTOMER_PASSWORD, EMAIL, ConsoleWorld
from tests.flows.mailbox import Mail, Mailbox
from tests.parts.clock import FakeClock
from tests.parts.plain_browser import Page, PlainBrowser

INVITED = "goro@example.jp"
SEND = "Send the invitation"
DETAILS = {"password": CUSTOMER_PASSWORD, "family_name": "Tanaka", "given_name": "Goro"}


@pytest.fixture
async def app(tmp_path: Path, database_url: str, clock: FakeClock) -> AsyncIterator[Starlette]:
    """Give the application, on each kind of database."""
    settings = Settings(home=tmp_path / "home", database_url=SecretStr(database_url))
    application = create_app(settings, clock=clock)
    async with application.router.lifespan_context(application):
        yield application


@pytest.fixture
async def world(app: Starlette, clock: FakeClock) -> ConsoleWorld:
    """Give the application."""
    return ConsoleWorld(app, clock)


@pytest.fixture
async def operator(world: ConsoleWorld) -> AsyncIterator[PlainBrowser]:
    """Give the browser of somebody of support."""
    async with world.browser() as found:
        await world.sign_in(found, await world.add_operator("support"))
        yield found


async def invite(
    world: ConsoleWorld, operator: PlainBrowser, email: str = INVITED, reason: str = "asked in shop"
) -> Page:
    """Invite somebody."""
    page = await operator.open(f"{world.issuer}/admin/customers")
    return await page.submit(SEND, {"email": email, "language": "en", "reason": reason})


async def letter(world: ConsoleWorld, email: str = INVITED) -> Mail:
    """Give the newest mail."""
    home = world.app.state.parts.settings.home
    return await Mailbox(home, world.database).newest(email)


async def close_sign_up(world: ConsoleWorld) -> None:
    """Let nobody register by themselves."""
    async with world.database.write() as transaction:
        await transaction.policies.put("sign_in", {"sign_up": "closed"}, managed_by="console")
        await transaction.config.raise_generation()


async def join(browser: PlainBrowser, link: str) -> Page:
    """Press the button of the mailed link and fill the rest in."""
    page = await browser.open(link)
    assert page.heading == "You are invited"
    details = await page.submit("Create your account", {})
    assert INVITED in details.text
    return await details.submit("Create the account", DETAILS)


async def customers_of(world: ConsoleWorld, email: str) -> int:
    """Tell whether the address belongs to somebody."""
    async with world.database.read() as transaction:
        found = await transaction.identifiers.find_login(email)
    assert found is None or found.verified_at is not None
    return 0 if found is None else 1


@pytest.mark.parametrize("is_closed", [False, True])
async def test_an_invited_person_registers_without_a_code_even_where_registration_is_closed(
    world: ConsoleWorld, operator: PlainBrowser, *, is_closed: bool
) -> None:
    if is_closed:
        await close_sign_up(world)
    page = await invite(world, operator)
    assert "The mail is on its way." in page.text
    mail = await letter(world)
    assert "invites you to create an account" in mail.subject
    async with world.browser() as person:
        done = await join(person, mail.link("/invitation"))
        assert "/account" in done.url, done.text
    assert await customers_of(world, INVITED) == 1
    async with world.database.read() as transaction:
        left = await transaction.connection.exec_driver_sql("SELECT * FROM customer_invitation")
        assert left.first() is None, "nothing of the address is left"
    (event,) = await world.events("customer.invited")
    assert event["reason"] == "asked in shop"
    assert INVITED not in str(event)


async def test_the_link_makes_one_account_however_often_it_is_opened(
    world: ConsoleWorld, operator: PlainBrowser
) -> None:
    await invite(world, operator)
    link = (await letter(world)).link("/invitation")
    async with world.browser() as first, world.browser() as second:
        for browser in (first, second):
            page = await browser.open(link)
            await page.submit("Create your account", {})
        one, other = await asyncio.gather(join(first, link), join(second, link))
        assert sorted("/account" in page.url for page in (one, other)) == [False, True]
        late = await second.open(link)
        assert late.status == 404
        assert late.heading == "This invitation can no longer be used"
    assert len(await world.events("customer.created")) == 1


async def test_opening_the_link_changes_nothing(
    world: ConsoleWorld, operator: PlainBrowser
) -> None:
    await invite(world, operator)
    link = (await letter(world)).link("/invitation")
    async with httpx.AsyncClient(transport=httpx.ASGITransport(world.app)) as scanner:
        for _ in range(3):
            assert (await scanner.get(link)).status_code == 200
    assert await customers_of(world, INVITED) == 0
    async with world.browser() as person:
        assert "/account" in (await join(person, link)).url


async def test_who_has_an_account_learns_it_from_the_mail_and_the_operator_does_not(
    world: ConsoleWorld, operator: PlainBrowser
) -> None:
    await world.add_customer()
    known = await invite(world, operator, EMAIL)
    unknown = await invite(world, operator, INVITED)
    assert (known.status, known.url, known.text) == (unknown.status, unknown.url, unknown.text)
    mail = await letter(world, EMAIL)
    assert mail.link("/invitation") == ""
    assert mail.link("/sign-in") or "/sign-in" in mail.text


async def test_a_newer_invitation_ends_the_one_before_also_for_who_is_on_the_way(
    world: ConsoleWorld, operator: PlainBrowser, clock: FakeClock
) -> None:
    await invite(world, operator)
    old = (await letter(world)).link("/invitation")
    async with world.browser() as person:
        page = await person.open(old)
        details = await page.submit("Create your account", {})
        clock.advance(timedelta(minutes=1))
        await invite(world, operator)
        refused = await details.submit("Create the account", DETAILS)
        assert refused.status == 404
        assert (await person.open(old)).status == 404
        new = (await letter(world)).link("/invitation")
        assert new != old
        assert "/account" in (await join(person, new)).url


async def test_an_invitation_ends_after_some_days(
    world: ConsoleWorld, operator: PlainBrowser, clock: FakeClock
) -> None:
    await invite(world, operator)
    link = (await letter(world)).link("/invitation")
    clock.advance(timedelta(days=7, seconds=1))
    async with world.browser() as person:
        assert (await person.open(link)).status == 404
        assert (await person.open(f"{world.issuer}/invitation")).status == 404
        assert (await person.open(f"{world.issuer}/invitation?token=ciam_ln_x")).status == 404


async def test_wrong_forms_are_mended_and_nothing_is_sent(
    world: ConsoleWorld, operator: PlainBrowser
) -> None:
    for email, reason in (("goro@", "a reason"), (INVITED, " ")):
        page = await invite(world, operator, email, reason)
        assert page.status == 422
    assert await world.events("customer.invited") == []


async def test_an_address_gets_no_more_invitations_than_mails(
    world: ConsoleWorld, operator: PlainBrowser
) -> None:
    answers = [await invite(world, operator) for _ in range(7)]
    assert answers[0].status == 200
    assert answers[-1].status == 422
    assert "too many mails" in answers[-1].text


async def test_neither_address_nor_link_is_readable_in_the_database(
    world: ConsoleWorld, operator: PlainBrowser
) -> None:
    await invite(world, operator)
    token = (await letter(world)).link("/invitation").partition("token=")[2]
    async with world.database.read() as transaction:
        rows = await transaction.connection.exec_driver_sql("SELECT * FROM customer_invitation")
        text = str([dict(row) for row in rows.mappings()])
    assert INVITED not in text
    assert token not in text

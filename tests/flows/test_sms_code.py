"""A texted code: instead of a password, and after one; off unless the policy says otherwise."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from starlette.applications import Starlette

from ciam.authentication.methods import sms_code
from ciam.storage.tables.sessions import customer_session
from ciam.storage.tables.sms import sms_block
from tests.flows.account_people import PASSWORD
from tests.flows.phone_world import NUMBER, OTHER_WRITTEN, WRITTEN, PhoneWorld
from tests.parts.clock import FakeClock
from tests.parts.plain_browser import Page, PlainBrowser

TARO = "taro@example.jp"
CODE = "Six-digit code"


@pytest.fixture
async def world(app: Starlette) -> PhoneWorld:
    """Give a server whose customers may have numbers, and codes sent to them."""
    found = PhoneWorld.of(app)
    await found.put("names", phone="sign_up")
    await found.put("methods", sms_code="both")
    return found


async def _ask(world: PhoneWorld, browser: PlainBrowser, name: str = WRITTEN) -> Page:
    page = await world.open(browser, "/sign-in")
    return await page.submit("Send me a code instead", {"identifier": name})


async def _amr(world: PhoneWorld) -> set[str]:
    async with world.app.state.parts.database.read() as transaction:
        found = await transaction.connection.scalar(
            select(customer_session.c.amr)
            .where(customer_session.c.ended_at.is_(None))
            .order_by(customer_session.c.created_at.desc())
            .limit(1)
        )
    return set(found)


async def test_a_code_to_the_number_signs_in_without_a_password(
    world: PhoneWorld, person: PlainBrowser
) -> None:
    await world.make(phone=NUMBER)
    page = await _ask(world, person)
    assert page.heading == "Check your messages"
    message = await world.texts.newest(NUMBER)
    assert "the code to sign in" in message.text
    page = await page.submit("Sign in", {CODE: message.code})
    assert page.status == 200
    assert (await world.open(person, "/account")).heading != "Sign in"
    assert await _amr(world) == {"sms"}, "RFC 8176"
    async with world.app.state.parts.database.read() as transaction:
        row = (await transaction.connection.execute(select(sms_block))).one()
        assert (row.block, row.codes, row.used) == ("+8190123", 1, 1)


async def test_known_and_unknown_numbers_see_the_same(world: PhoneWorld) -> None:
    await world.make(phone=NUMBER)
    pages = []
    for typed in (WRITTEN, OTHER_WRITTEN):
        async with world.browser() as browser:
            page = await _ask(world, browser, typed)
            pages.append((page.status, page.heading, page.text.replace("••78", "••32")))
            assert (await page.submit("Sign in", {CODE: "000000"})).status == 422
    assert pages[0] == pages[1]
    assert [one.to for one in await world.texts.all()] == [NUMBER]


async def test_a_code_is_used_once_in_its_own_browser_and_in_time(
    world: PhoneWorld, person: PlainBrowser, clock: FakeClock
) -> None:
    await world.make(phone=NUMBER)
    page = await _ask(world, person)
    code = (await world.texts.newest(NUMBER)).code
    async with world.browser() as thief:
        other = await _ask(world, thief)
        newest = (await world.texts.newest(NUMBER)).code
        if code != newest:
            assert (await other.submit("Sign in", {CODE: code})).status == 422
    clock.advance(timedelta(minutes=10, seconds=1))
    assert (await page.submit("Sign in", {CODE: code})).status == 422


async def test_off_means_that_no_code_is_sent_to_a_number(
    world: PhoneWorld, person: PlainBrowser
) -> None:
    await world.put("methods", sms_code="off")
    await world.make(phone=NUMBER)
    page = await _ask(world, person)
    assert page.status == 422
    assert await world.texts.all() == []
    await world.put("methods", sms_code="first", email_code="off")
    page = await _ask(world, person, TARO)
    assert page.status == 422
    assert "phone number" in page.text
    assert (await _ask(world, person)).status == 200


async def test_a_texted_code_follows_the_password_of_who_has_switched_it_on(
    world: PhoneWorld, person: PlainBrowser
) -> None:
    await world.make(email=TARO, phone=NUMBER)
    page = await world.open(person, "/sign-in")
    await page.submit("Sign in", {"identifier": TARO, "Password": PASSWORD})
    page = await world.open(person, "/account/second-factor/codes/sms_code")
    assert "••78" in page.text
    assert "text message" in page.heading
    page = await page.submit("Switch it on", {})
    assert "Codes by text message" in page.text
    page = await world.open(person, "/sign-in?fresh=1")
    page = await page.submit("Sign in", {"identifier": TARO, "Password": PASSWORD})
    assert page.heading == "One more step"
    assert "••78" in page.text
    assert await world.texts.all() == [], "nothing is sent before it is wished for"
    page = await page.submit("Send the code", {})
    code = (await world.texts.newest(NUMBER)).code
    wrong = f"{(int(code) + 1) % 1_000_000:06}"
    page = await page.submit("Sign in", {CODE: wrong})
    assert page.status == 422
    page = await page.submit("Sign in", {CODE: code})
    assert page.status == 200
    assert await _amr(world) == {"pwd", "sms", "mfa"}
    async with world.app.state.parts.database.read() as transaction:
        row = (await transaction.connection.execute(select(sms_block))).one()
        assert (row.codes, row.used) == (1, 1)


async def test_the_number_of_a_second_step_is_not_removed(
    world: PhoneWorld, person: PlainBrowser
) -> None:
    customer = await world.make(email=TARO, phone=NUMBER)
    await _ask(world, person)
    page = await world.open(person, "/sign-in")
    page = await page.submit("Sign in", {"identifier": TARO, "Password": PASSWORD})
    async with world.app.state.parts.database.write() as transaction:
        await transaction.authenticators.add(customer.id, sms_code.METHOD, secret=None)
    page = await world.open(person, "/account/phone/remove")
    page = await page.submit("Remove the number")
    assert page.status == 422
    assert "second step" in page.text


async def test_a_stopped_block_gets_nothing_and_the_page_stays_the_same(
    world: PhoneWorld, person: PlainBrowser
) -> None:
    await world.make(phone=NUMBER)
    until = world.app.state.parts.clock.now() + timedelta(hours=1)
    async with world.app.state.parts.database.write() as transaction:
        await transaction.sms_sending.claim_code("+8190123", judged_after=50, percent=20)
        await transaction.sms_sending.stop_block("+8190123", until)
    page = await _ask(world, person)
    assert page.heading == "Check your messages"
    assert await world.texts.all() == []

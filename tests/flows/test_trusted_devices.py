"""A remembered device: ticked once, asked no more, until anything about the credentials changes."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pyotp
import pytest
from starlette.applications import Starlette

from ciam.app import create_app
from ciam.authentication.context import BrowserContext
from ciam.authentication.journey import SIGN_IN, Requirement, begin
from ciam.identifiers import hash_secret
from ciam.sessions.session import ACR_ONE, ACR_TWO
from ciam.settings import Settings
from ciam.storage.stores.customers import Customer
from tests.authentication.passkey_people import ORIGIN as REGISTERED_AT
from tests.authentication.passkey_people import add_passkey
from tests.factories.software_authenticator import SoftwareAuthenticator
from tests.flows.account_people import IPHONE, PASSWORD, make_person, sign_in
from tests.flows.places_world import (
    JAPAN,
    TARO,
    browser_in,
    give_password,
    kinds_of,
    make_settings,
    open_page,
    put_policy,
)
from tests.parts.clock import FakeClock
from tests.parts.plain_browser import Page, PlainBrowser

CODE = "Six-digit code"
BOX = "Do not ask again on this device"
NEW = "quite another sentence"
ASKED = "One more step"


@pytest.fixture
def settings(tmp_path: Path, database_url: str) -> Settings:
    return make_settings(tmp_path, database_url)


class World:
    """A customer with an authenticator app, and the clock that it reads."""

    def __init__(self, app: Starlette, clock: FakeClock, customer: Customer, seed: str) -> None:
        self.app, self.clock, self.customer, self.seed = app, clock, customer, seed

    def browser(self, user_agent: str = IPHONE) -> PlainBrowser:
        return browser_in(self.app, JAPAN, user_agent)

    def code(self) -> str:
        self.clock.advance(timedelta(seconds=31))
        return pyotp.TOTP(self.seed).at(self.clock.now())

    async def password(self, browser: PlainBrowser) -> Page:
        return await give_password(self.app, browser)

    async def remember(self, browser: PlainBrowser, *, ticks: bool = True) -> Page:
        page = await self.password(browser)
        assert page.heading == ASKED
        return await page.submit("Sign in", {CODE: self.code(), BOX: ticks})

    async def is_asked(self, browser: PlainBrowser) -> bool:
        page = await self.password(browser)
        assert page.heading == ASKED or page.url.endswith("/account")
        return page.heading == ASKED


@pytest.fixture
async def world(settings: Settings, clock: FakeClock) -> AsyncIterator[World]:
    app = create_app(settings, clock=clock)
    async with app.router.lifespan_context(app):
        customer, own = await make_person(app), browser_in(app, JAPAN)
        await sign_in(app, own, customer)
        page = await open_page(app, own, "/account/second-factor")
        seed = page.soup.select_one(".copy-line .id").text.replace(" ", "")  # type: ignore[union-attr]  # it is there
        found = World(app, clock, customer, seed)
        await page.submit("Switch it on", {CODE: found.code()})
        yield found


async def test_the_box_is_unticked_and_without_it_the_step_is_asked_for_again(world: World) -> None:
    browser = world.browser()
    page = await world.password(browser)
    assert dict(page.form("Sign in").submit("Sign in").entries).get("trust_device") is None
    done = await page.submit("Sign in", {CODE: world.code()})
    assert done.url.endswith("/account")
    assert await world.is_asked(browser)


async def test_the_box_counts_with_a_passkey_too(world: World) -> None:
    key = SoftwareAuthenticator(REGISTERED_AT)
    await add_passkey(world.app.state.parts.database, world.customer.id, key)
    key.origin, key.rp_id = str(world.app.state.parts.settings.issuer), "localhost"
    for ticked in ("", "yes"):
        browser = world.browser()
        page = await world.password(browser)
        [form] = page.soup.select("form[data-passkey]")
        same = form.select_one("input[name=trust_device]")
        assert same is not None
        assert (same["value"], same["data-same-as"]) == ("", "trust-device")
        sent = dict(page.form("Use your passkey").submit().entries)
        sent |= {"credential": key.sign(str(form["data-options"])), "trust_device": ticked}
        target = page.form("Use your passkey").submit().encode()[0]
        done = await browser.post(target, sent, initiator=page.url)
        assert done.url.endswith("/account")
        assert await world.is_asked(browser) == (not ticked)


async def test_a_ticked_device_is_not_asked_again_and_another_one_is(world: World) -> None:
    browser, other = world.browser(), world.browser()
    assert (await world.remember(browser)).url.endswith("/account")
    assert not await world.is_asked(browser)
    assert not await world.is_asked(browser)
    assert await world.is_asked(other)
    assert "device.trusted" in await kinds_of(world.app, world.customer)


async def test_what_it_stands_in_for_is_not_proven(world: World) -> None:
    browser = world.browser()
    await world.remember(browser)
    await world.password(browser)
    async with world.app.state.parts.database.read() as transaction:
        found = await transaction.sessions.list_for(world.customer.id)
    newest = max(found, key=lambda one: one.authenticated_at)
    assert (newest.acr, newest.amr) == ("urn:ciam:acr:1", ("pwd",))


async def test_an_app_that_wants_two_factors_gets_two(world: World) -> None:
    browser = world.browser()
    await world.remember(browser)
    cookie = browser.cookies.get("ciam_browser")
    assert cookie is not None
    context = BrowserContext(hash_secret(cookie.value), JAPAN, IPHONE, "en")
    for wanted, heading in (((ACR_TWO,), ASKED), ((ACR_TWO, ACR_ONE), "Hello, 山田 太郎")):
        async with world.app.state.parts.database.write() as transaction:
            handle = await begin(
                transaction, kind=SIGN_IN, requirement=Requirement(wanted, fresh=True),
                return_to="/account", context=context,
            )  # fmt: skip
        page = await open_page(world.app, browser, f"/sign-in?journey={handle}")
        page = await page.submit("Sign in", {"identifier": TARO, "Password": PASSWORD})
        assert page.heading == heading
        assert BOX not in page.text


async def test_where_it_is_required_of_everybody_the_device_is_asked_too(world: World) -> None:
    browser = world.browser()
    await world.remember(browser)
    await put_policy(world.app, "methods", second_factor="required")
    page = await world.password(browser)
    assert page.heading == ASKED
    assert BOX not in page.text


async def test_it_ends_with_its_days(world: World) -> None:
    browser = world.browser()
    await world.remember(browser)
    world.clock.advance(timedelta(days=29, hours=23))
    assert not await world.is_asked(browser)
    world.clock.advance(timedelta(hours=2))
    assert await world.is_asked(browser)


async def test_an_operator_who_shortens_or_switches_it_off_is_obeyed_at_once(world: World) -> None:
    browser = world.browser()
    await world.remember(browser)
    world.clock.advance(timedelta(days=2))
    await put_policy(world.app, "devices", trusted_for=86400)
    assert await world.is_asked(browser)
    await put_policy(world.app, "devices", trusted_for=30 * 86400)
    assert not await world.is_asked(browser)
    await put_policy(world.app, "devices", trust="off")
    page = await world.password(browser)
    assert page.heading == ASKED
    assert BOX not in page.text


async def test_a_box_that_was_not_offered_counts_for_nothing(world: World) -> None:
    await put_policy(world.app, "devices", trust="off")
    browser = world.browser()
    page = await world.password(browser)
    entries = dict(page.form("Sign in").submit("Sign in").entries)
    entries |= {"code": world.code(), "trust_device": "yes"}
    done = await browser.post(page.url, entries, initiator=page.url)
    assert done.url.endswith("/account")
    assert browser.cookies.get("ciam_trusted") is None
    await put_policy(world.app, "devices", trust="offered")
    assert await world.is_asked(browser)


async def test_it_is_listed_and_forgotten_in_the_account(world: World) -> None:
    phone, laptop = world.browser(IPHONE), browser_in(world.app, JAPAN)
    await world.remember(phone)
    await world.remember(laptop)
    page = await open_page(world.app, laptop, "/account/sessions")
    rows = [row.get_text(" ", strip=True) for row in page.soup.select("#remembered .row")]
    assert len(rows) == 2
    assert "Chrome on Windows This device" in rows[0]
    assert "Safari on iPhone" in rows[1]
    page = await page.submit("forget-2")
    assert "That device was forgotten." in page.text
    assert await world.is_asked(phone)
    assert not await world.is_asked(laptop)
    assert "device.forgotten" in await kinds_of(world.app, world.customer)


async def test_signing_out_everywhere_else_forgets_the_other_devices(world: World) -> None:
    phone, laptop = world.browser(IPHONE), browser_in(world.app, JAPAN)
    await world.remember(phone)
    await world.remember(laptop)
    page = await open_page(world.app, laptop, "/account/sessions")
    await page.submit("Sign out everywhere else")
    assert await world.is_asked(phone)
    assert not await world.is_asked(laptop)


async def test_nobody_forgets_the_device_of_somebody_else(world: World) -> None:
    browser, other = world.browser(), browser_in(world.app, JAPAN)
    await world.remember(browser)
    page = await open_page(world.app, browser, "/account/sessions")
    theirs = dict(page.form("forget-1").submit("forget-1").entries)
    await sign_in(world.app, other, await make_person(world.app, "jiro@example.jp"))
    mine = await open_page(world.app, other, "/account/sessions")
    token = mine.soup.select_one("input[name=csrf_token]")["value"]  # type: ignore[index]  # it is there
    url = f"{world.app.state.parts.settings.issuer}/account/sessions/forget"
    await other.post(url, theirs | {"csrf_token": str(token)}, initiator=url)
    assert not await world.is_asked(browser)


async def test_a_new_password_ends_it(world: World) -> None:
    browser = world.browser()
    await world.remember(browser)
    page = await open_page(world.app, browser, "/account/password")
    done = await page.submit(
        "Save the password",
        {"Current password": PASSWORD, "New password": NEW},
    )
    assert "Your password was saved." in done.text
    again = await give_password(world.app, browser, NEW)
    assert again.heading == ASKED


async def test_the_secret_of_one_customer_is_worth_nothing_for_another(world: World) -> None:
    browser = world.browser()
    await world.remember(browser)
    jiro = await make_person(world.app, "jiro@example.jp")
    secret = _cookie(browser)
    async with world.app.state.parts.database.read() as transaction:
        assert await transaction.trusted_devices.find(jiro.id, [secret]) is None
        assert await transaction.trusted_devices.find(world.customer.id, [secret]) is not None


async def test_the_form_sent_twice_gives_the_same_cookie(world: World) -> None:
    browser = world.browser()
    page = await world.password(browser)
    code = world.code()
    await page.submit("Sign in", {CODE: code, BOX: True})
    first = _cookie(browser)
    await page.submit("Sign in", {CODE: code, BOX: True})
    assert _cookie(browser) == first
    async with world.app.state.parts.database.read() as transaction:
        assert len(await transaction.trusted_devices.list_for(world.customer.id)) == 1


def _cookie(browser: PlainBrowser) -> str:
    found = browser.cookies.get("ciam_trusted")
    assert found is not None
    return found.value

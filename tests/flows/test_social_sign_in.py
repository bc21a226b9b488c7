"""Continue with LINE or Apple: to the provider and back as a person meets it; then the account."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from starlette.applications import Starlette

from ciam.app import create_app
from ciam.federation.connection import ConnectionConfig
from ciam.settings import Settings
from tests.flows.account_people import PASSWORD, make_person
from tests.flows.mailbox import Mailbox
from tests.flows.pages import open_page
from tests.parts.clock import FakeClock
from tests.parts.fake_providers import FakeProviders
from tests.parts.plain_browser import Page, PlainBrowser
from tests.providers.world import make_fakes, usual

TARO = "taro@example.jp"
NAMES = {"Family name": "山田", "Given name": "太郎"}
TO_LINE, TO_APPLE = "Continue with LINE", "Continue with Apple"


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """Run on the embedded database alone: what differs between the two is tested below."""
    return sqlite_url


@pytest.fixture
def fakes(settings: Settings, clock: FakeClock) -> FakeProviders:
    """Give the providers, with this server registered at each."""
    return make_fakes(clock, settings.issuer)


@pytest.fixture
async def app(
    settings: Settings, clock: FakeClock, fakes: FakeProviders
) -> AsyncIterator[Starlette]:
    """Give the application with LINE and Apple switched on."""
    application = create_app(settings, clock=clock, outbound=fakes.outbound(settings))
    async with application.router.lifespan_context(application):
        async with application.state.parts.database.write() as transaction:
            for key in ("line", "apple"):
                config = ConnectionConfig.model_validate(usual(key))
                await transaction.connections.put(
                    key, config.to_document(), secret=config.secret(), managed_by="test"
                )
            await transaction.config.raise_generation()
        yield application


def _browser(app: Starlette, fakes: FakeProviders) -> PlainBrowser:
    return PlainBrowser(apps={app.state.parts.settings.issuer: app, **fakes.apps()})


@pytest.fixture
async def person(app: Starlette, fakes: FakeProviders) -> AsyncIterator[PlainBrowser]:
    """Give a browser before the server and the providers."""
    async with _browser(app, fakes) as browser:
        yield browser


async def _continue(app: Starlette, browser: PlainBrowser, button: str = TO_LINE) -> Page:
    """Press the button, and let the provider answer."""
    page = await open_page(app, browser, "/sign-in?fresh=1")
    page = await page.submit(button)
    page = await page.follow(button.replace("with", "to"))
    return await page.submit("Continue") if button == TO_APPLE else page


async def _register(app: Starlette, browser: PlainBrowser, mailbox: Mailbox) -> Page:
    page = await _continue(app, browser)
    page = await page.submit("Next", {"E-mail address": TARO})
    page = await page.submit("Next", {"Six-digit code": (await mailbox.newest(TARO)).code})
    return await page.submit("Create the account", NAMES)


async def _sign_in_with_password(app: Starlette, browser: PlainBrowser) -> Page:
    page = await open_page(app, browser, "/sign-in?return_to=/account/linked-logins")
    return await page.submit("Sign in", {"E-mail address": TARO, "Password": PASSWORD})


async def test_a_person_registers_with_line_and_comes_back_with_one_press(
    app: Starlette, person: PlainBrowser, mailbox: Mailbox, fakes: FakeProviders
) -> None:
    fakes["line"].person.email = None
    page = await _register(app, person, mailbox)
    assert page.url.endswith("/account"), page.text
    async with _browser(app, fakes) as other:
        page = await _continue(app, other)
        assert page.url.endswith("/account")


async def test_apples_posted_answer_registers_with_the_name_that_comes_only_once(
    app: Starlette, person: PlainBrowser, mailbox: Mailbox, fakes: FakeProviders
) -> None:
    address = fakes["apple"].person.email
    assert address is not None
    page = await _continue(app, person, TO_APPLE)
    assert page.form("Next").value("E-mail address") == address
    page = await page.submit("Next")
    page = await page.submit("Next", {"Six-digit code": (await mailbox.newest(address)).code})
    form = page.form("Create the account")
    assert (form.value("Family name"), form.value("Given name")) == ("佐藤", "花子")
    page = await page.submit("Create the account")
    assert page.url.endswith("/account")


async def test_a_callback_loaded_twice_signs_in_once_and_does_not_fail(
    app: Starlette, person: PlainBrowser, mailbox: Mailbox
) -> None:
    await _register(app, person, mailbox)
    page = await _continue(app, person)
    callback = next(hop.url for hop in page.hops if "/callback?" in hop.url)
    again = await person.open(callback)
    assert (again.status, again.url) == (page.status, page.url)


async def test_declining_leads_back_to_the_sign_in_page(
    app: Starlette, person: PlainBrowser, fakes: FakeProviders
) -> None:
    fakes["line"].is_declining = True
    page = await _continue(app, person)
    assert (page.status, page.heading) == (200, "Sign in")


async def test_a_callback_in_another_browser_opens_nothing(
    app: Starlette, person: PlainBrowser, mailbox: Mailbox, fakes: FakeProviders
) -> None:
    await _register(app, person, mailbox)
    page = await open_page(app, person, "/sign-in?fresh=1")
    page = await page.submit(TO_LINE)
    link = page.soup.select_one("main a")
    assert link is not None
    async with _browser(app, fakes) as other:
        answer = await other.open(str(link["href"]))
        assert answer.status == 400
        page = await open_page(app, other, "/account")
        assert page.heading == "Sign in"


async def test_a_button_without_its_token_goes_nowhere(
    app: Starlette, person: PlainBrowser
) -> None:
    page = await open_page(app, person, "/sign-in")
    action = page.form(TO_LINE).submit(TO_LINE).url
    answer = await person.post(action, {}, initiator=page.url)
    assert answer.status == 403


async def test_who_has_an_account_signs_in_beside_it_and_is_asked_before_it_is_connected(
    app: Starlette, person: PlainBrowser, mailbox: Mailbox, fakes: FakeProviders
) -> None:
    await make_person(app, TARO)
    page = await _continue(app, person)
    assert page.heading == "Create an account", "no word of the account"
    page = await page.follow("Sign in and connect it")
    assert "Sign in to your account to connect it." in page.text
    page = await page.submit("Sign in", {"E-mail address": TARO, "Password": PASSWORD})
    assert page.heading == "Connect LINE to your account?"
    page = await page.submit("Connect and sign in")
    assert page.url.endswith("/account")
    assert "was connected to your account" in (await mailbox.newest(TARO)).text
    async with _browser(app, fakes) as other:
        page = await _continue(app, other)
        assert page.url.endswith("/account")


async def test_the_account_page_connects_disconnects_and_the_mail_brings_back(
    app: Starlette, person: PlainBrowser, mailbox: Mailbox, fakes: FakeProviders
) -> None:
    await make_person(app, TARO)
    page = await _sign_in_with_password(app, person)
    assert page.heading == "Connected logins"
    page = await page.submit("Connect LINE")
    page = await page.follow("Continue to LINE")
    assert page.heading == "Connect LINE to your account?"
    page = await page.submit("Connect")
    assert "The login was connected." in page.text
    assert "h•••@example.jp" in page.text
    page = await page.follow("Disconnect LINE h•••@example.jp")
    page = await page.submit("Disconnect")
    assert "No login of another provider is connected." in page.text
    link = (await mailbox.newest(TARO)).link("/linked-logins/undo")
    async with _browser(app, fakes) as other:
        for _ in range(2):
            page = await other.open(link)
            assert page.heading == "Connect LINE again?", "to look at it undoes nothing"
        page = await page.submit("Undo")
        assert page.heading == "That was undone"
        assert (await other.open(link)).status == 400
    page = await open_page(app, person, "/account/linked-logins")
    assert page.heading == "Sign in", "who disconnected it is signed out"
    page = await _sign_in_with_password(app, person)
    assert "h•••@example.jp" in page.text


async def test_changes_need_a_sign_in_of_the_last_five_minutes(
    app: Starlette, person: PlainBrowser, clock: FakeClock
) -> None:
    await make_person(app, TARO)
    page = await _sign_in_with_password(app, person)
    clock.advance(timedelta(minutes=6))
    page = await page.submit("Connect LINE")
    assert page.heading == "Sign in"

"""A second factor: set up in the account, asked for after the password, never skipped."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pyotp
import pytest
from starlette.applications import Starlette

from ciam.app import create_app
from ciam.settings import Settings
from tests.flows.account_people import PASSWORD, make_person, sign_in
from tests.flows.mailbox import Mailbox
from tests.parts.clock import FakeClock
from tests.parts.plain_browser import Page, PlainBrowser

TARO = "taro@example.jp"
CODE = "Six-digit code"


@pytest.fixture
async def app(settings: Settings, clock: FakeClock) -> AsyncIterator[Starlette]:
    """Give the application on the test's clock."""
    application = create_app(settings, clock=clock)
    async with application.router.lifespan_context(application):
        yield application


def _browser(app: Starlette) -> PlainBrowser:
    return PlainBrowser(apps={app.state.parts.settings.issuer: app})


async def _open(app: Starlette, browser: PlainBrowser, path: str) -> Page:
    return await browser.open(f"{app.state.parts.settings.issuer}{path}")


def _code(app: Starlette, secret: str, later: int = 0) -> str:
    now = app.state.parts.clock.now() + timedelta(seconds=later)
    return pyotp.TOTP(secret).at(now)


async def _enrol(app: Starlette, browser: PlainBrowser, clock: FakeClock) -> tuple[str, list[str]]:
    """Set up an app; gives its secret and the recovery codes."""
    await sign_in(app, browser, await make_person(app))
    page = await _open(app, browser, "/account/second-factor")
    secret = page.soup.select_one(".copy-line .id").text.replace(" ", "")  # type: ignore[union-attr]  # it is there
    assert page.soup.select("svg.qr")
    done = await page.submit("Switch it on", {CODE: _code(app, secret)})
    clock.advance(timedelta(seconds=31))
    return secret, [one.text for one in done.soup.select(".codes .id")]


async def _password(app: Starlette, browser: PlainBrowser) -> Page:
    page = await _open(app, browser, "/sign-in?fresh=1")
    return await page.submit("Sign in", {"identifier": TARO, "Password": PASSWORD})


async def test_an_app_is_set_up_and_then_asked_for(
    app: Starlette, person: PlainBrowser, clock: FakeClock, settings: Settings
) -> None:
    secret, codes = await _enrol(app, person, clock)
    assert len(set(codes)) == 10
    mails = await Mailbox(settings.home, app.state.parts.database).to(TARO)
    assert ["second step" in mail.subject for mail in mails] == [True]
    other = _browser(app)
    page = await _password(app, other)
    assert page.heading == "One more step"
    assert (await _open(app, other, "/account")).heading == "Sign in"
    wrong = await page.submit("Sign in", {CODE: "000000"})
    assert wrong.status == 422
    assert "That is not the code that the app shows now" in wrong.text
    done = await wrong.submit("Sign in", {CODE: _code(app, secret)})
    assert done.url.endswith("/account")
    async with app.state.parts.database.read() as transaction:
        who = (await transaction.identifiers.find_login(TARO)).customer
        newest = max(await transaction.sessions.list_for(who), key=lambda one: one.created_at)
    assert (newest.acr, newest.amr) == ("urn:ciam:acr:2", ("pwd", "otp", "mfa"))


async def test_a_second_tab_and_a_second_form_do_not_skip_a_pending_factor(
    app: Starlette, person: PlainBrowser, clock: FakeClock
) -> None:
    await _enrol(app, person, clock)
    other = _browser(app)
    pending = await _password(app, other)
    handle = pending.url.partition("journey=")[2]
    for path in ("/account", "/account/security", "/account/second-factor"):
        assert (await _open(app, other, path)).heading == "Sign in"
    assert (await _password(app, other)).heading == "One more step"
    # The form of the first step again, in the journey that waits for the second one.
    first = await _open(app, other, f"/sign-in?journey={handle}")
    again = await first.submit("Sign in", {"identifier": TARO, "Password": PASSWORD})
    assert again.heading == "One more step"


async def test_a_code_is_taken_once_and_an_older_one_never_after_it(
    app: Starlette, person: PlainBrowser, clock: FakeClock
) -> None:
    secret, _codes = await _enrol(app, person, clock)
    newer, older = _code(app, secret, later=30), _code(app, secret)
    first, second = _browser(app), _browser(app)
    page, waiting = await _password(app, first), await _password(app, second)
    assert (await page.submit("Sign in", {CODE: newer})).url.endswith("/account")
    for used in (newer, older):
        waiting = await waiting.submit("Sign in", {CODE: used})
        assert waiting.status == 422
    # The very form that ended the journey, sent twice: the same answer.
    assert (await page.submit("Sign in", {CODE: newer})).url.endswith("/account")


async def test_a_recovery_code_stands_in_once(
    app: Starlette, person: PlainBrowser, clock: FakeClock
) -> None:
    _secret, codes = await _enrol(app, person, clock)
    for attempt, (status, heading) in enumerate(((200, "Hello"), (422, "One more step"))):
        page = await _password(app, _browser(app))
        page = await page.follow("Use a recovery code")
        done = await page.submit("Sign in", {"Recovery code": codes[0].upper()})
        assert (done.status, heading in done.heading) == (status, True), attempt


async def test_guesses_are_counted_over_journeys_and_the_app_is_no_use_above_the_limit(
    app: Starlette, person: PlainBrowser, clock: FakeClock
) -> None:
    secret, _codes = await _enrol(app, person, clock)
    statuses = []
    for _journey in range(5):
        page = await _password(app, _browser(app))
        for _guess in range(5):
            page = await page.submit("Sign in", {CODE: "000000"})
            statuses.append(page.status)
    assert statuses == [422] * 20 + [429] * 5
    assert (await page.submit("Sign in", {CODE: _code(app, secret)})).status == 429


async def test_setting_up_and_removing_an_app_end_what_the_password_alone_had_opened(
    app: Starlette, person: PlainBrowser, clock: FakeClock
) -> None:
    elsewhere, halfway = _browser(app), _browser(app)
    customer = await make_person(app)
    await sign_in(app, elsewhere, customer)
    await sign_in(app, person, customer)
    page = await _open(app, person, "/account/second-factor")
    secret = page.soup.select_one(".copy-line .id").text.replace(" ", "")  # type: ignore[union-attr]  # it is there
    await page.submit("Switch it on", {CODE: _code(app, secret)})
    assert (await _open(app, elsewhere, "/account")).heading == "Sign in"
    pending = await _password(app, halfway)
    page = await _open(app, person, "/account/second-factor/remove")
    done = await page.submit("Remove it")
    assert "The authenticator app was removed." in done.text
    clock.advance(timedelta(seconds=31))
    gone = await pending.submit("Sign in", {CODE: _code(app, secret)})
    assert gone.status == 400
    assert "Hello" in (await _password(app, _browser(app))).heading


async def test_what_changes_the_second_factor_needs_a_fresh_sign_in(
    app: Starlette, person: PlainBrowser, clock: FakeClock
) -> None:
    await _enrol(app, person, clock)
    page = await _open(app, person, "/account/second-factor/recovery-codes")
    clock.advance(timedelta(minutes=6))
    assert (await page.submit("Make new codes")).heading == "Sign in"
    for path in ("", "/remove", "/recovery-codes"):
        assert (await _open(app, person, f"/account/second-factor{path}")).heading == "Sign in"


async def test_new_recovery_codes_end_the_old_ones(
    app: Starlette, person: PlainBrowser, clock: FakeClock
) -> None:
    _secret, old = await _enrol(app, person, clock)
    page = await _open(app, person, "/account/second-factor/recovery-codes")
    shown = await page.submit("Make new codes")
    new = [one.text for one in shown.soup.select(".codes .id")]
    assert not set(old) & set(new)
    page = await _password(app, _browser(app))
    page = await page.follow("Use a recovery code")
    page = await page.submit("Sign in", {"Recovery code": old[1]})
    assert page.status == 422
    assert "Hello" in (await page.submit("Sign in", {"Recovery code": new[1]})).heading


async def test_a_secret_that_was_offered_to_another_session_is_not_taken(
    app: Starlette, person: PlainBrowser
) -> None:
    await sign_in(app, person, await make_person(app))
    other = _browser(app)
    await sign_in(app, other, await make_person(app, "jiro@example.jp"))
    theirs = await _open(app, other, "/account/second-factor")
    secret = theirs.soup.select_one(".copy-line .id").text.replace(" ", "")  # type: ignore[union-attr]  # it is there
    offer = dict(theirs.form("Switch it on").submit().entries)["offer"]
    mine = await _open(app, person, "/account/second-factor")
    answer = await mine.submit("Switch it on", {"offer": offer, CODE: _code(app, secret)})
    assert answer.heading == "Set up an authenticator app"
    assert (await _open(app, person, "/account/security")).soup.select(".codes") == []
    async with app.state.parts.database.read() as transaction:
        who = (await transaction.identifiers.find_login(TARO)).customer
        assert await transaction.authenticators.find_one(who, "totp") is None

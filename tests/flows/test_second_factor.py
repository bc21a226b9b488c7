"""A second factor: set up in the account, asked for after the password, never skipped."""

from datetime import timedelta

from starlette.applications import Starlette

from ciam.settings import Settings
from tests.flows.account_people import PASSWORD, make_person, sign_in
from tests.flows.mailbox import Mailbox
from tests.flows.pages import browser_of, open_page, totp_code
from tests.parts.clock import FakeClock
from tests.parts.plain_browser import Page, PlainBrowser

TARO = "taro@example.jp"
CODE = "Six-digit code"


async def _enrol(app: Starlette, browser: PlainBrowser, clock: FakeClock) -> tuple[str, list[str]]:
    """Set up an app; gives its secret and the recovery codes."""
    await sign_in(app, browser, await make_person(app))
    page = await open_page(app, browser, "/account/second-factor")
    secret = page.soup.select_one(".copy-line .id").text.replace(" ", "")  # type: ignore[union-attr]  # it is there
    assert page.soup.select("svg.qr")
    done = await page.submit("Switch it on", {CODE: totp_code(app, secret)})
    clock.advance(timedelta(seconds=31))
    return secret, [one.text for one in done.soup.select(".codes .id")]


async def _password(app: Starlette, browser: PlainBrowser) -> Page:
    page = await open_page(app, browser, "/sign-in?fresh=1")
    return await page.submit("Sign in", {"identifier": TARO, "Password": PASSWORD})


async def test_an_app_is_set_up_and_then_asked_for(
    app: Starlette, person: PlainBrowser, clock: FakeClock, settings: Settings
) -> None:
    secret, codes = await _enrol(app, person, clock)
    assert len(set(codes)) == 10
    mails = await Mailbox(settings.home, app.state.parts.database).to(TARO)
    assert ["second step" in mail.subject for mail in mails] == [True]
    other = browser_of(app)
    page = await _password(app, other)
    assert page.heading == "One more step"
    assert (await open_page(app, other, "/account")).heading == "Sign in"
    wrong = await page.submit("Sign in", {CODE: "000000"})
    assert wrong.status == 422
    assert "That is not the code that the app shows now" in wrong.text
    done = await wrong.submit("Sign in", {CODE: totp_code(app, secret)})
    assert done.url.endswith("/account")
    async with app.state.parts.database.read() as transaction:
        who = (await transaction.identifiers.find_login(TARO)).customer
        newest = max(await transaction.sessions.list_for(who), key=lambda one: one.created_at)
    assert (newest.acr, newest.amr) == ("urn:ciam:acr:2", ("pwd", "otp", "mfa"))


async def test_a_second_tab_and_a_second_form_do_not_skip_a_pending_factor(
    app: Starlette, person: PlainBrowser, clock: FakeClock
) -> None:
    await _enrol(app, person, clock)
    other = browser_of(app)
    pending = await _password(app, other)
    handle = pending.url.partition("journey=")[2]
    for path in ("/account", "/account/security", "/account/second-factor"):
        assert (await open_page(app, other, path)).heading == "Sign in"
    assert (await _password(app, other)).heading == "One more step"
    # The form of the first step again, in the journey that waits for the second one.
    first = await open_page(app, other, f"/sign-in?journey={handle}")
    again = await first.submit("Sign in", {"identifier": TARO, "Password": PASSWORD})
    assert again.heading == "One more step"


async def test_a_code_is_taken_once_and_an_older_one_never_after_it(
    app: Starlette, person: PlainBrowser, clock: FakeClock
) -> None:
    secret, _codes = await _enrol(app, person, clock)
    newer, older = totp_code(app, secret, later=30), totp_code(app, secret)
    first, second = browser_of(app), browser_of(app)
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
        page = await _password(app, browser_of(app))
        page = await page.follow("Use a recovery code")
        done = await page.submit("Sign in", {"Recovery code": codes[0].upper()})
        assert (done.status, heading in done.heading) == (status, True), attempt


async def test_guesses_are_counted_over_journeys_and_the_app_is_no_use_above_the_limit(
    app: Starlette, person: PlainBrowser, clock: FakeClock
) -> None:
    secret, _codes = await _enrol(app, person, clock)
    statuses = []
    for _journey in range(5):
        page = await _password(app, browser_of(app))
        for _guess in range(5):
            page = await page.submit("Sign in", {CODE: "000000"})
            statuses.append(page.status)
    assert statuses == [422] * 20 + [429] * 5
    assert (await page.submit("Sign in", {CODE: totp_code(app, secret)})).status == 429


async def test_setting_up_and_removing_an_app_end_what_the_password_alone_had_opened(
    app: Starlette, person: PlainBrowser, clock: FakeClock
) -> None:
    elsewhere, halfway = browser_of(app), browser_of(app)
    customer = await make_person(app)
    await sign_in(app, elsewhere, customer)
    await sign_in(app, person, customer)
    page = await open_page(app, person, "/account/second-factor")
    secret = page.soup.select_one(".copy-line .id").text.replace(" ", "")  # type: ignore[union-attr]  # it is there
    await page.submit("Switch it on", {CODE: totp_code(app, secret)})
    assert (await open_page(app, elsewhere, "/account")).heading == "Sign in"
    pending = await _password(app, halfway)
    page = await open_page(app, person, "/account/second-factor/remove")
    done = await page.submit("Remove it")
    assert "The authenticator app was removed." in done.text
    clock.advance(timedelta(seconds=31))
    gone = await pending.submit("Sign in", {CODE: totp_code(app, secret)})
    assert gone.status == 400
    assert "Hello" in (await _password(app, browser_of(app))).heading


async def test_what_changes_the_second_factor_needs_a_fresh_sign_in(
    app: Starlette, person: PlainBrowser, clock: FakeClock
) -> None:
    await _enrol(app, person, clock)
    page = await open_page(app, person, "/account/second-factor/recovery-codes")
    clock.advance(timedelta(minutes=6))
    assert (await page.submit("Make new codes")).heading == "Sign in"
    for path in ("", "/remove", "/recovery-codes"):
        assert (await open_page(app, person, f"/account/second-factor{path}")).heading == "Sign in"


async def test_new_recovery_codes_end_the_old_ones(
    app: Starlette, person: PlainBrowser, clock: FakeClock
) -> None:
    _secret, old = await _enrol(app, person, clock)
    page = await open_page(app, person, "/account/second-factor/recovery-codes")
    shown = await page.submit("Make new codes")
    new = [one.text for one in shown.soup.select(".codes .id")]
    assert not set(old) & set(new)
    page = await _password(app, browser_of(app))
    page = await page.follow("Use a recovery code")
    page = await page.submit("Sign in", {"Recovery code": old[1]})
    assert page.status == 422
    assert "Hello" in (await page.submit("Sign in", {"Recovery code": new[1]})).heading


async def test_a_secret_that_was_offered_to_another_session_is_not_taken(
    app: Starlette, person: PlainBrowser
) -> None:
    await sign_in(app, person, await make_person(app))
    other = browser_of(app)
    await sign_in(app, other, await make_person(app, "jiro@example.jp"))
    theirs = await open_page(app, other, "/account/second-factor")
    secret = theirs.soup.select_one(".copy-line .id").text.replace(" ", "")  # type: ignore[union-attr]  # it is there
    offer = dict(theirs.form("Switch it on").submit().entries)["offer"]
    mine = await open_page(app, person, "/account/second-factor")
    answer = await mine.submit("Switch it on", {"offer": offer, CODE: totp_code(app, secret)})
    assert answer.heading == "Set up an authenticator app"
    assert (await open_page(app, person, "/account/security")).soup.select(".codes") == []
    async with app.state.parts.database.read() as transaction:
        who = (await transaction.identifiers.find_login(TARO)).customer
        assert await transaction.authenticators.find_one(who, "totp") is None

"""A mailed code as the second factor, and what happens where one is required and there is none."""

from datetime import timedelta
from typing import Any

import pyotp
import pytest
from starlette.applications import Starlette

from tests.flows.account_people import PASSWORD, make_person, sign_in
from tests.flows.mailbox import Mailbox
from tests.flows.pages import browser_of, open_page
from tests.parts.clock import FakeClock
from tests.parts.plain_browser import Page, PlainBrowser

TARO = "taro@example.jp"
CODE = "Six-digit code"
NEVER = "000000"


@pytest.fixture(autouse=True)
def _no_code_is_zero(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have a code that is wrong for sure."""
    made = iter(f"{number:06}" for number in range(100_001, 101_000))
    monkeypatch.setattr("ciam.authentication.sent_code.new_digits", lambda: next(made))


async def _policy(app: Starlette, **document: str) -> None:
    async with app.state.parts.database.write() as transaction:
        await transaction.policies.put("methods", document, managed_by="file")
        await transaction.config.raise_generation()


async def _password(app: Starlette, browser: PlainBrowser, email: str = TARO) -> Page:
    page = await open_page(app, browser, "/sign-in?fresh=1")
    return await page.submit("Sign in", {"identifier": email, "Password": PASSWORD})


async def _newest_session(app: Starlette) -> Any:  # noqa: ANN401 - a session of the store
    async with app.state.parts.database.read() as transaction:
        who = (await transaction.identifiers.find_login(TARO)).customer
        found = await transaction.sessions.list_for(who)
    return max(found, key=lambda one: one.created_at)


async def _switch_on(app: Starlette, browser: PlainBrowser) -> None:
    await sign_in(app, browser, await make_person(app))
    page = await (await open_page(app, browser, "/account/security")).follow(
        "Switch on : Codes by e-mail"
    )
    assert page.heading == "Switch on codes by e-mail"
    assert "t•••@example.jp" in page.text
    done = await page.submit("Switch it on")
    assert "A code is sent to you from now on" in done.text


async def test_codes_are_switched_on_and_then_asked_for(
    app: Starlette, person: PlainBrowser, mailbox: Mailbox
) -> None:
    await _switch_on(app, person)
    told = await mailbox.newest(TARO)
    assert "second step" in told.subject
    other = browser_of(app)
    page = await _password(app, other)
    assert page.heading == "One more step"
    assert "t•••@example.jp" in page.text
    assert len(await mailbox.to(TARO)) == 1, "nothing is sent before it is asked for"
    page = await page.submit("Send the code")
    wrong = await page.submit("Sign in", {CODE: NEVER})
    assert (wrong.status, (await open_page(app, other, "/account")).heading) == (422, "Sign in")
    mail = await mailbox.newest(TARO)
    assert mail.link("/verify/link") == "", "a second factor has no link"
    done = await wrong.submit("Sign in", {CODE: mail.code})
    assert done.url.endswith("/account")
    session = await _newest_session(app)
    assert (session.acr, session.amr) == ("urn:ciam:acr:2", ("pwd", "otp", "mfa"))
    # The very form again gets the very answer; the code opens nothing else.
    assert (await wrong.submit("Sign in", {CODE: mail.code})).url.endswith("/account")


async def test_switching_them_off_ends_it(
    app: Starlette, person: PlainBrowser, mailbox: Mailbox
) -> None:
    await _switch_on(app, person)
    pending = await _password(app, browser_of(app))
    page = await open_page(app, person, "/account/second-factor/codes/email_code")
    done = await page.submit("Switch it off")
    assert "No code is sent to you any more" in done.text
    assert (await pending.submit("Send the code")).status == 400
    assert "Hello" in (await _password(app, browser_of(app))).heading
    assert len(await mailbox.to(TARO)) == 2


async def test_another_code_is_sent_after_a_wait_and_ends_the_one_before(
    app: Starlette, person: PlainBrowser, mailbox: Mailbox, clock: FakeClock
) -> None:
    await _switch_on(app, person)
    page = await _password(app, browser_of(app))
    page = await page.submit("Send the code")
    first = (await mailbox.newest(TARO)).code
    page = await page.submit("Send a new code")
    assert len(await mailbox.to(TARO)) == 2, "the notice, and one code"
    clock.advance(timedelta(seconds=31))
    page = await page.submit("Send a new code")
    assert "A new code is on its way" in page.text
    assert (await page.submit("Sign in", {CODE: first})).status == 422
    clock.advance(timedelta(minutes=10, seconds=1))
    late = await page.submit("Sign in", {CODE: (await mailbox.newest(TARO)).code})
    assert late.status == 422
    assert late.alerts == ["That is not the code. Please look at the newest one again."]


async def test_no_more_than_its_cap_goes_to_an_address_and_the_page_says_so(
    app: Starlette, person: PlainBrowser, mailbox: Mailbox, clock: FakeClock
) -> None:
    await _switch_on(app, person)
    page = await _password(app, browser_of(app))
    page = await page.submit("Send the code")
    for _code in range(5):
        clock.advance(timedelta(seconds=31))
        page = await page.submit("Send a new code")
    assert "No more codes can be sent for now" in page.text
    codes = [mail for mail in await mailbox.to(TARO) if mail.code]
    assert len(codes) == 5
    done = await page.submit("Sign in", {CODE: codes[-1].code})
    assert done.url.endswith("/account"), "the newest one stays good"


async def test_guesses_are_few_over_every_code_of_a_journey(
    app: Starlette, person: PlainBrowser, mailbox: Mailbox, clock: FakeClock
) -> None:
    await _switch_on(app, person)
    page = await _password(app, browser_of(app))
    page = await page.submit("Send the code")
    for _guess in range(4):
        page = await page.submit("Sign in", {CODE: NEVER})
    clock.advance(timedelta(seconds=31))
    page = await page.submit("Send a new code")
    assert (await page.submit("Sign in", {CODE: NEVER})).status == 422
    right = (await mailbox.newest(TARO)).code
    assert (await page.submit("Sign in", {CODE: right})).status == 429


async def test_a_code_that_was_mailed_for_something_else_is_no_second_factor(
    app: Starlette, person: PlainBrowser, mailbox: Mailbox
) -> None:
    """Who knows a password asks for a code to a mailbox of their own, in the same journey."""
    await _switch_on(app, person)
    await make_person(app, "thief@example.com")
    thief = browser_of(app)
    start = await open_page(app, thief, "/sign-in?fresh=1")
    await start.submit("Send me a code instead", {"identifier": "thief@example.com"})
    code = (await mailbox.newest("thief@example.com")).code
    page = await start.submit("Sign in", {"identifier": TARO, "Password": PASSWORD})
    assert page.heading == "One more step"
    sent = await page.submit("Send the code")
    assert (await sent.submit("Sign in", {CODE: code})).status == 422
    # And the other way round: before the victim's code is sent, the thief's is all there is.
    start = await open_page(app, thief, "/sign-in?fresh=1")
    await start.submit("Send me a code instead", {"identifier": "thief@example.com"})
    code = (await mailbox.newest("thief@example.com")).code
    page = await start.submit("Sign in", {"identifier": TARO, "Password": PASSWORD})
    handle = page.url.partition("journey=")[2]
    answer = await thief.post(
        page.url,
        {"way": "email_code", "code": code, "csrf_token": _csrf(page)},
        initiator=page.url,
    )
    assert answer.status == 422
    assert (await open_page(app, thief, "/account")).heading == "Sign in"
    assert handle


def _csrf(page: Page) -> str:
    return dict(page.form("Send the code").submit().entries)["csrf_token"]


async def test_a_code_to_an_address_that_is_no_more_theirs_counts_for_nothing(
    app: Starlette, person: PlainBrowser, mailbox: Mailbox
) -> None:
    await _switch_on(app, person)
    page = await _password(app, browser_of(app))
    page = await page.submit("Send the code")
    code = (await mailbox.newest(TARO)).code
    parts = app.state.parts
    async with parts.database.write() as transaction:
        known = await transaction.identifiers.find_login(TARO)
        await transaction.identifiers.remove(known.id)
        await transaction.identifiers.add(
            known.customer, "email", "new@example.jp", source="account",
            verified_at=parts.clock.now(), login="new@example.jp",
        )  # fmt: skip
    assert (await page.submit("Sign in", {CODE: code})).status == 422


async def test_where_two_are_required_a_code_is_sent_to_who_has_none(
    app: Starlette, person: PlainBrowser, mailbox: Mailbox
) -> None:
    await make_person(app)
    await _policy(app, second_factor="required")
    page = await _password(app, person)
    page = await page.submit("Send the code")
    done = await page.submit("Sign in", {CODE: (await mailbox.newest(TARO)).code})
    assert done.url.endswith("/account")
    assert (await _newest_session(app)).acr == "urn:ciam:acr:2"


async def test_where_two_are_required_who_has_none_sets_an_app_up_before_a_session_begins(
    app: Starlette, person: PlainBrowser, mailbox: Mailbox, clock: FakeClock
) -> None:
    customer = await make_person(app)
    await _policy(app, second_factor="required", email_code="first")
    elsewhere = browser_of(app)
    await sign_in(app, elsewhere, customer)
    page = await _password(app, person)
    assert page.heading == "Set up a second step"
    for path in ("/account", "/account/security", "/account/second-factor"):
        assert (await open_page(app, person, path)).heading == "Sign in", path
    secret = page.soup.select_one(".copy-line .id").text.replace(" ", "")  # type: ignore[union-attr]  # it is there
    wrong = await page.submit("Switch it on", {CODE: NEVER})
    assert wrong.status == 422
    assert secret in wrong.text.replace(" ", ""), "the same picture again"
    code = pyotp.TOTP(secret).at(clock.now())
    shown = await wrong.submit("Switch it on", {CODE: code})
    assert len(shown.soup.select(".codes .id")) == 10
    account = await shown.follow("I have kept them")
    assert "Hello" in account.heading
    session = await _newest_session(app)
    assert (session.acr, session.amr) == ("urn:ciam:acr:2", ("pwd", "otp", "mfa"))
    assert "second step" in (await mailbox.newest(TARO)).subject, "the owner is told"
    # Sent twice: signed in, but the recovery codes are shown this once.
    again = await wrong.submit("Switch it on", {CODE: code})
    assert again.url.endswith("/account")
    clock.advance(timedelta(seconds=31))
    assert (await _password(app, browser_of(app))).heading == "One more step"


async def test_a_session_of_one_factor_does_not_outlive_the_rule_that_asks_two(
    app: Starlette, person: PlainBrowser, mailbox: Mailbox
) -> None:
    await sign_in(app, person, await make_person(app))
    assert "Hello" in (await open_page(app, person, "/account")).heading
    await _policy(app, second_factor="required")
    page = await open_page(app, person, "/account/profile")
    assert page.heading == "One more step", "and not the password again"
    page = await page.submit("Send the code")
    page = await page.submit("Sign in", {CODE: (await mailbox.newest(TARO)).code})
    assert page.url.endswith("/account/profile")


async def test_who_waits_to_set_up_is_too_late_when_the_owner_was_first(
    app: Starlette, person: PlainBrowser, clock: FakeClock
) -> None:
    await make_person(app)
    await _policy(app, second_factor="required", email_code="first")
    thief = await _password(app, browser_of(app))
    owner = await _password(app, person)

    def typed(page: Page) -> dict[str, str]:
        secret = page.soup.select_one(".copy-line .id").text.replace(" ", "")  # type: ignore[union-attr]  # it is there
        return {CODE: pyotp.TOTP(secret).at(clock.now())}

    assert (await owner.submit("Switch it on", typed(owner))).heading == "Your recovery codes"
    late = await thief.submit("Switch it on", typed(thief))
    assert late.status == 400


async def test_the_secret_of_another_journey_is_not_taken(
    app: Starlette, person: PlainBrowser, clock: FakeClock
) -> None:
    await make_person(app)
    await make_person(app, "thief@example.com")
    await _policy(app, second_factor="required", email_code="first")
    theirs = await _password(app, browser_of(app), "thief@example.com")
    mine = await _password(app, person)
    offer = dict(theirs.form("Switch it on").submit().entries)["offer"]
    secret = theirs.soup.select_one(".copy-line .id").text.replace(" ", "")  # type: ignore[union-attr]  # it is there
    code = pyotp.TOTP(secret).at(clock.now())
    answer = await mine.submit("Switch it on", {"offer": offer, CODE: code})
    assert answer.heading == "Set up a second step"
    assert (await open_page(app, person, "/account")).heading == "Sign in"


@pytest.mark.parametrize("second_factor", ["optional", "off"])
async def test_an_operator_turns_mailed_codes_off(
    app: Starlette, person: PlainBrowser, second_factor: str
) -> None:
    await _switch_on(app, person)
    await _policy(app, email_code="first", second_factor=second_factor)
    assert "Hello" in (await _password(app, browser_of(app))).heading
    security = await open_page(app, person, "/account/security")
    assert "Codes by e-mail" not in security.text


async def test_a_lost_password_is_reset_and_the_app_still_asked_for(
    app: Starlette, person: PlainBrowser, mailbox: Mailbox, clock: FakeClock
) -> None:
    await _switch_on(app, person)
    page = await open_page(app, person, "/account/second-factor")
    secret = page.soup.select_one(".copy-line .id").text.replace(" ", "")  # type: ignore[union-attr]  # it is there
    await page.submit("Switch it on", {CODE: pyotp.TOTP(secret).at(clock.now())})
    clock.advance(timedelta(seconds=31))
    other = browser_of(app)
    page = await open_page(app, other, "/recover")
    page = await page.submit("Send the code", {"email": TARO})
    page = await page.submit("Next", {CODE: (await mailbox.newest(TARO)).code})
    page = await page.submit(
        "Save the password and sign in", {"password": "a brand new one of mine"}
    )
    assert page.heading == "One more step"
    assert "e-mail" not in page.text, "the mailbox was proven already: it is no second factor"
    assert (await open_page(app, other, "/account")).heading == "Sign in"
    page = await page.submit("Sign in", {CODE: pyotp.TOTP(secret).at(clock.now())})
    assert page.url.endswith("/account")
    assert (await _newest_session(app)).amr == ("otp", "mfa")

"""A lost password where there is a second factor: nothing changes before that one is proven."""

import asyncio
from datetime import timedelta

from sqlalchemy import select
from starlette.applications import Starlette

from ciam.authentication.state import State
from ciam.identifiers import hash_secret
from ciam.storage.tables.journeys import journey
from tests.flows.account_people import PASSWORD, make_person, sign_in
from tests.flows.mailbox import Mailbox
from tests.flows.pages import browser_of, open_page, totp_code
from tests.parts.clock import FakeClock
from tests.parts.plain_browser import Page, PlainBrowser

TARO = "taro@example.jp"
CODE = "Six-digit code"
NEW = "a quite different password"
NOT_YET = "Your new password counts once this is done"


async def _enrol(app: Starlette, owner: PlainBrowser, clock: FakeClock) -> str:
    """Sign the owner in and set up an app; gives its secret."""
    await sign_in(app, owner, await make_person(app))
    page = await open_page(app, owner, "/account/second-factor")
    secret = page.soup.select_one(".copy-line .id").text.replace(" ", "")  # type: ignore[union-attr]  # it is there
    await page.submit("Switch it on", {CODE: totp_code(app, secret)})
    clock.advance(timedelta(seconds=31))
    return secret


async def _recover(
    app: Starlette, browser: PlainBrowser, mailbox: Mailbox, password: str = NEW
) -> Page:
    page = await open_page(app, browser, "/recover")
    page = await page.submit("Send the code", {"E-mail address": TARO})
    page = await page.submit("Next", {CODE: (await mailbox.newest(TARO)).code})
    return await page.submit("Save the password and sign in", {"New password": password})


async def _reaches(app: Starlette, password: str) -> str:
    """Give the heading that a password leads to on a browser of its own."""
    async with browser_of(app) as browser:
        page = await open_page(app, browser, "/sign-in")
        return (await page.submit("Sign in", {"identifier": TARO, "Password": password})).heading


async def test_the_mailbox_alone_changes_nothing(
    app: Starlette, person: PlainBrowser, mailbox: Mailbox, clock: FakeClock
) -> None:
    await _enrol(app, person, clock)
    mails = len(await mailbox.to(TARO))
    async with browser_of(app) as thief:
        page = await _recover(app, thief, mailbox)
        assert page.heading == "One more step"
        assert NOT_YET in page.text
        for _ in range(2):
            page = await page.submit("Sign in", {CODE: "000000"})
        assert page.status == 422
        assert (await open_page(app, thief, "/account")).heading == "Sign in"
    assert (await open_page(app, person, "/account")).heading != "Sign in", (
        "the owner stays signed in"
    )
    assert await _reaches(app, PASSWORD) == "One more step"
    assert await _reaches(app, NEW) == "Sign in"
    assert len(await mailbox.to(TARO)) == mails + 1, "the code, and no word of a new password"


async def test_with_the_second_factor_it_counts_and_ends_what_the_old_one_opened(
    app: Starlette, person: PlainBrowser, mailbox: Mailbox, clock: FakeClock
) -> None:
    secret = await _enrol(app, person, clock)
    async with browser_of(app) as other:
        page = await _recover(app, other, mailbox)
        done = await page.submit("Sign in", {CODE: totp_code(app, secret), "trust_device": "yes"})
        assert done.url.endswith("/account")
        again = await page.submit("Sign in", {CODE: totp_code(app, secret), "trust_device": "yes"})
        assert again.url.endswith("/account"), "the same form sent twice"
        assert (await open_page(app, other, "/account")).heading != "Sign in"
        # The trust that was given with it was given after everything ended.
        page = await open_page(app, other, "/sign-in?fresh=1")
        page = await page.submit("Sign in", {"identifier": TARO, "Password": NEW})
        assert page.url.endswith("/account")
    assert (await open_page(app, person, "/account")).heading == "Sign in"
    assert await _reaches(app, PASSWORD) == "Sign in"
    assert "was changed" in (await mailbox.to(TARO))[-1].subject


async def test_a_trusted_device_does_not_spare_it(
    app: Starlette, person: PlainBrowser, mailbox: Mailbox, clock: FakeClock
) -> None:
    secret = await _enrol(app, person, clock)
    async with browser_of(app) as browser:
        page = await open_page(app, browser, "/sign-in")
        page = await page.submit("Sign in", {"identifier": TARO, "Password": PASSWORD})
        await page.submit("Sign in", {CODE: totp_code(app, secret), "trust_device": "yes"})
        clock.advance(timedelta(seconds=31))
        page = await _recover(app, browser, mailbox)
        assert page.heading == "One more step"
        assert NOT_YET in page.text


async def test_two_recoveries_wait_and_the_first_to_end_is_the_only_one(
    app: Starlette, person: PlainBrowser, mailbox: Mailbox, clock: FakeClock
) -> None:
    secret = await _enrol(app, person, clock)
    first, second = browser_of(app), browser_of(app)
    waiting = await _recover(app, first, mailbox)
    clock.advance(timedelta(seconds=31))
    other = await _recover(app, second, mailbox, "and yet another password")
    code = totp_code(app, secret)
    pages = await asyncio.gather(
        waiting.submit("Sign in", {CODE: code}), other.submit("Sign in", {CODE: code})
    )
    ends = [page.url.endswith("/account") and page.status == 200 for page in pages]
    assert sorted(ends) == [False, True]
    won = [NEW, "and yet another password"][ends.index(True)]
    lost = [NEW, "and yet another password"][ends.index(False)]
    assert await _reaches(app, won) == "One more step"
    assert await _reaches(app, lost) == "Sign in"
    clock.advance(timedelta(seconds=31))
    loser = [waiting, other][ends.index(False)]
    late = await loser.submit("Sign in", {CODE: totp_code(app, secret)})
    assert late.status == 400, "what waited ended with the password that came first"


async def test_what_waits_is_never_counted_for_a_later_first_proof(
    app: Starlette, person: PlainBrowser, mailbox: Mailbox, clock: FakeClock
) -> None:
    """A state in which nobody is proven holds no password either."""
    await _enrol(app, person, clock)
    async with browser_of(app) as browser:
        page = await _recover(app, browser, mailbox)
    row = await _waiting(app, page.url.partition("journey=")[2])
    assert row.new_password
    assert NEW not in row.new_password, "hashed before it is kept"
    assert row.without_proofs().new_password == ""


async def _waiting(app: Starlette, handle: str) -> State:
    async with app.state.parts.database.read() as transaction:
        found = (await transaction.connection.execute(
            select(journey.c.browser_hash).where(journey.c.handle_hash == hash_secret(handle))
        )).scalar_one()  # fmt: skip
        kept = await transaction.journeys.find(handle, found)
    return State.from_json(kept.state)

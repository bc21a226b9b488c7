"""A person registers: address, code, details; then they are signed in where they came from."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select
from starlette.applications import Starlette

from ciam.consent.notices import put_notice
from ciam.consent.purposes import put_purpose
from ciam.storage.tables.consent import receipt
from tests.consent.documents import newsletter, privacy, terms
from tests.flows.account_people import make_person
from tests.flows.mailbox import Mailbox
from tests.flows.pages import open_page
from tests.parts.clock import FakeClock
from tests.parts.plain_browser import Page, PlainBrowser

PASSWORD = "a password nobody guesses"
HANAKO = "hanako@example.jp"
DETAILS = {"Family name": "山田", "Given name": "花子", "Password": PASSWORD}


async def _give_address(app: Starlette, browser: PlainBrowser, address: str = HANAKO) -> Page:
    page = await open_page(app, browser, "/sign-up")
    return await page.submit("Next", {"E-mail address": address})


async def _prove(app: Starlette, browser: PlainBrowser, mailbox: Mailbox) -> Page:
    page = await _give_address(app, browser)
    mail = await mailbox.newest(HANAKO)
    return await page.submit("Next", {"Six-digit code": mail.code})


async def test_a_person_registers_and_is_signed_in(
    app: Starlette, person: PlainBrowser, mailbox: Mailbox
) -> None:
    page = await open_page(app, person, "/account/profile")
    assert page.heading == "Sign in"
    page = await page.follow("Create an account")
    page = await page.submit("Next", {"E-mail address": HANAKO})
    assert page.heading == "Enter the code"
    assert "h•••@example.jp" in page.text
    mail = await mailbox.newest(HANAKO)
    assert mail.code in mail.subject
    page = await page.submit("Next", {"Six-digit code": f"{mail.code[:3]} {mail.code[3:]}"})
    assert page.heading == "Your details"
    assert HANAKO in page.text
    page = await page.submit("Create the account", DETAILS)
    assert page.status == 200
    assert page.url.endswith("/account/profile")
    async with app.state.parts.database.read() as transaction:
        found = await transaction.identifiers.find_login(HANAKO)
        assert found is not None
        assert found.verified_at == app.state.parts.clock.now()


async def test_notices_are_accepted_and_purposes_chosen_freely(
    app: Starlette, person: PlainBrowser, mailbox: Mailbox
) -> None:
    async with app.state.parts.database.write() as transaction:
        await put_purpose(transaction, newsletter())
        for notice in (terms("2029-06"), privacy()):
            await put_notice(transaction, notice)
    page = await _prove(app, person, mailbox)
    assert not page.soup.select("input[checked]"), "nothing is chosen beforehand"
    page = await page.submit("Create the account", DETAILS)
    assert page.status == 422
    assert "Please read “Terms of use” and agree to go on." in page.text
    agreed = {"notice_terms": True, "notice_privacy": True}
    page = await page.submit("Create the account", {**DETAILS, **agreed})
    assert page.status == 200
    async with app.state.parts.database.read() as transaction:
        acts = await transaction.connection.execute(
            select(receipt.c.act, func.count()).group_by(receipt.c.act)
        )
        assert {row[0]: row[1] for row in acts} == {"accepted": 2, "refused": 1}


async def test_the_mailed_link_works_in_the_same_browser_by_its_button_only(
    app: Starlette, person: PlainBrowser, mailbox: Mailbox
) -> None:
    await _give_address(app, person)
    link = (await mailbox.newest(HANAKO)).link("/verify/link")
    for _ in range(3):
        page = await person.open(link)
        assert page.heading == "Confirm your address"
    page = await page.submit("Confirm the address")
    assert page.heading == "Your details"
    page = await person.open(link)
    assert page.heading == "Your details", "the link leads to where the journey is"


async def test_the_mailed_link_offers_nothing_in_another_browser(
    app: Starlette, person: PlainBrowser, mailbox: Mailbox
) -> None:
    await _give_address(app, person)
    link = (await mailbox.newest(HANAKO)).link("/verify/link")
    async with PlainBrowser(apps={app.state.parts.settings.issuer: app}) as other:
        page = await other.open(link)
        assert page.heading == "Go back to where you began"
        assert page.forms() == []
        assert HANAKO not in page.body
        token = link.partition("token=")[2]
        account = await open_page(app, other, "/sign-in")
        csrf = account.form("Sign in").value("csrf_token")
        answer = await other.post(link, {"csrf_token": csrf, "token": token}, initiator=account.url)
        assert answer.status == 400
    page = await person.open(link)
    assert page.heading == "Confirm your address", "nothing was used up"


async def test_an_address_with_an_account_is_told_so_in_the_mailbox_alone(
    app: Starlette, person: PlainBrowser, mailbox: Mailbox
) -> None:
    await make_person(app, HANAKO)
    page = await _give_address(app, person, "HANAKO@example.jp")
    assert page.heading == "Enter the code"
    mails = await mailbox.all()
    assert [mail.to for mail in mails] == [HANAKO], "to the address that was kept"
    assert "already have an account" in mails[0].subject
    assert mails[0].code == ""
    page = await page.submit("Next", {"Six-digit code": "000000"})
    assert page.status == 422
    assert "That is not the code." in page.text


async def test_a_wrong_code_is_refused_and_five_end_it(
    app: Starlette, person: PlainBrowser, mailbox: Mailbox, clock: FakeClock
) -> None:
    page = await _give_address(app, person)
    code = (await mailbox.newest(HANAKO)).code
    wrong = "000000" if code != "000000" else "000001"
    for _ in range(4):
        page = await page.submit("Next", {"Six-digit code": wrong})
        assert "That is not the code." in page.text
        assert page.form("Next").value("Six-digit code") == ""
    page = await page.submit("Next", {"Six-digit code": wrong})
    assert "can no longer be used" in page.text
    page = await page.submit("Next", {"Six-digit code": code})
    assert page.status == 422
    clock.advance(timedelta(seconds=31))
    page = await page.submit("Send a new code")
    assert "A new code is on its way." in page.text
    page = await page.submit("Next", {"Six-digit code": (await mailbox.newest(HANAKO)).code})
    assert page.heading == "Your details"


async def test_an_old_code_is_refused(
    app: Starlette, person: PlainBrowser, mailbox: Mailbox, clock: FakeClock
) -> None:
    page = await _give_address(app, person)
    code = (await mailbox.newest(HANAKO)).code
    clock.advance(timedelta(minutes=10))
    page = await page.submit("Next", {"Six-digit code": code})
    assert page.status == 422
    assert "can no longer be used" in page.text


@pytest.mark.parametrize("typed", ["", "12345", "1234567", "abcdef", "一二三四五六"])
async def test_what_is_no_code_costs_no_try(
    app: Starlette, person: PlainBrowser, mailbox: Mailbox, typed: str
) -> None:
    page = await _give_address(app, person)
    for _ in range(7):
        page = await page.submit("Next", {"Six-digit code": typed})
        assert "Enter the six digits of the code." in page.text
    page = await page.submit("Next", {"Six-digit code": (await mailbox.newest(HANAKO)).code})
    assert page.heading == "Your details"


async def test_what_is_missing_is_said_for_each_field_and_what_was_typed_is_kept(
    app: Starlette, person: PlainBrowser, mailbox: Mailbox
) -> None:
    page = await _prove(app, person, mailbox)
    page = await page.submit("Create the account", {"Family name": "山田", "Password": "tiny-pw"})
    assert page.status == 422
    assert "Enter your given name." in page.text
    assert "Use at least 10 characters." in page.text
    form = page.form("Create the account")
    assert form.value("Family name") == "山田"
    assert form.value("Password") == ""
    assert "tiny-pw" not in page.body


async def test_the_last_form_sent_twice_makes_one_customer_and_gives_one_answer(
    app: Starlette, person: PlainBrowser, mailbox: Mailbox
) -> None:
    page = await _prove(app, person, mailbox)
    form = page.form("Create the account")
    form.fill(DETAILS)
    sent = form.submit()
    first = await person.post(sent.url, dict(sent.entries), initiator=page.url)
    session = person.cookies.header(first.url, initiator=first.url, method="GET")
    again = await person.post(sent.url, dict(sent.entries), initiator=page.url)
    assert first.url == again.url
    assert person.cookies.header(first.url, initiator=first.url, method="GET") == session
    other = dict(sent.entries) | {"password": "another password, not the one"}
    again = await person.post(sent.url, other, initiator=page.url)
    assert not again.hops[0].headers.get_list("set-cookie"), "no session without the proof"


async def test_steps_cannot_be_skipped(app: Starlette, person: PlainBrowser) -> None:
    page = await open_page(app, person, "/sign-up")
    handle = page.url.partition("?")[2]
    for path in ("/sign-up/details", "/verify", "/recover/password", "/recover", "/sign-in"):
        answer = await open_page(app, person, f"{path}?{handle}")
        assert answer.url == page.url
    page = await page.submit("Next", {"E-mail address": HANAKO})
    answer = await open_page(app, person, f"/sign-up/details?{handle}")
    assert answer.heading == "Enter the code"


async def test_a_journey_of_another_browser_is_not_shown(
    app: Starlette, person: PlainBrowser
) -> None:
    page = await _give_address(app, person)
    async with PlainBrowser(apps={app.state.parts.settings.issuer: app}) as other:
        answer = await other.open(page.url)
        assert answer.status == 400
        assert "begun in another browser" in answer.text


async def test_no_more_than_five_mails_an_hour_reach_an_address(
    app: Starlette, mailbox: Mailbox, clock: FakeClock
) -> None:
    pages = []
    for _ in range(8):
        async with PlainBrowser(apps={app.state.parts.settings.issuer: app}) as browser:
            page = await _give_address(app, browser)
            pages.append((page.status, page.heading))
        clock.advance(timedelta(minutes=1))
    assert set(pages) == {(200, "Enter the code")}
    assert len(await mailbox.to(HANAKO)) == 5


async def test_an_address_sent_twice_gets_one_mail_and_its_code_stays_good(
    app: Starlette, person: PlainBrowser, mailbox: Mailbox
) -> None:
    page = await open_page(app, person, "/sign-up")
    form = page.form("Next")
    form.fill({"E-mail address": HANAKO})
    sent = form.submit()
    for _ in range(3):
        page = await person.post(sent.url, dict(sent.entries), initiator=page.url)
        assert page.heading == "Enter the code"
    assert len(await mailbox.to(HANAKO)) == 1
    page = await page.submit("Next", {"Six-digit code": (await mailbox.newest(HANAKO)).code})
    assert page.heading == "Your details"


async def test_when_no_more_mails_may_be_sent_the_page_says_so_and_the_code_stays_good(
    app: Starlette, person: PlainBrowser, mailbox: Mailbox, clock: FakeClock
) -> None:
    page = await _give_address(app, person)
    for number in range(2, 7):
        assert len(await mailbox.to(HANAKO)) == number - 1
        clock.advance(timedelta(seconds=31))
        page = await page.submit("Send a new code")
        assert ("A new code is on its way." in page.text) == (number <= 5)
    assert "No more mails can be sent to this address for now." in page.text
    assert len(await mailbox.to(HANAKO)) == 5
    page = await page.submit("Next", {"Six-digit code": (await mailbox.newest(HANAKO)).code})
    assert page.heading == "Your details"


async def test_a_new_code_asked_for_too_early_is_not_sent(
    app: Starlette, person: PlainBrowser, mailbox: Mailbox, clock: FakeClock
) -> None:
    page = await _give_address(app, person)
    clock.advance(timedelta(seconds=29))
    page = await page.submit("Send a new code")
    assert "A new code is on its way." not in page.text
    assert len(await mailbox.to(HANAKO)) == 1

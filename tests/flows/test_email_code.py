"""A mailed code begins a sign-in, by digits or by link; nobody learns who has an account."""

from datetime import timedelta
from typing import Any

import pytest
from starlette.applications import Starlette

from ciam.audit.trail import Actor
from ciam.customers.customer import disable_customer
from tests.flows.account_people import PASSWORD, make_person
from tests.flows.mailbox import Mailbox
from tests.flows.pages import browser_of, open_page
from tests.parts.clock import FakeClock
from tests.parts.plain_browser import Page, PlainBrowser

TARO = "taro@example.jp"
CODE = "Six-digit code"
SEND = "Send me a code instead"


async def _ask(app: Starlette, browser: PlainBrowser, name: str = TARO) -> Page:
    page = await open_page(app, browser, "/sign-in")
    return await page.submit(SEND, {"identifier": name})


async def _sessions(app: Starlette, email: str = TARO) -> list[Any]:
    async with app.state.parts.database.read() as transaction:
        identifier = await transaction.identifiers.find_login(email)
        return list(await transaction.sessions.list_for(identifier.customer))


async def _policy(app: Starlette, **document: str) -> None:
    async with app.state.parts.database.write() as transaction:
        await transaction.policies.put("methods", document, managed_by="file")
        await transaction.config.raise_generation()


async def test_a_code_signs_in_without_a_password(
    app: Starlette, person: PlainBrowser, mailbox: Mailbox
) -> None:
    await make_person(app)
    page = await _ask(app, person)
    assert page.heading == "Check your mail"
    assert "t•••@example.jp" in page.text
    mail = await mailbox.newest(TARO)
    assert mail.code in mail.subject
    wrong = await page.submit("Sign in", {CODE: "000000" if mail.code != "000000" else "1" * 6})
    assert (wrong.status, wrong.alerts) == (
        422,
        ["That is not the code. Please look at the newest one again."],
    )
    done = await wrong.submit("Sign in", {CODE: mail.code})
    assert done.url.endswith("/account")
    (session,) = await _sessions(app)
    assert (session.acr, session.amr) == ("urn:ciam:acr:1", ("otp",))


async def test_the_link_signs_in_where_it_was_asked_for_and_nowhere_else(
    app: Starlette, person: PlainBrowser, mailbox: Mailbox
) -> None:
    await make_person(app)
    await _ask(app, person)
    link = (await mailbox.newest(TARO)).link("/verify/link")
    elsewhere = await browser_of(app).open(link)
    assert elsewhere.heading == "Go back to where you began"
    page = await person.open(link)
    assert page.heading == "Sign in"
    assert await _sessions(app) == [], "a GET changes nothing"
    done = await page.submit("Sign in")
    assert done.url.endswith("/account")
    # The very form again: the same answer, and no second session.
    assert (await page.submit("Sign in")).url.endswith("/account")
    assert len(await _sessions(app)) == 1


async def test_the_form_that_signed_in_gets_the_same_answer_twice(
    app: Starlette, person: PlainBrowser, mailbox: Mailbox
) -> None:
    await make_person(app)
    page = await _ask(app, person)
    code = (await mailbox.newest(TARO)).code
    assert (await page.submit("Sign in", {CODE: code})).url.endswith("/account")
    assert (await page.submit("Sign in", {CODE: code})).url.endswith("/account")
    assert len(await _sessions(app)) == 1
    thief = browser_of(app)
    stolen = await thief.open(page.url)
    assert stolen.status == 400, "a journey of another browser"


async def test_known_and_unknown_and_barred_are_answered_alike(
    app: Starlette, mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    await make_person(app)
    barred = await make_person(app, "barred@example.jp")
    async with app.state.parts.database.write() as transaction:
        await disable_customer(transaction, barred.id, "test", actor=Actor.server())
    monkeypatch.setattr("ciam.authentication.sent_code.new_digits", lambda: "123456")
    seen = []
    for name in (TARO, "nobody@example.jp", "barred@example.jp"):
        page = await _ask(app, browser_of(app), name)
        wrong = await page.submit("Sign in", {CODE: "654321"})
        seen.append((page.status, page.heading, wrong.status, wrong.alerts))
    assert len(set(map(str, seen))) == 1
    assert [mail.to for mail in await mailbox.all()] == [TARO]


async def test_a_code_that_nobody_was_sent_opens_nothing_even_when_guessed(
    app: Starlette, person: PlainBrowser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ciam.authentication.sent_code.new_digits", lambda: "123456")
    page = await _ask(app, person, "nobody@example.jp")
    answer = await page.submit("Sign in", {CODE: "123456"})
    assert answer.status == 422
    assert answer.alerts == ["This code can no longer be used. Please have a new one sent."]


async def test_what_is_no_address_is_asked_again(app: Starlette, person: PlainBrowser) -> None:
    for typed in ("", "taro", "a" * 600 + "@example.jp"):
        page = await _ask(app, person, typed)
        assert (page.status, page.heading) == (422, "Sign in")
        assert len(page.alerts) == 1


async def test_a_code_expires_and_a_new_one_ends_the_one_before(
    app: Starlette, person: PlainBrowser, mailbox: Mailbox, clock: FakeClock
) -> None:
    await make_person(app)
    page = await _ask(app, person)
    first = (await mailbox.newest(TARO)).code
    early = await page.submit("Send a new code")
    assert len(await mailbox.to(TARO)) == 1, "not within the wait"
    clock.advance(timedelta(seconds=31))
    page = await early.submit("Send a new code")
    assert "A new code is on its way" in page.text
    second = (await mailbox.newest(TARO)).code
    if first != second:
        assert (await page.submit("Sign in", {CODE: first})).status == 422
    clock.advance(timedelta(minutes=10))
    assert (await page.submit("Sign in", {CODE: second})).status == 422
    assert await _sessions(app) == []


async def test_guesses_are_few_for_a_code_and_counted_over_journeys(
    app: Starlette, person: PlainBrowser, mailbox: Mailbox, clock: FakeClock
) -> None:
    await make_person(app)
    page = await _ask(app, person)
    code = (await mailbox.newest(TARO)).code
    wrong = "000000" if code != "000000" else "111111"
    for _guess in range(5):
        page = await page.submit("Sign in", {CODE: wrong})
    assert page.status == 422
    assert (await page.submit("Sign in", {CODE: code})).status == 422, "spent"
    statuses = []
    for _journey in range(4):
        clock.advance(timedelta(seconds=31))
        page = await _ask(app, browser_of(app))
        for _guess in range(4):
            page = await page.submit("Sign in", {CODE: "999999"})
            statuses.append(page.status)
    assert statuses.count(429) == 1, "5 and 15 guesses in the hour, and no more"


async def test_mails_are_capped_and_the_page_says_nothing_of_it(
    app: Starlette, mailbox: Mailbox, clock: FakeClock
) -> None:
    await make_person(app)
    for _mail in range(7):
        page = await _ask(app, browser_of(app))
        assert page.heading == "Check your mail"
        clock.advance(timedelta(seconds=31))
    assert len(await mailbox.to(TARO)) == 5


async def test_a_second_factor_is_asked_after_the_code_and_never_by_the_same_mailbox(
    app: Starlette, person: PlainBrowser, mailbox: Mailbox
) -> None:
    await make_person(app)
    await _policy(app, second_factor="required", totp="off", passkey="first")
    page = await _ask(app, person)
    page = await page.submit("Sign in", {CODE: (await mailbox.newest(TARO)).code})
    # Nothing else is allowed as a second one, and the mailbox was the first.
    assert page.heading == "Set up a second step"
    assert "sign in another way" in page.text
    assert await _sessions(app) == []
    page = await page.follow("Start again")
    page = await page.submit("Sign in", {"identifier": TARO, "Password": PASSWORD})
    page = await page.submit("Send the code")
    done = await page.submit("Sign in", {CODE: (await mailbox.newest(TARO)).code})
    assert done.url.endswith("/account")


async def test_the_first_proof_of_an_address_removes_the_password_of_a_stranger(
    app: Starlette, person: PlainBrowser, mailbox: Mailbox
) -> None:
    parts = app.state.parts
    customer = await make_person(app)
    async with parts.database.write() as transaction:
        (identifier,) = await transaction.identifiers.list_for(customer.id)
        await transaction.identifiers.remove(identifier.id)
        await transaction.identifiers.add(
            customer.id, "email", TARO, source="sign_up", verified_at=None, login=TARO
        )
    page = await _ask(app, person)
    page = await page.submit("Sign in", {CODE: (await mailbox.newest(TARO)).code})
    assert page.url.endswith("/account")
    async with parts.database.read() as transaction:
        assert await transaction.authenticators.find_password(customer.id) is None


async def test_back_from_the_code_the_password_signs_in(
    app: Starlette, person: PlainBrowser
) -> None:
    await make_person(app)
    page = await _ask(app, person)
    page = await page.follow("Back to sign-in")
    done = await page.submit("Sign in", {"identifier": TARO, "Password": PASSWORD})
    assert done.url.endswith("/account")


@pytest.mark.parametrize("allowed", ["off", "second"])
async def test_where_it_is_no_first_method_it_is_neither_shown_nor_taken(
    app: Starlette, person: PlainBrowser, mailbox: Mailbox, allowed: str
) -> None:
    await make_person(app)
    page = await open_page(app, person, "/sign-in")
    await _policy(app, email_code=allowed)
    answer = await page.submit(SEND, {"identifier": TARO})
    assert answer.status == 403
    assert SEND not in (await open_page(app, browser_of(app), "/sign-in")).text
    assert await mailbox.all() == []


async def test_without_passwords_the_page_asks_for_the_address_alone(
    app: Starlette, person: PlainBrowser, mailbox: Mailbox
) -> None:
    await make_person(app)
    before = await open_page(app, person, "/sign-in")
    await _policy(app, password="off")
    refused = await before.submit("Sign in", {"identifier": TARO, "Password": PASSWORD})
    assert refused.status == 403
    page = await open_page(app, person, "/sign-in")
    assert "Password" not in page.text
    page = await page.submit("Send the code", {"identifier": TARO})
    done = await page.submit("Sign in", {CODE: (await mailbox.newest(TARO)).code})
    assert done.url.endswith("/account")


async def test_without_passwords_who_registers_sets_none(
    app: Starlette, person: PlainBrowser, mailbox: Mailbox
) -> None:
    await _policy(app, password="off")
    page = await open_page(app, person, "/sign-up")
    page = await page.submit("Next", {"email": "new@example.jp"})
    page = await page.submit("Next", {CODE: (await mailbox.newest("new@example.jp")).code})
    assert "Password" not in page.text
    names = {"family_name": "Sato", "given_name": "Ai"}
    done = await page.submit("Create the account", names)
    assert done.url.endswith("/account")
    async with app.state.parts.database.read() as transaction:
        known = await transaction.identifiers.find_login("new@example.jp")
        assert await transaction.authenticators.list_for(known.customer) == []

"""A lost password: address, code, new password; then signed in where one came from."""

from datetime import timedelta

import pytest
from starlette.applications import Starlette

from ciam.customers.customer import create_customer
from ciam.storage.stores.authenticators import PASSWORD as PASSWORD_METHOD
from tests.flows.account_people import PASSWORD, make_person, sign_in
from tests.flows.mailbox import Mailbox
from tests.flows.pages import browser_of, open_page, url_of
from tests.parts.clock import FakeClock
from tests.parts.plain_browser import Page, PlainBrowser

TARO = "taro@example.jp"
NEW = "a quite different password"


async def _ask(app: Starlette, browser: PlainBrowser, address: str = TARO) -> Page:
    page = await open_page(app, browser, "/recover")
    return await page.submit("Send the code", {"E-mail address": address})


async def _prove(app: Starlette, browser: PlainBrowser, mailbox: Mailbox) -> Page:
    page = await _ask(app, browser)
    code = (await mailbox.newest(TARO)).code
    return await page.submit("Next", {"Six-digit code": code})


async def test_a_new_password_and_back_where_one_came_from(
    app: Starlette, person: PlainBrowser, mailbox: Mailbox
) -> None:
    await make_person(app, TARO)
    page = await open_page(app, person, "/account/sessions")
    page = await page.follow("Forgotten your password?")
    page = await page.submit("Send the code", {"E-mail address": TARO})
    assert page.heading == "Check your mail"
    mail = await mailbox.newest(TARO)
    page = await page.submit("Next", {"Six-digit code": mail.code})
    assert page.heading == "Choose a new password"
    page = await page.submit("Save the password and sign in", {"New password": NEW})
    assert page.url == url_of(app, "/account/sessions")
    assert "was changed" in (await mailbox.newest(TARO)).subject
    async with browser_of(app) as other:
        page = await open_page(app, other, "/sign-in")
        page = await page.submit("Sign in", {"identifier": TARO, "Password": PASSWORD})
        assert page.status == 422, "the old password is gone"
        page = await page.submit("Sign in", {"identifier": TARO, "Password": NEW})
        assert page.status == 200


async def test_the_link_works_in_the_same_browser_by_its_button(
    app: Starlette, person: PlainBrowser, mailbox: Mailbox
) -> None:
    await make_person(app, TARO)
    await _ask(app, person)
    link = (await mailbox.newest(TARO)).link("/verify/link")
    async with browser_of(app) as other:
        assert (await other.open(link)).heading == "Go back to where you began"
    page = await (await person.open(link)).submit("Confirm the address")
    assert page.heading == "Choose a new password"


async def test_everything_the_old_password_opened_ends(
    app: Starlette, person: PlainBrowser, mailbox: Mailbox
) -> None:
    customer = await make_person(app, TARO)
    async with browser_of(app) as thief, browser_of(app) as second:
        await sign_in(app, thief, customer)
        pending = await _ask(app, second)
        page = await _prove(app, person, mailbox)
        await page.submit("Save the password and sign in", {"New password": NEW})
        assert (await open_page(app, thief, "/account")).heading == "Sign in"
        answer = await second.open(pending.url)
        assert answer.status == 400, "a recovery begun elsewhere is gone"


async def test_known_and_unknown_see_the_same_and_only_the_known_get_mail(
    app: Starlette, mailbox: Mailbox
) -> None:
    await make_person(app, TARO)
    bodies = set()
    for address in (TARO, "tora@example.jp"):
        async with browser_of(app) as browser:
            page = await _ask(app, browser, address)
            answers = [page, await page.submit("Next", {"Six-digit code": "000000"})]
            bodies.add(tuple((one.status, one.heading, one.text) for one in answers))
    assert len(bodies) == 1
    assert {mail.to for mail in await mailbox.all()} == {TARO}


async def test_an_address_changed_on_the_way_is_the_one_that_counts(
    app: Starlette, person: PlainBrowser, mailbox: Mailbox
) -> None:
    await make_person(app, TARO)
    await make_person(app, "thief@example.com")
    page = await _ask(app, person, "thief@example.com")
    own = (await mailbox.newest("thief@example.com")).code
    page = await page.follow("Use another address")
    page = await page.submit("Send the code", {"E-mail address": TARO})
    victims = (await mailbox.newest(TARO)).code
    if own != victims:
        page = await page.submit("Next", {"Six-digit code": own})
        assert page.status == 422
    page = await page.follow("Use another address")
    page = await page.submit("Send the code", {"E-mail address": "nobody@example.jp"})
    page = await page.submit("Next", {"Six-digit code": victims})
    assert page.status == 422


async def test_a_password_that_breaks_a_rule_is_refused_and_not_shown(
    app: Starlette, person: PlainBrowser, mailbox: Mailbox
) -> None:
    await make_person(app, TARO)
    page = await _prove(app, person, mailbox)
    for password in ("", "tiny-pw", "taro@example.jp"):
        page = await page.submit("Save the password and sign in", {"New password": password})
        assert page.status == 422
        assert page.form("Save the password and sign in").value("New password") == ""


async def test_the_last_form_sent_twice_gives_one_answer(
    app: Starlette, person: PlainBrowser, mailbox: Mailbox
) -> None:
    customer = await make_person(app, TARO)
    page = await _prove(app, person, mailbox)
    form = page.form("Save the password and sign in")
    form.fill({"New password": NEW})
    sent = form.submit()
    first = await person.post(sent.url, dict(sent.entries), initiator=page.url)
    again = await person.post(sent.url, dict(sent.entries), initiator=page.url)
    cookies = [page.hops[0].headers.get_list("set-cookie") for page in (first, again)]
    assert cookies[0] == cookies[1]
    assert len(cookies[0]) == 2
    async with app.state.parts.database.read() as transaction:
        assert len(await transaction.sessions.list_for(customer.id)) == 1


async def test_codes_for_an_address_are_limited_over_every_journey(
    app: Starlette, mailbox: Mailbox, clock: FakeClock
) -> None:
    await make_person(app, TARO)
    statuses = []
    for _ in range(5):
        async with browser_of(app) as browser:
            page = await _ask(app, browser)
            code = (await mailbox.newest(TARO)).code
            wrong = "000000" if code != "000000" else "000001"
            for _ in range(5):
                page = await page.submit("Next", {"Six-digit code": wrong})
                statuses.append(page.status)
        clock.advance(timedelta(minutes=2))
    assert statuses == [422] * 20 + [429] * 5, "a new code gives no new guesses"


@pytest.mark.parametrize("source", ["cli: an operator", "import:batch-7"])
async def test_the_first_proof_removes_what_nobody_proved(
    app: Starlette, person: PlainBrowser, mailbox: Mailbox, source: str
) -> None:
    parts = app.state.parts
    stored = await parts.hasher.hash("the attacker's password", parts.database.keys)
    async with parts.database.write() as transaction:
        customer = await create_customer(
            transaction, email=TARO, email_verified_at=None, password_hash=stored,
            attributes={}, language="en", source=source,
        )  # fmt: skip
        await transaction.external_identities.link(
            customer.id, "https://social.example.com", "attacker", connection="social"
        )
        await transaction.authenticators.add(customer.id, "passkey", secret=None)
        await transaction.identifiers.add(
            customer.id, "phone", "+819000000000", source=source, login="+819000000000"
        )
    async with browser_of(app) as attacker:
        await sign_in(app, attacker, customer)
        page = await _prove(app, person, mailbox)
        page = await page.submit("Save the password and sign in", {"New password": NEW})
        assert page.status == 200
        assert (await open_page(app, attacker, "/account")).heading == "Sign in"
    async with parts.database.read() as transaction:
        links = await transaction.external_identities.list_for(customer.id)
        ways = {one.method for one in await transaction.authenticators.list_for(customer.id)}
        identifiers = await transaction.identifiers.list_for(customer.id)
    is_trusted = source.startswith("import:")
    assert bool(links) is is_trusted
    assert ways == ({PASSWORD_METHOD, "passkey"} if is_trusted else {PASSWORD_METHOD})
    assert {one.kind for one in identifiers} == ({"email", "phone"} if is_trusted else {"email"})
    assert next(one for one in identifiers if one.kind == "email").verified_at is not None

"""Change of the e-mail address: a code to the new one, a notice to the old one, an undo."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from starlette.applications import Starlette

from ciam.customers.credentials import change_password
from ciam.federation.linking import unlink
from ciam.storage.stores.customers import Customer
from tests.flows.account_people import IPHONE, PASSWORD, make_person, sign_in
from tests.flows.mailbox import Mailbox
from tests.flows.pages import browser_of, open_page
from tests.parts.clock import FakeClock
from tests.parts.plain_browser import Page, PlainBrowser

OLD, NEW = "taro@example.jp", "taro.new@example.com"


@pytest.fixture
async def person(app: Starlette) -> AsyncIterator[PlainBrowser]:
    """Give a browser without scripts."""
    async with browser_of(app) as browser:
        yield browser


@pytest.fixture
async def customer(app: Starlette, person: PlainBrowser) -> Customer:
    """Give a customer whose browser is `person`."""
    made = await make_person(app, OLD)
    await sign_in(app, person, made)
    return made


async def _ask(app: Starlette, browser: PlainBrowser, address: str = NEW) -> Page:
    page = await open_page(app, browser, "/account/email")
    return await page.submit("Send the code", {"New e-mail address": address})


async def _change(app: Starlette, browser: PlainBrowser, mailbox: Mailbox) -> Page:
    page = await _ask(app, browser)
    code = (await mailbox.newest(NEW)).code
    return await page.submit("Change the address", {"Six-digit code": code})


async def _settle_in(app: Starlette, customer: Customer) -> None:
    """Do what a thief does who has the session: own password, own app, own login, one less."""
    parts = app.state.parts
    stolen = await parts.hasher.hash("the thief's own password", parts.database.keys)
    async with parts.database.write() as transaction:
        session = (await transaction.sessions.list_for(customer.id))[0]
        await change_password(transaction, customer.id, stolen, keep_session=session.id)
        await transaction.authenticators.add(customer.id, "totp", secret=b"seed")
        await transaction.recovery_codes.replace_all(customer.id, ["a1b2c3d4e5"])
        owners = await transaction.external_identities.list_for(customer.id)
        await unlink(transaction, customer.id, owners[0].id, keep_session=session.id)
        await transaction.external_identities.link(
            customer.id, "https://access.line.me", "U-thief", connection="line"
        )


async def _can_sign_in(app: Starlette, address: str) -> bool:
    async with browser_of(app) as browser:
        page = await open_page(app, browser, "/sign-in")
        page = await page.submit("Sign in", {"identifier": address, "Password": PASSWORD})
        return page.status == 200


async def test_the_new_address_signs_in_and_the_old_one_undoes_it(
    app: Starlette, person: PlainBrowser, customer: Customer, mailbox: Mailbox, clock: FakeClock
) -> None:
    clock.advance(timedelta(minutes=1))
    async with browser_of(app) as phone:
        await sign_in(app, phone, customer, IPHONE)
        page = await _change(app, person, mailbox)
        assert "was changed" in page.text
        assert NEW in page.text
        page = await open_page(app, phone, "/account")
        assert page.heading == "Sign in", "every other session has ended"
    assert await _can_sign_in(app, NEW)
    assert not await _can_sign_in(app, OLD)
    notice = await mailbox.newest(OLD)
    assert "was changed" in notice.subject
    link = notice.link("/undo-email-change")
    async with browser_of(app) as owner:
        page = await owner.open(link)
        assert not await _can_sign_in(app, OLD), "opening the link does nothing yet"
        page = await page.submit("Put the old address back")
        assert page.heading == "Your old address is back"
        again = await owner.open(link)
        assert again.status == 400
    assert (await open_page(app, person, "/account")).heading == "Sign in"
    assert await _can_sign_in(app, OLD)
    assert not await _can_sign_in(app, NEW)


@pytest.mark.usefixtures("customer")
async def test_the_same_form_sent_twice_sends_one_code(
    app: Starlette, person: PlainBrowser, mailbox: Mailbox, clock: FakeClock
) -> None:
    form = await open_page(app, person, "/account/email")
    first, again = [
        await form.submit("Send the code", {"New e-mail address": NEW}) for _ in range(2)
    ]
    assert first.url == again.url
    (sent,) = await mailbox.to(NEW)
    other = await form.submit("Send the code", {"New e-mail address": "third@example.com"})
    assert other.url != first.url, "another address is another change"
    clock.advance(timedelta(minutes=2))
    later = await form.submit("Send the code", {"New e-mail address": NEW})
    assert later.url != first.url, "by then it is wanted again"
    assert len(await mailbox.to(NEW)) == 2
    page = await first.submit("Change the address", {"Six-digit code": sent.code})
    assert NEW in page.text, "the code of the page it was sent for"


async def test_an_undo_ends_what_was_done_since(
    app: Starlette, person: PlainBrowser, customer: Customer, mailbox: Mailbox, clock: FakeClock
) -> None:
    """The thief moves on to a third address, takes logins away, adds their own, keeps the mails."""
    parts, later = app.state.parts, "thief.second@example.com"
    async with parts.database.write() as transaction:
        for subject in ("U-owner", "U-second"):
            await transaction.external_identities.link(
                customer.id, "https://access.line.me", subject, connection="line"
            )
    clock.advance(timedelta(minutes=1))
    await _change(app, person, mailbox)
    link = (await mailbox.newest(OLD)).link("/undo-email-change")
    clock.advance(timedelta(minutes=1))
    page = await _ask(app, person, later)
    code = (await mailbox.newest(later)).code
    await page.submit("Change the address", {"Six-digit code": code})
    kept = (await mailbox.newest(NEW)).link("/undo-email-change")
    await _settle_in(app, customer)
    async with browser_of(app) as owner:
        await (await owner.open(link)).submit("Put the old address back")
        assert (await owner.open(kept)).status == 400, "the thief's own undo brings nothing back"
    async with parts.database.read() as transaction:
        left = await transaction.identifiers.list_for(customer.id)
        assert [one.value for one in left] == [OLD]
        assert await transaction.authenticators.list_for(customer.id) == []
        assert await transaction.recovery_codes.count_left(customer.id) == 0
        logins = await transaction.external_identities.list_for(customer.id)
        assert {one.subject for one in logins} == {"U-owner", "U-second"}
        assert await transaction.sessions.list_for(customer.id) == []


async def test_after_three_days_it_cannot_be_undone(
    app: Starlette,
    person: PlainBrowser,
    customer: Customer,  # noqa: ARG001 - signed in at `person`
    mailbox: Mailbox,
    clock: FakeClock,
) -> None:
    await _change(app, person, mailbox)
    link = (await mailbox.newest(OLD)).link("/undo-email-change")
    clock.advance(timedelta(hours=72, seconds=1))
    assert (await person.open(link)).status == 400


async def test_an_address_that_is_taken_looks_the_same_and_is_told_in_its_mailbox(
    app: Starlette,
    person: PlainBrowser,
    customer: Customer,  # noqa: ARG001 - signed in at `person`
    mailbox: Mailbox,
) -> None:
    await make_person(app, "hanako@example.jp")
    free, taken = await _ask(app, person, NEW), await _ask(app, person, "hanako@example.jp")
    assert (free.status, free.heading) == (taken.status, taken.heading)
    assert (await mailbox.newest("hanako@example.jp")).code == ""
    refused = await taken.submit("Change the address", {"Six-digit code": "000000"})
    assert refused.status == 422
    assert await _can_sign_in(app, "hanako@example.jp")


async def test_a_code_counts_for_its_own_customer_and_browser(
    app: Starlette,
    person: PlainBrowser,
    customer: Customer,  # noqa: ARG001 - signed in at `person`
    mailbox: Mailbox,
) -> None:
    page = await _ask(app, person)
    code = (await mailbox.newest(NEW)).code
    async with browser_of(app) as other:
        await sign_in(app, other, await make_person(app, "hanako@example.jp"))
        path = page.url.removeprefix(app.state.parts.settings.issuer)
        stolen = await open_page(app, other, path)
        assert "Enter the code" not in stolen.heading
    done = await page.submit("Change the address", {"Six-digit code": code})
    assert "was changed" in done.text
    twice = await page.submit("Change the address", {"Six-digit code": code})
    assert twice.heading == "Profile", "the same form again leads where it led"


async def test_wrong_codes_end_it_and_the_sign_in_page_takes_none(
    app: Starlette,
    person: PlainBrowser,
    customer: Customer,  # noqa: ARG001 - signed in at `person`
    mailbox: Mailbox,
) -> None:
    page = await _ask(app, person)
    code = (await mailbox.newest(NEW)).code
    handle = page.url.partition("journey=")[2]
    elsewhere = await open_page(app, person, f"/verify?journey={handle}")
    assert elsewhere.url == page.url
    wrong = f"{(int(code) + 1) % 1_000_000:06}"
    for _ in range(5):
        assert (await page.submit("Change the address", {"Six-digit code": wrong})).status == 422
    late = await page.submit("Change the address", {"Six-digit code": code})
    assert late.status == 422
    assert await _can_sign_in(app, OLD)

"""Passkeys over HTTP: the forms that a page's script fills, sent as a browser sends them."""

import json
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from starlette.applications import Starlette

from ciam.storage.stores.customers import Customer
from tests.factories.software_authenticator import SoftwareAuthenticator
from tests.flows.account_people import PASSWORD, make_person, sign_in
from tests.flows.mailbox import Mailbox
from tests.parts.clock import FakeClock
from tests.parts.html_form import Form
from tests.parts.plain_browser import Page, PlainBrowser

ON_ONE_DATABASE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
PATH = "/account/passkeys"
pytestmark = ON_ONE_DATABASE  # the rules are tested on both: tests/authentication, tests/customers


def _issuer(app: Starlette) -> str:
    return str(app.state.parts.settings.issuer)


@pytest.fixture
async def customer(app: Starlette, person: PlainBrowser) -> Customer:
    """Give a customer whose browser is `person`."""
    made = await make_person(app)
    await sign_in(app, person, made)
    return made


@pytest.fixture
def authenticator(app: Starlette) -> SoftwareAuthenticator:
    """Give an authenticator that has seen the server's pages."""
    return SoftwareAuthenticator(_issuer(app))


def _options(page: Page) -> str:
    """Give what the page's script would give the browser."""
    form = page.soup.select_one("form[data-passkey]")
    assert form is not None, page.text
    return str(form["data-options"])


def _ceremony(page: Page) -> Form:
    return next(form for form in page.forms() if "credential" in dict(form.submit().entries))


async def _answer(page: Page, credential: str, **fields: str) -> Page:
    """Send the ceremony's form with an answer in it."""
    form = _ceremony(page)
    entries = dict(form.submit().entries) | {"credential": credential} | fields
    target = form.submit().encode()[0]
    return await page.browser.post(target, entries, initiator=page.url)


async def _open(app: Starlette, browser: PlainBrowser, path: str = PATH) -> Page:
    return await browser.open(f"{_issuer(app)}{path}")


async def _add(
    app: Starlette, browser: PlainBrowser, authenticator: SoftwareAuthenticator, name: str = ""
) -> Page:
    page = await _open(app, browser)
    return await _answer(page, authenticator.create(_options(page)), name=name)


async def _sign_in_page(app: Starlette, browser: PlainBrowser) -> Page:
    return await _open(app, browser, "/sign-in?fresh=1")


async def test_a_passkey_is_added_named_and_signs_in(
    app: Starlette,
    person: PlainBrowser,
    customer: Customer,
    authenticator: SoftwareAuthenticator,
) -> None:
    page = await _add(app, person, authenticator, "My  phone\u0007")
    assert page.status == 200
    assert "Your passkey was saved" in page.text
    assert "My phone" in page.text
    assert "On all your devices" in page.text
    asked = json.loads(_options(page))
    assert [one["id"] for one in asked["excludeCredentials"]] != []
    assert customer.customer_id not in json.dumps(asked)  # not even to the customer's own device
    assert str(customer.id) not in json.dumps(asked)

    async with PlainBrowser(apps={_issuer(app): app}) as elsewhere:
        page = await _sign_in_page(app, elsewhere)
        page = await _answer(page, authenticator.sign(_options(page)))
        assert page.url == f"{_issuer(app)}/account"
        page = await _open(app, elsewhere, "/account/sessions")
        assert "with a passkey" in page.text


async def test_a_password_manager_finds_where_passkeys_are_made(
    app: Starlette, person: PlainBrowser
) -> None:
    page = await _open(app, person, "/.well-known/passkey-endpoints")
    here = f"{_issuer(app)}{PATH}"
    assert json.loads(page.body) == {"enroll": here, "manage": here}


async def test_the_sign_in_page_tells_nobody_who_has_a_passkey(
    app: Starlette,
    person: PlainBrowser,
    customer: Customer,
    authenticator: SoftwareAuthenticator,
) -> None:
    await _add(app, person, authenticator)
    assert customer.is_active
    seen = []
    for name in ("taro@example.jp", "nobody@example.jp"):
        async with PlainBrowser(apps={_issuer(app): app}) as browser:
            page = await _sign_in_page(app, browser)
            page = await page.submit("Sign in", {"identifier": name, "password": "wrong"})
            asked = json.loads(_options(page))
            assert len(asked.pop("challenge")) > 60
            seen.append((page.status, asked))
    assert seen[0] == seen[1]
    assert not seen[0][1].get("allowCredentials")


async def test_a_refused_passkey_says_so_and_leaves_the_way_by_password(
    app: Starlette,
    person: PlainBrowser,
    customer: Customer,
    authenticator: SoftwareAuthenticator,
) -> None:
    assert customer.is_active
    await _add(app, person, authenticator)
    async with PlainBrowser(apps={_issuer(app): app}) as browser:
        page = await _sign_in_page(app, browser)
        page = await _answer(
            page, authenticator.sign(_options(page), origin="https://evil.example")
        )
        assert page.status == 422
        assert page.alerts == [
            "That passkey did not work here. Please try again, or sign in another way."
        ]
        page = await page.submit("Sign in", {"identifier": "taro@example.jp", "password": PASSWORD})
        assert page.url == f"{_issuer(app)}/account"


async def test_the_forms_need_their_token_and_a_recent_sign_in(
    app: Starlette,
    person: PlainBrowser,
    customer: Customer,
    authenticator: SoftwareAuthenticator,
    clock: FakeClock,
) -> None:
    page = await _open(app, person)
    answer = authenticator.create(_options(page))
    for path in ("/add", "/rename", "/remove"):
        target = f"{_issuer(app)}{PATH}{path}"
        refused = await person.post(target, {"credential": answer}, initiator=page.url)
        assert refused.status == 403
    clock.advance(timedelta(minutes=6))
    late = await _answer(page, answer)
    assert urlsplit(late.hops[1].url).path == "/sign-in"
    assert "return_to=%2Faccount%2Fpasskeys&fresh=1" in late.hops[1].url
    async with app.state.parts.database.read() as transaction:
        assert await transaction.passkeys.list_for(customer.id) == []


async def test_a_registration_counts_once_and_only_in_its_session(
    app: Starlette,
    person: PlainBrowser,
    customer: Customer,
    authenticator: SoftwareAuthenticator,
) -> None:
    page = await _open(app, person)
    answer = authenticator.create(_options(page))
    other = await make_person(app, "hanako@example.jp")
    async with PlainBrowser(apps={_issuer(app): app}) as browser:
        await sign_in(app, browser, other)
        planted = await _answer(await _open(app, browser), answer)
        assert planted.status == 422
    assert (await _answer(page, answer)).status == 200
    again = await _answer(page, answer)
    assert again.status == 422
    assert "could not be saved" in again.text
    async with app.state.parts.database.read() as transaction:
        assert len(await transaction.passkeys.list_for(customer.id)) == 1
        assert await transaction.passkeys.list_for(other.id) == []


async def test_anothers_passkey_is_neither_shown_renamed_nor_removed(
    app: Starlette,
    person: PlainBrowser,
    customer: Customer,
    authenticator: SoftwareAuthenticator,
) -> None:
    await _add(app, person, authenticator, "Mine")
    async with app.state.parts.database.read() as transaction:
        mine = (await transaction.passkeys.list_for(customer.id))[0]
    thief = await make_person(app, "hanako@example.jp")
    async with PlainBrowser(apps={_issuer(app): app}) as browser:
        await sign_in(app, browser, thief)
        hers = SoftwareAuthenticator(_issuer(app))
        await _add(app, browser, hers, "Hers")
        async with app.state.parts.database.read() as transaction:
            own = (await transaction.passkeys.list_for(thief.id))[0]
        shown = await _open(app, browser, f"{PATH}/change?passkey={mine.id}")
        assert "Mine" not in shown.text
        page = await _open(app, browser, f"{PATH}/change?passkey={own.id}")
        for button in ("Save the name", "Remove the passkey"):
            form = page.form(button)
            entries = dict(form.submit(button).entries) | {"passkey": str(mine.id), "name": "x"}
            await browser.post(form.submit(button).encode()[0], entries, initiator=page.url)
    async with app.state.parts.database.read() as transaction:
        kept = await transaction.passkeys.list_for(customer.id)
    assert [one.name for one in kept] == ["Mine"]


async def test_a_passkey_is_renamed_and_removed_by_its_owner(
    app: Starlette,
    person: PlainBrowser,
    customer: Customer,
    authenticator: SoftwareAuthenticator,
) -> None:
    assert customer.is_active
    page = await _add(app, person, authenticator, "Old")
    page = await page.follow("Change Old")
    refused = await page.submit("Save the name", {"name": " "})
    assert refused.status == 422
    page = await page.submit("Save the name", {"name": "New"})
    assert "The name was saved" in page.text
    page = await page.follow("Change New")
    page = await page.submit("Remove the passkey")
    assert "The passkey was removed" in page.text
    assert page.soup.select(".rows .strong") == []


async def test_a_passkey_is_offered_where_the_script_said_that_the_device_can_keep_one(
    app: Starlette, person: PlainBrowser, customer: Customer, authenticator: SoftwareAuthenticator
) -> None:
    assert customer.is_active
    for capable, expected in (({}, "/account"), ({"passkey_capable": "yes"}, "/passkey-offer")):
        page = await _sign_in_page(app, person)
        form = page.form("Sign in")
        form.fill({"identifier": "taro@example.jp", "password": PASSWORD})
        entries = dict(form.submit("Sign in").entries) | capable
        page = await person.post(form.submit("Sign in").encode()[0], entries, initiator=page.url)
        assert urlsplit(page.url).path == expected
    page = await _answer(page, authenticator.create(_options(page)))
    assert page.url == f"{_issuer(app)}/account"


async def test_registering_with_a_passkey_needs_no_password(
    app: Starlette, person: PlainBrowser, authenticator: SoftwareAuthenticator, mailbox: Mailbox
) -> None:
    page = await _details_page(app, person, mailbox)
    part = page.soup.select_one("[data-passkey-instead]")
    assert part is not None
    made = authenticator.create(str(part["data-options"]))
    form = page.form("Create the account")
    first = dict(form.submit("Create the account").entries) | {"credential": made}
    target = form.submit("Create the account").encode()[0]
    page = await person.post(target, first, initiator=page.url)  # the names are missing
    assert page.status == 422
    assert "Your passkey is ready" in page.text
    assert page.soup.select("#password") == []
    whole = {"family_name": "山田", "given_name": "花子"}
    form = page.form("Create the account")
    form.fill(whole)
    entries = dict(form.submit("Create the account").entries)
    assert entries["credential"] == made
    for _ in range(2):  # the same form twice: the same answer, and no second customer
        done = await person.post(target, entries, initiator=page.url)
        assert done.url == f"{_issuer(app)}/account"

    async with PlainBrowser(apps={_issuer(app): app}) as elsewhere:
        page = await _sign_in_page(app, elsewhere)
        page = await _answer(page, authenticator.sign(_options(page)))
        assert page.url == f"{_issuer(app)}/account"
        page = await _open(app, elsewhere)
        change = page.soup.select_one("ul.rows a.button")
        assert change is not None
        page = await page.follow(str(change["aria-label"]))
        refused = await page.submit("Remove the passkey")
        assert "your only way in" in refused.text


async def test_a_passkey_for_another_sign_up_is_refused(
    app: Starlette, person: PlainBrowser, authenticator: SoftwareAuthenticator, mailbox: Mailbox
) -> None:
    page = await _details_page(app, person, mailbox)
    part = page.soup.select_one("[data-passkey-instead]")
    assert part is not None
    made = authenticator.create(str(part["data-options"]))
    other = await _details_page(app, person, mailbox, "jiro@example.jp")
    form = other.form("Create the account")
    form.fill({"family_name": "山田", "given_name": "次郎"})
    entries = dict(form.submit("Create the account").entries) | {"credential": made}
    target = form.submit("Create the account").encode()[0]
    refused = await person.post(target, entries, initiator=other.url)
    assert refused.status == 422
    assert "could not be saved" in refused.text
    assert refused.soup.select("#password") != []


async def _details_page(
    app: Starlette, browser: PlainBrowser, mailbox: Mailbox, email: str = "hanako@example.jp"
) -> Page:
    """Give the last page of a sign-up, its address proven."""
    page = await _open(app, browser, "/sign-up")
    page = await page.submit("Next", {"email": email})
    return await page.submit("Next", {"code": (await mailbox.newest(email)).code})

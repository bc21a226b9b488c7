"""The account pages: what a customer sees of themselves, changes, and takes back."""

from datetime import timedelta

import pytest
from sqlalchemy import update
from starlette.applications import Starlette

from ciam.storage.stores.customers import Customer
from ciam.storage.tables.sessions import customer_session
from tests.flows.account_people import IPHONE, PASSWORD, make_person, sign_in
from tests.parts.clock import FakeClock
from tests.parts.html_form import Form
from tests.parts.plain_browser import Page, PlainBrowser

NEW = "a new password of mine"
PAGES = ("", "/profile", "/password", "/sessions", "/apps")


@pytest.fixture
async def customer(app: Starlette, person: PlainBrowser) -> Customer:
    """Give a customer whose browser is `person`."""
    made = await make_person(app)
    await sign_in(app, person, made)
    return made


async def _open(app: Starlette, browser: PlainBrowser, path: str = "") -> Page:
    return await browser.open(f"{app.state.parts.settings.issuer}/account{path}")


def _second(app: Starlette) -> PlainBrowser:
    return PlainBrowser(apps={app.state.parts.settings.issuer: app})


def _end_form(page: Page) -> Form:
    """Give the first form that ends one session; its button reads like the one in the header."""
    return next(form for form in page.forms() if "session_id" in dict(form.submit().entries))


@pytest.mark.parametrize("path", [*PAGES, "/apps/remove?client_id=shop"])
async def test_without_a_session_every_page_leads_to_the_sign_in(
    app: Starlette, person: PlainBrowser, path: str
) -> None:
    page = await _open(app, person, path)
    assert page.hops[-1].url.partition("?")[0].endswith("/sign-in")
    assert page.hops[0].status == 303
    assert "return_to=%2Faccount" in page.hops[1].url


@pytest.mark.parametrize("language", ["en", "ja"])
async def test_the_home_shows_who_one_is(
    app: Starlette, person: PlainBrowser, customer: Customer, language: str
) -> None:
    person.language = language
    page = await _open(app, person)
    assert page.status == 200
    assert "山田 太郎" in page.heading
    assert customer.customer_id in page.text
    assert page.headers["cache-control"] == "no-store"
    assert str(customer.id) not in page.body


async def test_names_and_language_are_changed(
    app: Starlette, person: PlainBrowser, customer: Customer
) -> None:
    page = await _open(app, person, "/profile")
    assert page.form("Save").value("Family name") == "山田"
    assert "Family name (ja-Kana-JP)" in page.text
    assert "your registration" in page.text
    page = await page.submit("Save", {"Family name": " 佐藤 ", "Given name": "", "locale": "ja"})
    assert page.status == 200
    assert 'lang="ja"' in page.body
    page = await _open(app, person)
    assert "佐藤" in page.heading
    async with app.state.parts.database.read() as transaction:
        changed = await transaction.customers.find(customer.id)
        assert changed.language == "ja"


@pytest.mark.usefixtures("customer")
async def test_a_name_that_does_not_fit_is_shown_again_with_the_reason(
    app: Starlette, person: PlainBrowser
) -> None:
    page = await _open(app, person, "/profile")
    page = await page.submit("Save", {"Family name": "x" * 81})
    assert page.status == 422
    assert page.form("Save").value("Family name") == "x" * 81
    assert "Use at most 80 characters." in page.text


async def test_a_field_that_is_not_on_the_form_is_not_taken(
    app: Starlette, person: PlainBrowser, customer: Customer
) -> None:
    page = await _open(app, person, "/profile")
    form = page.form("Save").submit("Save")
    entries = dict(form.entries) | {"birthdate": "1990-04-01", "email": "thief@example.com"}
    page = await person.post(form.url, entries, initiator=page.url)
    assert page.status == 200
    async with app.state.parts.database.read() as transaction:
        values = await transaction.attributes.list_current(customer.id)
        assert "birthdate" not in {value.attribute for value in values}
        assert await transaction.identifiers.find_login("thief@example.com") is None


async def test_a_new_password_signs_out_everywhere_else(
    app: Starlette, person: PlainBrowser, customer: Customer
) -> None:
    async with _second(app) as phone:
        await sign_in(app, phone, customer, IPHONE)
        page = await _open(app, person, "/password")
        page = await page.submit(
            "Save the password", {"Current password": PASSWORD, "New password": NEW}
        )
        assert page.status == 200
        assert "signed out everywhere else" in page.text
        assert PASSWORD not in page.body
        assert NEW not in page.body
        assert (await _open(app, phone)).url.partition("?")[0].endswith("/sign-in")
    parts = app.state.parts
    async with parts.database.read() as transaction:
        stored = await transaction.authenticators.find_password(customer.id)
    verdict = await parts.hasher.verify(stored.secret.decode(), NEW, parts.database.keys)
    assert verdict.matches


@pytest.mark.parametrize(
    "case",
    [
        ("not my password", NEW, "This is not your current password."),
        (PASSWORD, "short", "Use at least 10 characters."),
        (PASSWORD, PASSWORD, "This is your current password."),
        (PASSWORD, "password123!", "among the first that are guessed"),
    ],
)
async def test_a_password_that_does_not_fit_changes_nothing(
    app: Starlette, person: PlainBrowser, customer: Customer, case: tuple[str, str, str]
) -> None:
    current, new, sentence = case
    page = await _open(app, person, "/password")
    page = await page.submit(
        "Save the password", {"Current password": current, "New password": new}
    )
    assert page.status == 422
    assert sentence in page.text
    assert current not in page.body
    async with app.state.parts.database.read() as transaction:
        assert await transaction.customers.find(customer.id) == customer


async def test_a_password_is_changed_only_soon_after_signing_in(
    app: Starlette, person: PlainBrowser, customer: Customer, clock: FakeClock
) -> None:
    page = await _open(app, person, "/password")
    clock.advance(timedelta(minutes=5, seconds=1))
    late = await page.submit(
        "Save the password", {"Current password": PASSWORD, "New password": NEW}
    )
    assert late.url.partition("?")[0].endswith("/sign-in")
    assert "fresh=1" in late.hops[1].url
    assert "fresh=1" in (await _open(app, person, "/password")).hops[1].url
    assert (await _open(app, person, "/sessions")).status == 200
    async with app.state.parts.database.read() as transaction:
        assert await transaction.customers.find(customer.id) == customer


@pytest.mark.usefixtures("customer")
async def test_guesses_at_the_current_password_run_out(
    app: Starlette, person: PlainBrowser
) -> None:
    page = await _open(app, person, "/password")
    statuses = []
    for number in range(12):
        sent = await page.submit(
            "Save the password", {"Current password": f"guess {number}", "New password": NEW}
        )
        statuses.append(sent.status)
    assert statuses == [422] * 10 + [429] * 2


async def test_devices_are_listed_in_words_and_ended_one_by_one(
    app: Starlette, person: PlainBrowser, customer: Customer
) -> None:
    async with _second(app) as phone, _second(app) as tablet:
        for browser in (phone, tablet):
            await sign_in(app, browser, customer, IPHONE)
        page = await _open(app, person, "/sessions")
        assert "Chrome on Windows" in page.text
        assert page.text.count("Safari on iPhone") == 2
        assert "192.0.2.7" in page.text
        form = _end_form(page)
        url, body, headers = form.submit().encode()
        page = await person.navigate(
            "POST", url, body=body, headers=headers, source=page, from_form=True
        )
        assert page.text.count("Safari on iPhone") == 1
        left = [
            (await _open(app, browser)).url.partition("?")[0].endswith("/account")
            for browser in (phone, tablet)
        ]
        assert sorted(left) == [False, True]
        page = await page.submit("Sign out everywhere else")
        assert "Safari on iPhone" not in page.text
        assert "Chrome on Windows" in page.text
        assert page.status == 200


async def test_another_customers_session_cannot_be_ended(
    app: Starlette, person: PlainBrowser, customer: Customer
) -> None:
    other = await make_person(app, "other@example.com")
    async with _second(app) as victim, _second(app) as mine:
        await sign_in(app, victim, other)
        await sign_in(app, mine, customer)
        async with app.state.parts.database.read() as transaction:
            (theirs,) = await transaction.sessions.list_for(other.id)
        page = await _open(app, person, "/sessions")
        form = _end_form(page)
        for wanted in (str(theirs.id), "no id", ""):
            entries = dict(form.submit().entries) | {"session_id": wanted}
            await person.post(form.submit().url, entries, initiator=page.url)
        assert (await _open(app, victim)).url.endswith("/account")
        assert (await _open(app, mine)).url.endswith("/account")


async def test_signing_out_ends_the_session_and_forgets_the_cookie(
    app: Starlette, person: PlainBrowser, customer: Customer
) -> None:
    page = await _open(app, person)
    page = await page.submit("Sign out")
    assert page.heading == "You are signed out"
    assert (await _open(app, person)).url.partition("?")[0].endswith("/sign-in")
    async with app.state.parts.database.read() as transaction:
        assert await transaction.sessions.list_for(customer.id) == []


@pytest.mark.parametrize(
    "path",
    ["/profile", "/password", "/sessions/end", "/sessions/end-others", "/apps/remove", "/sign-out"],
)
async def test_no_form_counts_without_its_token_or_from_elsewhere(
    app: Starlette, person: PlainBrowser, customer: Customer, path: str
) -> None:
    """A-13."""
    issuer = app.state.parts.settings.issuer
    page = await _open(app, person, "/profile")
    token = dict(page.form("Save").submit().entries)["csrf_token"]
    async with _second(app) as stranger:
        await sign_in(app, stranger, await make_person(app, "stranger@example.com"))
        foreign = await _open(app, stranger, "/profile")
        foreign_token = dict(foreign.form("Save").submit().entries)["csrf_token"]
    for entries, initiator in (
        ({}, page.url),
        ({"csrf_token": token[:-2] + "xx"}, page.url),
        ({"csrf_token": foreign_token}, page.url),
        ({"csrf_token": token}, "https://evil.example.com/"),
    ):
        sent = await person.post(f"{issuer}/account{path}", entries, initiator=initiator)
        assert sent.status == 403
    async with app.state.parts.database.read() as transaction:
        assert await transaction.customers.find(customer.id) == customer
        assert len(await transaction.sessions.list_for(customer.id)) == 1


async def test_a_session_that_ended_elsewhere_opens_nothing(
    app: Starlette, person: PlainBrowser, customer: Customer
) -> None:
    page = await _open(app, person, "/profile")
    async with app.state.parts.database.write() as transaction:
        await transaction.connection.execute(
            update(customer_session)
            .where(customer_session.c.customer == customer.id)
            .values(ended_at=transaction.clock.now(), end_reason="test")
        )
    page = await page.submit("Save", {"Family name": "佐藤"})
    assert page.url.partition("?")[0].endswith("/sign-in")
    async with app.state.parts.database.read() as transaction:
        values = await transaction.attributes.list_current(customer.id)
        assert "佐藤" not in {value.value for value in values}

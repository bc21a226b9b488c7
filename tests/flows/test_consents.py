"""Use of one's data: giving and withdrawing are one step each, and every decision has a receipt."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from starlette.applications import Starlette

from ciam.app import create_app
from ciam.consent.notices import put_notice
from ciam.consent.purposes import put_purpose
from ciam.consent.verify import verify_receipt
from ciam.keys.signing import list_jwks
from ciam.settings import Settings
from ciam.storage.stores.customers import Customer
from tests.consent.documents import newsletter, privacy, sharing, terms
from tests.flows.account_people import make_person, sign_in
from tests.parts.clock import FakeClock
from tests.parts.html_form import Form, button_text
from tests.parts.plain_browser import Page, PlainBrowser


@pytest.fixture
async def app(settings: Settings, clock: FakeClock) -> AsyncIterator[Starlette]:
    """Give the application on the test's clock, with the example documents."""
    application = create_app(settings, clock=clock)
    async with application.router.lifespan_context(application):
        async with application.state.parts.database.write() as transaction:
            for purpose in (newsletter(), sharing()):
                await put_purpose(transaction, purpose)
            for notice in (terms("2029-06", effective_from=clock.now()), privacy()):
                await put_notice(transaction, notice)
        yield application


@pytest.fixture
async def customer(app: Starlette, person: PlainBrowser) -> Customer:
    """Give a customer who is signed in in the browser of the test."""
    made = await make_person(app)
    await sign_in(app, person, made)
    return made


DONE = {"Agree": "given", "Withdraw": "withdrawn", "同意する": "given", "撤回する": "withdrawn"}


async def _open(app: Starlette, person: PlainBrowser, path: str = "/account/consents") -> Page:
    return await person.open(app.state.parts.settings.issuer + path)


def _form(page: Page, key: str) -> Form:
    """Give the form of one purpose."""
    return next(form for form in page.forms() if ("purpose", key) in form.submit().entries)


def _buttons(page: Page, key: str) -> list[str]:
    return [button_text(button) for button in _form(page, key).buttons()]


async def _press(person: PlainBrowser, page: Page, key: str, **changes: str) -> Page:
    """Press the one button of a purpose."""
    form = _form(page, key)
    sent = form.submit(button_text(form.buttons()[0]))
    return await person.post(sent.url, dict(sent.entries) | changes, initiator=page.url)


@pytest.mark.parametrize("language", ["en", "ja"])
async def test_giving_and_withdrawing_are_one_button_each_on_the_same_page(
    app: Starlette, person: PlainBrowser, customer: Customer, language: str
) -> None:
    assert customer.is_active
    person.language = language
    words = {"en": ("Agree", "Withdraw"), "ja": ("同意する", "撤回する")}[language]
    page = await _open(app, person)
    assert page.status == 200
    for shown in (words[0], words[1], words[0]):
        assert _buttons(page, "newsletter") == [shown]
        page = await _press(person, page, "newsletter")
        assert page.status == 200
        assert page.url.endswith(f"/account/consents?done={DONE[shown]}")
    async with app.state.parts.database.read() as transaction:
        receipts = await transaction.receipts.list_for(customer.id)
    assert sorted(item.act for item in receipts) == ["given", "given", "withdrawn"]


async def test_pressing_twice_leaves_one_receipt(
    app: Starlette, person: PlainBrowser, customer: Customer
) -> None:
    page = await _open(app, person)
    for _ in range(2):
        assert (await _press(person, page, "newsletter")).status == 200
    async with app.state.parts.database.read() as transaction:
        assert len(await transaction.receipts.list_for(customer.id)) == 1


async def test_agreeing_to_a_text_that_changed_meanwhile_is_refused(
    app: Starlette, person: PlainBrowser, customer: Customer
) -> None:
    page = await _open(app, person)
    async with app.state.parts.database.write() as transaction:
        await put_purpose(transaction, newsletter(retention_days=30))
    page = await _press(person, page, "newsletter")
    assert page.status == 422
    assert "A text has changed in the meantime. Please read it again." in page.text
    async with app.state.parts.database.read() as transaction:
        assert await transaction.receipts.list_for(customer.id) == []
    assert (await _press(person, page, "newsletter")).status == 200


@pytest.mark.parametrize(
    "changes",
    [
        {"purpose": "unknown"},
        {"purpose": ""},
        {"decision": ""},
        {"decision": "maybe"},
        {"version": ""},
        {"version": "2"},
    ],
    ids=str,
)
async def test_a_malformed_decision_changes_nothing(
    app: Starlette, person: PlainBrowser, customer: Customer, changes: dict[str, str]
) -> None:
    page = await _open(app, person)
    page = await _press(person, page, "newsletter", **changes)
    assert page.status == 422
    async with app.state.parts.database.read() as transaction:
        assert await transaction.receipts.list_for(customer.id) == []


async def test_a_form_of_another_site_changes_nothing(
    app: Starlette, person: PlainBrowser, customer: Customer
) -> None:
    page = await _open(app, person)
    refused = await _press(person, page, "newsletter", csrf_token="x")
    assert refused.status == 403
    async with app.state.parts.database.read() as transaction:
        assert await transaction.receipts.list_for(customer.id) == []


async def test_without_a_session_one_signs_in_first(app: Starlette, person: PlainBrowser) -> None:
    for path in ("/account/consents", f"/account/receipts/{'0' * 8}-0000-7000-8000-{'0' * 12}"):
        assert "/sign-in?return_to=" in (await _open(app, person, path)).hops[1].url


@pytest.mark.parametrize("language", ["en", "ja"])
async def test_a_receipt_is_readable_and_its_file_verifies_with_the_published_keys(
    app: Starlette, person: PlainBrowser, customer: Customer, language: str
) -> None:
    person.language = language
    page = await _press(person, await _open(app, person), "partner-offers")
    async with app.state.parts.database.read() as transaction:
        [receipt] = await transaction.receipts.list_for(customer.id)
        keys = await list_jwks(transaction, "receipts")
    page = await page.follow("Offers of our partner")
    assert page.status == 200
    for fact in ("Example Partner Inc.", str(receipt.id), keys["keys"][0]["kid"]):
        assert fact in page.text
    assert {"en": "E-mail address", "ja": "メールアドレス"}[language] in page.text
    issuer = app.state.parts.settings.issuer
    file = await person.open(f"{issuer}/account/receipts/{receipt.id}/download")
    assert file.headers["content-type"] == "application/jose"
    assert file.headers["cache-control"] == "no-store"
    document = verify_receipt(file.body, keys, issuer=issuer)
    assert document.record.event.event_state == "consent given"
    assert document.sub == customer.customer_id


async def test_another_customers_receipt_is_not_found(
    app: Starlette, person: PlainBrowser, customer: Customer
) -> None:
    await _press(person, await _open(app, person), "newsletter")
    async with app.state.parts.database.read() as transaction:
        [receipt] = await transaction.receipts.list_for(customer.id)
    issuer = app.state.parts.settings.issuer
    async with PlainBrowser(apps={issuer: app}) as other:
        await sign_in(app, other, await make_person(app, "jiro@example.jp"))
        for end in ("", "/download"):
            page = await _open(app, other, f"/account/receipts/{receipt.id}{end}")
            assert page.status == 404
            assert "Newsletter" not in page.body
        assert (await _open(app, other, "/account/receipts/x")).status == 404


@pytest.mark.parametrize("language", ["en", "ja"])
async def test_every_version_of_a_notice_stays_readable_without_an_account(
    app: Starlette, person: PlainBrowser, clock: FakeClock, language: str
) -> None:
    person.language = language
    clock.advance(timedelta(days=1))
    async with app.state.parts.database.write() as transaction:
        await put_notice(transaction, terms("2030-02"))
    title = {"en": "Terms of use", "ja": "利用規約"}[language]
    page = await _open(app, person, "/notices/terms")
    assert page.url.endswith("/notices/terms/2030-02")
    assert page.heading == title
    older = await _open(app, person, "/notices/terms/2029-06")
    assert older.status == 200
    assert "2029-06" in older.text
    assert (await _open(app, person, "/notices")).url.endswith("/notices/privacy/2030-01")
    for path in ("/notices/none", "/notices/terms/1999", "/purposes/none"):
        assert (await _open(app, person, path)).status == 404
    page = await _open(app, person, "/purposes/partner-offers")
    for fact in ("Example Partner Inc.", "365", "privacy@example.jp", "US"):
        assert fact in page.text

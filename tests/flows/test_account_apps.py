"""Connected apps: what each may see, and removing one ends all it has."""

from datetime import timedelta
from uuid import UUID

from sqlalchemy import insert, select
from starlette.applications import Starlette

from ciam.identifiers import new_id
from ciam.oauth.registration import ClientMetadata
from ciam.storage.stores.customers import Customer
from ciam.storage.tables import clients, consent, grants
from tests.flows.account_people import make_person, sign_in
from tests.parts.plain_browser import Page, PlainBrowser

DOCUMENT = ClientMetadata(
    client_name={"en": "Demo shop", "ja": "デモショップ"},
    client_uri="https://shop.example.com/",
    redirect_uris=("https://shop.example.com/callback",),
    token_endpoint_auth_method="none",
).to_document()


async def _connect(app: Starlette, customer: Customer) -> UUID:
    """Write a client that the customer allowed, with a live token family; give that family."""
    client, grant, family = new_id(), new_id(), new_id()
    now = app.state.parts.clock.now()
    async with app.state.parts.database.write() as transaction:
        for table, values in (
            (clients.client, {"id": client, "client_id": "shop", "document": DOCUMENT,
                              "managed_by": "file", "created_at": now, "updated_at": now}),
            (grants.client_grant, {"id": grant, "customer": customer.id, "client": client,
                                   "scopes": ["openid", "profile", "email"],
                                   "granted_at": now, "updated_at": now}),
            (grants.authorization, {"id": family, "client": client, "customer": customer.id,
                                    "client_grant": grant, "subject": "s", "scopes": ["openid"],
                                    "audience": [], "epoch": 0, "authenticated_at": now,
                                    "acr": "urn:ciam:acr:1", "amr": ["pwd"], "offline": True,
                                    "created_at": now, "expires_at": now + timedelta(days=1)}),
        ):  # fmt: skip
            await transaction.connection.execute(insert(table).values(values))
        await transaction.config.raise_generation()
    return family


async def _open(app: Starlette, browser: PlainBrowser, path: str = "/apps") -> Page:
    return await browser.open(f"{app.state.parts.settings.issuer}/account{path}")


async def test_without_apps_the_page_says_so(app: Starlette, person: PlainBrowser) -> None:
    await sign_in(app, person, await make_person(app))
    assert "No app may see your data." in (await _open(app, person)).text


async def test_removing_an_app_asks_first_then_ends_all_it_has(
    app: Starlette,
    person: PlainBrowser,
) -> None:
    made = await make_person(app)
    await sign_in(app, person, made)
    family = await _connect(app, made)
    page = await _open(app, person)
    assert "Demo shop" in page.text
    assert "shop.example.com" in page.text
    assert "Your profile" in page.text
    assert "Your e-mail address" in page.text
    page = await page.follow("Remove Demo shop")
    assert page.heading == "Remove Demo shop?"
    assert "Demo shop" in (await _open(app, person)).text  # asking removed nothing
    page = await page.submit("Remove")
    assert "The app was removed." in page.text
    assert "Demo shop" not in page.text
    authorization, receipt = grants.authorization, consent.receipt
    async with app.state.parts.database.read() as transaction:
        revoked = await transaction.connection.scalar(
            select(authorization.c.revoked_at).where(authorization.c.id == family)
        )
        acts = list(
            await transaction.connection.scalars(
                select(receipt.c.act).where(receipt.c.customer == made.id)
            )
        )
    assert revoked is not None
    assert acts == ["withdrawn"]


async def test_a_disabled_app_can_still_be_removed(app: Starlette, person: PlainBrowser) -> None:
    made = await make_person(app)
    await sign_in(app, person, made)
    await _connect(app, made)
    async with app.state.parts.database.write() as transaction:
        await transaction.clients.disable("shop")
        await transaction.config.raise_generation()
    page = await (await _open(app, person)).follow("Remove Demo shop")
    page = await page.submit("Remove")
    assert "No app may see your data." in page.text


async def test_an_app_that_is_gone_or_anothers_changes_nothing(
    app: Starlette,
    person: PlainBrowser,
) -> None:
    made, other = await make_person(app), await make_person(app, "other@example.com")
    await sign_in(app, person, made)
    family = await _connect(app, other)
    for wanted in ("shop", "nothing", ""):
        page = await _open(app, person, f"/apps/remove?client_id={wanted}")
        assert page.url.endswith("/account/apps")
    token = dict((await _open(app, person, "/profile")).form("Save").submit().entries)
    page = await person.post(
        page.url + "/remove",
        {"csrf_token": token["csrf_token"], "client_id": "shop"},
        initiator=page.url,
    )
    assert page.url.endswith("/account/apps")
    authorization = grants.authorization
    async with app.state.parts.database.read() as transaction:
        assert (
            await transaction.connection.scalar(
                select(authorization.c.revoked_at).where(authorization.c.id == family)
            )
        ) is None

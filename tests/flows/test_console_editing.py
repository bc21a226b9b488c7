"""Apps, purposes and notices changed in the console: shown first, then done, and recorded."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from pydantic import SecretStr
from starlette.applications import Starlette

from ciam.app import create_app
from ciam.consent.notices import NoticeDocument, list_notices, put_notice
from ciam.consent.purposes import PurposeDocument, find_purpose, put_purpose
from ciam.identifiers import hash_secret
from ciam.oauth.registration import ClientMetadata
from ciam.settings import Settings
from ciam.storage.stores.clients import Client, StoredClient
from tests.administration.test_roles import NOTICE, PURPOSE
from tests.factories.console_world import ConsoleWorld
from tests.parts.clock import FakeClock
from tests.parts.plain_browser import Page, PlainBrowser

CALLBACK = "https://shop.example.com/cb"
CHECK, SAVE = "See what changes", "Save"


@pytest.fixture
async def app(tmp_path: Path, database_url: str, clock: FakeClock) -> AsyncIterator[Starlette]:
    """Give the application, on each kind of database."""
    settings = Settings(home=tmp_path / "home", database_url=SecretStr(database_url))
    application = create_app(settings, clock=clock)
    async with application.router.lifespan_context(application):
        yield application


@pytest.fixture
async def world(app: Starlette, clock: FakeClock) -> ConsoleWorld:
    """Give an application with an app of the console, one of files, a purpose and a notice."""
    world = ConsoleWorld(app, clock)
    metadata = ClientMetadata.model_validate({"client_name": "Shop", "redirect_uris": [CALLBACK]})
    async with world.database.write() as transaction:
        for client_id, owner in (("shop", "console"), ("filed", "file")):
            await transaction.clients.put(
                client_id, metadata.to_document(), secret_hash=b"x", brand=None, managed_by=owner
            )
        await put_purpose(
            transaction, PurposeDocument.model_validate(PURPOSE), managed_by="console"
        )
        await put_notice(transaction, NoticeDocument.model_validate(NOTICE), managed_by="console")
        await transaction.config.raise_generation()
    return world


@pytest.fixture
async def browser(world: ConsoleWorld) -> AsyncIterator[PlainBrowser]:
    """Give the browser of an owner who is signed in."""
    async with world.browser() as found:
        await world.sign_in(found, await world.add_operator("owner"))
        yield found


async def stored(world: ConsoleWorld, client_id: str) -> StoredClient | None:
    """Give an app as it is stored."""
    async with world.database.read() as transaction:
        found = await transaction.clients.list_stored()
    return next((one for one in found if one.client_id == client_id), None)


async def usable(world: ConsoleWorld, client_id: str) -> Client | None:
    """Give an app as the protocol finds it."""
    async with world.database.read() as transaction:
        return await transaction.clients.find(client_id)


async def edit(browser: PlainBrowser, world: ConsoleWorld, place: str) -> Page:
    """Open a form."""
    page = await browser.open(f"{world.issuer}/admin/edit/{place}")
    assert page.status == 200, page.text
    return page


async def test_an_app_is_changed_after_it_was_shown_what_changes(
    world: ConsoleWorld, browser: PlainBrowser
) -> None:
    page = await edit(browser, world, "clients/shop")
    shown = await page.submit(
        CHECK, {"client_name_en": "Market", "redirect_uris": f"{CALLBACK}\n{CALLBACK}2"}
    )
    assert shown.heading == "What changes"
    assert f"{CALLBACK}2" in shown.text
    before = await stored(world, "shop")
    assert before is not None
    assert before.document["redirect_uris"] == [CALLBACK], "showing has changed it"
    assert await world.events("client.changed") == []

    silent = await shown.submit(SAVE, {"reason": " "})
    assert silent.status == 422
    assert "Say why in a few words." in silent.text
    done = await silent.submit(SAVE, {"reason": "a second address"})
    assert "The change was saved" in done.text
    after = await usable(world, "shop")
    assert after is not None
    assert after.redirect_uris == (CALLBACK, f"{CALLBACK}2")
    assert after.name_in("en") == "Market"
    assert after.secret_hash == b"x", "the secret is another matter"
    (event,) = await world.events("client.changed")
    assert event["reason"] == "a second address"
    assert event["changed"] == ["client_name", "redirect_uris"]


async def test_a_new_app_gets_a_secret_that_is_shown_once(
    world: ConsoleWorld, browser: PlainBrowser
) -> None:
    page = await edit(browser, world, "clients")
    filled = {"client_id": "market", "client_name_en": "Market", "redirect_uris": CALLBACK}
    shown = await page.submit(CHECK, filled)
    assert await stored(world, "market") is None
    done = await shown.submit(SAVE, {"reason": "opens in April"})
    secret = done.soup.select_one(".value.shown")
    assert secret is not None
    assert secret.text.startswith("ciam_cs_")
    made = await usable(world, "market")
    assert made is not None
    assert made.secret_hash == hash_secret(secret.text)
    again = await browser.open(f"{world.issuer}/admin/clients/market")
    assert secret.text not in again.body
    assert secret.text not in str(await world.events("client.changed"))
    taken = await (await edit(browser, world, "clients")).submit(CHECK, filled)
    assert taken.status == 422, "an app of this name is there"


async def test_a_secret_is_renewed_and_a_public_app_loses_it(
    world: ConsoleWorld, browser: PlainBrowser
) -> None:
    page = await edit(browser, world, "clients/shop")
    done = await (await page.submit(CHECK, {"renews_secret": "yes"})).submit(
        SAVE, {"reason": "leaked"}
    )
    assert "This secret is shown only now" in done.text
    renewed = await stored(world, "shop")
    assert renewed is not None
    assert renewed.secret_hash not in {None, b"x"}
    page = await edit(browser, world, "clients/shop")
    shown = await page.submit(CHECK, {"token_endpoint_auth_method": "none"})
    await shown.submit(SAVE, {"reason": "a page without a server"})
    public = await stored(world, "shop")
    assert public is not None
    assert public.secret_hash is None


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("redirect_uris", "http://shop.example.com/cb"),
        ("redirect_uris", "https://*.example.com/cb"),
        ("scope", 'a "b'),
        ("default_max_age", "-1"),
        ("brand", "nobody"),
        ("client_uri", "javascript:alert(1)"),
    ],
)
async def test_values_that_do_not_fit_are_said_at_their_field(
    world: ConsoleWorld, browser: PlainBrowser, field: str, value: str
) -> None:
    page = await edit(browser, world, "clients/shop")
    refused = await page.submit(CHECK, {field: value})
    assert refused.status == 422
    place = field.replace("_", "-")
    assert refused.soup.select_one(f"#{place}-error") is not None, refused.text
    assert (await world.events("client.changed")) == []


async def test_what_does_not_fit_together_is_said_above_the_form(
    world: ConsoleWorld, browser: PlainBrowser
) -> None:
    page = await edit(browser, world, "clients/shop")
    refused = await page.submit(CHECK, {"redirect_uris": ""})
    assert refused.status == 422
    assert "needs at least one of redirect_uris" in refused.text


async def test_what_files_own_is_taken_over_or_left_alone(
    world: ConsoleWorld, browser: PlainBrowser
) -> None:
    page = await edit(browser, world, "clients/filed")
    assert "Config files manage this" in page.text
    refused = await page.submit(CHECK, {"client_name_en": "Ours"})
    assert refused.status == 422
    assert refused.soup.select_one("#takes-over-error") is not None
    shown = await refused.submit(CHECK, {"takes_over": "yes"})
    assert "You take this over" in shown.text
    await shown.submit(SAVE, {"reason": "the shop is ours now"})
    taken = await stored(world, "filed")
    assert taken is not None
    assert taken.managed_by == "console"


async def test_what_was_changed_meanwhile_is_not_overwritten(
    world: ConsoleWorld, browser: PlainBrowser
) -> None:
    page = await edit(browser, world, "clients/shop")
    shown = await page.submit(CHECK, {"client_name_en": "Mine"})
    other = await edit(browser, world, "clients/shop")
    await (await other.submit(CHECK, {"client_name_en": "Theirs"})).submit(
        SAVE, {"reason": "first"}
    )
    late = await shown.submit(SAVE, {"reason": "second"})
    assert late.status == 422
    assert "It was changed since you opened it." in late.text
    kept = await usable(world, "shop")
    assert kept is not None
    assert kept.name_in("en") == "Theirs"


async def test_a_purpose_whose_meaning_changes_asks_everybody_again(
    world: ConsoleWorld, browser: PlainBrowser
) -> None:
    page = await edit(browser, world, "purposes/news")
    wording = await page.submit(CHECK, {"title_en": "The news", "asks_again": "false"})
    assert "Everybody is asked again" not in wording.text
    shown = await page.submit(CHECK, {"attributes": "email\nbirthdate"})
    assert "Everybody is asked again" in shown.text
    await shown.submit(SAVE, {"reason": "birthday greetings"})
    async with world.database.read() as transaction:
        found = await find_purpose(transaction, "news")
    assert found is not None
    assert found.version == 2
    assert found.document.attributes == ("email", "birthdate")
    assert len(found.accepted_versions) == 1, "older consent does not count"
    hidden = await (await edit(browser, world, "purposes/news")).submit(
        CHECK, {"attributes": "email\nphone_number", "asks_again": "false"}
    )
    assert hidden.status == 422
    assert hidden.soup.select_one("#asks-again-error") is not None


async def test_a_notice_gets_a_new_version_and_never_another_text(
    world: ConsoleWorld, browser: PlainBrowser
) -> None:
    page = await edit(browser, world, "notices/terms")
    longer = "# Terms\n\n" + "Be kind. " * 3000
    refused = await page.submit(CHECK, {"version": "1", "body_en": longer})
    assert refused.status == 422
    assert refused.soup.select_one("#version-error") is not None
    shown = await refused.submit(CHECK, {"version": "2", "body_ja": "親切に。", "title_ja": "規約"})
    await shown.submit(SAVE, {"reason": "the new law"})
    async with world.database.read() as transaction:
        (found,) = await list_notices(transaction)
    assert found.version == "2"
    assert found.document.texts["ja"].title == "規約"
    assert found.document.texts["en"].body.strip() == longer.strip()
    changes = [one["changes"] for one in await world.events("config.applied") if "reason" in one]
    assert changes == [["notice terms: changed, everybody is asked again"]]


async def test_an_app_that_is_ended_is_refused_from_then_on(
    world: ConsoleWorld, browser: PlainBrowser
) -> None:
    page = await edit(browser, world, "clients/shop")
    done = await page.submit("End it", {"reason": "closed"})
    assert "It was ended." in done.text
    assert await usable(world, "shop") is None
    (event,) = [one for one in await world.events("config.applied") if "reason" in one]
    assert (event["changes"], event["reason"]) == (["client shop: disabled"], "closed")


async def test_nothing_differs_nothing_is_saved(world: ConsoleWorld, browser: PlainBrowser) -> None:
    page = await edit(browser, world, "clients/shop")
    same = await page.submit(CHECK, {})
    assert "No value differs." in same.text
    back = await same.submit("Back to the form", {})
    assert back.status == 200
    assert back.soup.select_one("#redirect-uris") is not None


async def test_an_old_proof_neither_opens_nor_saves_an_app(
    world: ConsoleWorld, browser: PlainBrowser, clock: FakeClock
) -> None:
    page = await edit(browser, world, "clients/shop")
    shown = await page.submit(CHECK, {"redirect_uris": f"{CALLBACK}3"})
    clock.advance(timedelta(minutes=6))
    late = await shown.submit(SAVE, {"reason": "somebody else at the desk"})
    assert "/admin/confirm" in late.url
    kept = await stored(world, "shop")
    assert kept is not None
    assert kept.document["redirect_uris"] == [CALLBACK]
    again = await browser.open(f"{world.issuer}/admin/edit/clients/shop")
    assert "/admin/confirm" in again.url

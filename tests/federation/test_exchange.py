"""The exchange and what it keeps, on both databases: claimed once, sealed, gone in time."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import anyio
import pytest
from sqlalchemy import text

from ciam.administration.diagnosis.connections import judge_connections
from ciam.customers.customer import create_customer
from ciam.federation.exchange import LIFETIME, AlreadyFinished, Finished, begin
from ciam.federation.first_login import KEPT
from ciam.federation.offers import list_offers
from ciam.federation.refusals import NoSuchConnection, ProviderDown, ProviderRefused
from ciam.sealing import KeyRing, new_key
from ciam.settings import Settings
from ciam.storage import Database
from tests.parts.clock import FakeClock
from tests.parts.fake_providers import ALL
from tests.providers.world import BROWSER, World, make_world


@pytest.fixture
async def database(database_url: str, clock: FakeClock) -> AsyncIterator[Database]:
    """Give an open database without any connection, on each kind of database."""
    opened = Database.open(database_url, clock, KeyRing.of(new_key()))
    yield opened
    await opened.close()


@pytest.fixture
async def world(database: Database, clock: FakeClock, tmp_path: Path) -> World:
    """Give all providers, switched on, before their fakes, on each kind of database."""
    return await make_world(database, clock, Settings(home=tmp_path / "home"))


async def dump(world: World, table: str) -> str:
    """Give every byte of a table, as text."""
    async with world.database.read() as transaction:
        rows = (await transaction.connection.execute(text(f"SELECT * FROM {table}"))).all()  # noqa: S608 - a name of ours
    return repr([tuple(row) for row in rows])


async def test_one_of_many_parallel_callbacks_wins_and_the_others_are_led_on(world: World) -> None:
    back = await world.visit(await world.leave("line"))
    ends: list[str] = []

    async def come_back() -> None:
        try:
            finished: Finished | AlreadyFinished = await world.come_back("line", back)
        except AlreadyFinished as already:
            finished = already
        ends.append(f"{type(finished).__name__} {finished.journey}")

    async with anyio.create_task_group() as group:
        for _ in range(10):
            group.start_soon(come_back)
    assert sorted(set(ends)) == ["AlreadyFinished journey-1", "Finished journey-1"]
    assert ends.count("Finished journey-1") == 1


async def test_the_address_holds_a_random_state_and_the_row_nothing_that_can_be_read(
    world: World,
) -> None:
    asked = {
        name: value
        for name, (value,) in parse_qs(urlsplit(await world.leave("google")).query).items()
    }
    assert asked["redirect_uri"] == "https://id.example.jp/federation/google/callback"
    assert len(asked["state"]) >= 43
    assert asked["code_challenge_method"] == "S256"
    kept = await dump(world, "federation_state")
    for secret in (asked["state"], asked["nonce"], "journey-1", "verifier"):
        assert secret not in kept
    assert "secret-of-google" not in await dump(world, "connection")


async def test_an_exchange_ends_after_ten_minutes_and_its_row_goes(world: World) -> None:
    back = await world.visit(await world.leave("line"))
    world.clock.advance(LIFETIME + timedelta(seconds=1))
    with pytest.raises(ProviderRefused):
        await world.come_back("line", back)
    apple = await world.visit(await world.leave("apple"))
    await world.come_back("apple", apple)
    world.clock.advance(KEPT + timedelta(seconds=1))
    async with world.database.write() as transaction:
        for table in ("federation_state", "first_login", "provider_token"):
            await transaction.expiry.purge(table, world.clock.now(), limit=100)
    assert await dump(world, "federation_state") == await dump(world, "first_login") == "[]"


async def test_errors_of_the_provider_are_told_apart(world: World) -> None:
    for error, refusal in (
        ("temporarily_unavailable", ProviderDown),
        ("server_error", ProviderDown),
        ("invalid_scope", ProviderRefused),
        ("", ProviderRefused),
    ):
        back = await world.visit(await world.leave("line"))
        with pytest.raises(refusal):
            await world.come_back("line", {"state": back["state"], "error": error})
    kinds = [kind for kind, _ in await world.events()]
    assert kinds.count("federation.refused") == 4


async def test_a_connection_that_is_switched_off_takes_nobody_in(world: World) -> None:
    back = await world.visit(await world.leave("line"))
    async with world.database.write() as transaction:
        await transaction.connections.disable("line")
        await transaction.config.raise_generation()
    for key in ("line", "nowhere"):
        with pytest.raises(NoSuchConnection):
            await world.come_back(key, back)
        with pytest.raises(NoSuchConnection):
            await world.leave(key)


async def test_tokens_are_kept_only_where_asked_sealed_and_while_somebody_is_linked(
    world: World,
) -> None:
    await world.identity("line")
    assert await dump(world, "provider_token") == "[]"
    await world.configure("line", keep_tokens=True)
    one = await world.identity("line")
    again = await world.identity("line")
    database = world.database
    async with database.read() as transaction:
        kept = await transaction.provider_tokens.find(one.issuer, one.subject)
    assert kept is not None
    assert kept["refresh_token"].startswith("refresh-")
    assert "id_token" not in kept
    assert kept["refresh_token"] not in await dump(world, "provider_token")

    async with database.write() as transaction:
        customer = await create_customer(
            transaction,
            email="hanako.sato@example.jp",
            email_verified_at=world.clock.now(),
            password_hash=None,
            attributes={},
            language="ja",
            source="test",
        )
        linked = await transaction.external_identities.link(
            customer.id, again.issuer, again.subject, connection="line"
        )
    assert linked is not None
    world.fakes["line"].person.subject = "2002"
    stranger = await world.identity("line")
    world.clock.advance(timedelta(days=2))
    async with database.write() as transaction:
        await transaction.expiry.purge("provider_token", world.clock.now(), limit=100)
    async with database.write() as transaction:
        tokens = transaction.provider_tokens
        assert await tokens.find(stranger.issuer, stranger.subject) is None
        assert await tokens.find(one.issuer, one.subject) is not None
        assert await transaction.external_identities.unlink(linked.id)
        assert not await transaction.external_identities.unlink(linked.id)
        assert await tokens.find(one.issuer, one.subject) is None


async def test_a_sandbox_moves_every_address_and_proves_nobody_of_the_real_provider(
    world: World,
) -> None:
    await world.configure("yahoo_japan", sandbox="https://rehearsal.example")
    url = await world.leave("yahoo_japan")
    assert url.startswith("https://rehearsal.example/auth.login.yahoo.co.jp/yconnect/v2/auth")
    back = await world.visit(url.replace("https://rehearsal.example/", "https://"))
    with pytest.raises(ProviderRefused):  # the real one's code is asked for at the rehearsal
        await world.come_back("yahoo_japan", back)
    assert world.fakes.asked[-1].startswith("rehearsal.example/")


async def test_the_buttons_stand_in_the_operators_order_with_names_and_signs(
    world: World,
) -> None:
    await world.configure("google", order=1, names={"ja": "グーグル"})
    await world.configure("line", order=2)
    async with world.database.read() as transaction:
        first, second, *others = await list_offers(transaction, "ja-JP")
        english = await list_offers(transaction, "en")
    assert (first.key, first.name, first.action) == ("google", "グーグル", "/federation/google")
    assert second.mark is not None
    assert second.mark.startswith("<svg")
    assert next(one for one in others if one.key == "daccount").name == "dアカウント"
    assert english[0].name == "Google"


async def test_a_provider_that_this_version_lacks_takes_only_its_own_button_away(
    world: World,
) -> None:
    async with world.database.write() as transaction:
        document, _ = (await transaction.connections.list_documents())["line"]
        gone = {**document, "provider": "gone"}
        await transaction.connections.put("line", gone, secret=None, managed_by="test")
        await transaction.config.raise_generation()
    await world.configure("google", sandbox="https://rehearsal.example")
    async with world.database.read() as transaction:
        offers = await list_offers(transaction, "en")
        found = await judge_connections(transaction)
    assert "line" not in {offer.key for offer in offers}
    assert len(offers) == len(ALL) - 1
    assert {(one.level, one.said.split(" ")[0]) for one in found} == {
        ("problem", "line:"),
        ("warning", "google"),
    }


async def test_a_provider_that_cannot_say_its_addresses_is_down_before_anything_begins(
    world: World,
) -> None:
    world.fakes.outage.silent.add("login.partner.example")
    with pytest.raises(ProviderDown):
        await begin(
            world.database,
            world.outbound,
            "openid",
            redirect_uri="https://id.example.jp/federation/openid/callback",
            browser_hash=BROWSER,
            purpose="link",
            journey="journey-1",
        )
    assert await dump(world, "federation_state") == "[]"

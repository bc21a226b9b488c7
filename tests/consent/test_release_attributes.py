"""Attributes that an operator added: they leave for a purpose alone, and hidden ones never."""

from typing import Any

import pytest

from ciam.consent.client_grants import give_grant
from ciam.consent.purposes import put_purpose
from ciam.consent.release import decide_service_release, release
from ciam.customers.profile import change_profile
from ciam.storage.stores.clients import Client
from tests.consent.conftest import World
from tests.consent.documents import sharing
from tests.factories.attributes import define

CARD = frozenset({"card_number"})


async def _know(world: World, **rights: Any) -> None:  # noqa: ANN401 - as a file says it
    await define(world.database, "card_number", type="text", labels={"en": "Card number"}, **rights)
    async with world.database.write() as transaction:
        await change_profile(
            transaction, world.customer, {"card_number": "1234"}, "import", who="service"
        )


async def _release(
    world: World, client: Client, *, claims: dict[str, Any] | None = None
) -> dict[str, Any]:
    scopes = frozenset({"openid", "profile"})
    async with world.database.write() as transaction:
        await give_grant(transaction, world.customer, client, scopes, screen=world.screen())
        return await release(
            transaction, customer=world.customer, client=client, scopes=scopes, claims=claims,
            channel="userinfo",
        )  # fmt: skip


async def _claims(world: World, client: Client) -> dict[str, Any]:
    async with world.database.read() as transaction:
        found = await decide_service_release(
            transaction, customer=world.customer, client=client, claims=CARD, channel="api"
        )
    return found.claims


async def test_an_added_attribute_leaves_only_while_a_purpose_with_it_holds(world: World) -> None:
    await _know(world, services="write")
    assert "card_number" not in await _release(world, world.partner), "no purpose has it"
    async with world.database.write() as transaction:
        await put_purpose(transaction, sharing(attributes=["card_number"], scopes=[]))
    assert "card_number" not in await _release(world, world.partner), "nobody agreed"
    await world.answer("partner-offers", agrees=True)
    assert (await _release(world, world.partner))["card_number"] == "1234"
    assert (await _claims(world, world.partner)) == {"card_number": "1234"}
    await world.answer("partner-offers", agrees=False)
    assert "card_number" not in await _release(world, world.partner)
    assert await _claims(world, world.partner) == {}


async def test_withdrawing_ends_what_was_issued_for_an_added_attribute(world: World) -> None:
    await _know(world, services="write")
    async with world.database.write() as transaction:
        await put_purpose(transaction, sharing(attributes=["card_number"], scopes=[]))
    await world.answer("partner-offers", agrees=True)
    await _release(world, world.partner)

    async def epoch() -> int:
        async with world.database.read() as transaction:
            [grant] = await transaction.client_grants.list_for(world.customer)
        return grant.epoch

    before = await epoch()
    await world.answer("partner-offers", agrees=False)
    assert await epoch() == before + 1


async def test_the_scope_of_an_attribute_has_to_be_granted(world: World) -> None:
    await _know(world, services="write", scope="address")
    async with world.database.write() as transaction:
        await put_purpose(transaction, sharing(attributes=["card_number"], scopes=[]))
    await world.answer("partner-offers", agrees=True)
    by_name = {"card_number": None}
    assert "card_number" not in await _release(world, world.partner, claims=by_name)


@pytest.mark.parametrize("claims", [None, {"card_number": None}])
async def test_what_customers_may_not_read_leaves_by_no_token_of_theirs(
    world: World, claims: dict[str, Any] | None
) -> None:
    await _know(world, services="write", customer="none")
    async with world.database.write() as transaction:
        await put_purpose(transaction, sharing(attributes=["card_number"], scopes=[]))
    await world.answer("partner-offers", agrees=True)
    assert "card_number" not in await _release(world, world.partner, claims=claims)
    assert await _claims(world, world.partner) == {"card_number": "1234"}, "a service may"


async def test_a_hidden_part_takes_the_whole_name_with_it(world: World) -> None:
    await define(world.database, "family_name", customer="none")
    released = await _release(world, world.shop)
    assert {"name", "family_name", "name#ja-Kana-JP", "family_name#ja-Kana-JP"}.isdisjoint(released)
    assert released["given_name"] == "花子"


async def test_what_services_may_not_read_does_not_go_to_them(world: World) -> None:
    await _know(world, services="write")
    assert await _claims(world, world.shop) == {"card_number": "1234"}, "our own system"
    await define(world.database, "card_number", type="text", labels={"en": "C"}, services="none")
    assert await _claims(world, world.shop) == {}

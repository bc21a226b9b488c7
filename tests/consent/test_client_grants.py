"""Client grants: never wider than what was decided, and dead at once when they become narrower."""

import asyncio

from ciam.consent import client_grants
from ciam.consent.screens import Screen
from ciam.storage import UnitOfWork
from ciam.storage.stores.client_grants import ClientGrant
from tests.consent.conftest import World


async def _give(
    transaction: UnitOfWork, world: World, *scopes: str, screen: Screen | None = None
) -> ClientGrant:
    return await client_grants.give_grant(
        transaction, world.customer, world.partner, scopes, screen=screen or world.screen()
    )


async def test_a_wider_grant_adds_and_a_narrower_request_takes_nothing_away(world: World) -> None:
    async with world.database.write() as transaction:
        await _give(transaction, world, "openid", "profile")
        grant = await _give(transaction, world, "email")
        assert grant.scopes == {"openid", "profile", "email"}
        assert grant.epoch == 0
        missing = await client_grants.missing_scopes(
            transaction, world.customer, world.partner, {"openid", "phone"}
        )
    assert missing == {"phone"}


async def test_first_consents_that_meet_end_in_one_grant(world: World) -> None:
    async def give(scope: str) -> None:
        async with world.database.write() as transaction:
            await _give(transaction, world, scope)

    await asyncio.gather(*(give(scope) for scope in ("openid", "profile", "email", "phone")))
    async with world.database.read() as transaction:
        [grant] = await transaction.client_grants.list_for(world.customer)
    assert grant.scopes == {"openid", "profile", "email", "phone"}


async def test_withdrawing_a_purpose_narrows_the_grants_that_rest_on_it(world: World) -> None:
    await world.answer("partner-offers", agrees=True)
    async with world.database.write() as transaction:
        await _give(transaction, world, "openid", "email", "purchases")
        await client_grants.give_grant(
            transaction, world.customer, world.shop, {"email"}, screen=None
        )
    await world.answer("partner-offers", agrees=False)
    async with world.database.read() as transaction:
        partner = await client_grants.find_grant(transaction, world.customer, world.partner.id)
        shop = await client_grants.find_grant(transaction, world.customer, world.shop.id)
    assert partner is not None
    assert shop is not None
    assert (set(partner.scopes), partner.epoch) == ({"openid", "email"}, 1)
    assert (set(shop.scopes), shop.epoch) == ({"email"}, 0)


async def test_a_scope_without_its_purpose_is_not_granted_and_not_asked_for_ever(
    world: World,
) -> None:
    async def missing() -> frozenset[str]:
        async with world.database.read() as transaction:
            return await client_grants.missing_scopes(
                transaction, world.customer, world.partner, {"openid", "purchases"}
            )

    assert await missing() == {"openid", "purchases"}
    await world.answer("partner-offers", agrees=False)
    async with world.database.write() as transaction:
        grant = await _give(transaction, world, "openid", "purchases")
    assert grant.scopes == {"openid"}
    assert await missing() == set()
    await world.answer("partner-offers", agrees=True)
    assert await missing() == {"purchases"}


async def test_removing_an_app_ends_everything_once(world: World) -> None:
    async with world.database.write() as transaction:
        given = await _give(transaction, world, "openid", "profile")
        assert await client_grants.remove_grant(
            transaction, world.customer, world.partner, screen=world.screen()
        )
        assert not await client_grants.remove_grant(
            transaction, world.customer, world.partner, screen=world.screen()
        )
        assert await client_grants.lock_grant(transaction, world.customer, world.partner.id) is None
        after = await transaction.client_grants.get_by_id(given.id)
        assert (after.scopes, after.epoch) == (frozenset(), 1)
        again = await _give(transaction, world, "openid")
        assert (again.id, set(again.scopes), again.epoch) == (given.id, {"openid"}, 1)
        receipts = await transaction.receipts.list_for(world.customer)
    assert sorted(item.act for item in receipts) == ["given", "given", "withdrawn"]


async def test_our_own_app_is_allowed_without_a_receipt(world: World) -> None:
    async with world.database.write() as transaction:
        for _ in range(2):
            await client_grants.give_grant(
                transaction, world.customer, world.shop, {"openid"}, screen=None
            )
        assert await transaction.receipts.list_for(world.customer) == []


async def test_narrowing_drops_scopes_and_raises_the_epoch_once(world: World) -> None:
    async with world.database.write() as transaction:
        await _give(transaction, world, "openid", "profile")
        for _ in range(2):
            grant = await client_grants.narrow_grant(
                transaction, world.customer, world.partner, {"profile"}
            )
    assert grant is not None
    assert (set(grant.scopes), grant.epoch) == ({"openid"}, 1)

"""Withdrawal against issuance: what starts later is narrower, what overlapped is dead (C-07)."""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass

import pytest

from ciam.consent import client_grants
from ciam.consent.release import release
from ciam.storage.stores.client_grants import ClientGrant, ClientGrantStore
from tests.consent.conftest import World

ISSUERS = 8
ROUNDS = 6


@dataclass(frozen=True)
class Issued:
    """What one issuance gave, and whether it began after the withdrawal was answered."""

    began_after: bool
    epoch: int
    scopes: frozenset[str]
    claims: frozenset[str]


async def _race(world: World) -> tuple[list[Issued], int]:
    """Issue in parallel while a purpose is withdrawn; give what was issued and the last epoch."""
    await world.answer("partner-offers", agrees=True)
    async with world.database.write() as transaction:
        await client_grants.give_grant(
            transaction,
            world.customer,
            world.partner,
            {"openid", "email", "purchases"},
            screen=world.screen(),
        )
    begun, answered = asyncio.Event(), asyncio.Event()
    issued: list[Issued] = []

    async def issue() -> None:
        for _ in range(ROUNDS):
            began_after = answered.is_set()
            async with world.database.write() as transaction:
                grant = await client_grants.lock_grant(
                    transaction, world.customer, world.partner.id
                )
                assert grant is not None
                claims = await release(
                    transaction,
                    customer=world.customer,
                    client=world.partner,
                    scopes=frozenset({"openid", "email"}),
                    claims=None,
                    channel=f"id_token-{len(issued)}",
                )
            issued.append(Issued(began_after, grant.epoch, grant.scopes, frozenset(claims)))
            if len(issued) >= ISSUERS:
                begun.set()

    async def withdraw() -> None:
        await begun.wait()
        await world.answer("partner-offers", agrees=False)
        answered.set()

    await asyncio.wait_for(
        asyncio.gather(withdraw(), *(issue() for _ in range(ISSUERS))), timeout=60
    )
    async with world.database.read() as transaction:
        grant = await client_grants.find_grant(transaction, world.customer, world.partner.id)
    assert grant is not None
    return issued, grant.epoch


def _violations(issued: Iterable[Issued], epoch: int) -> list[Issued]:
    """Give issuances that carry what was withdrawn and would still be taken."""
    return [
        item
        for item in issued
        if ("email" in item.claims or "purchases" in item.scopes)
        and (item.began_after or item.epoch >= epoch)
    ]


async def test_nothing_issued_around_a_withdrawal_outlives_it(world: World) -> None:
    issued, epoch = await _race(world)
    assert any("email" in item.claims for item in issued)
    assert any(item.began_after for item in issued)
    assert _violations(issued, epoch) == []
    print(f"C-07, withdrawal x issuance, n={len(issued)}, failures=0")


async def test_the_race_catches_a_withdrawal_that_forgets_the_epoch(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = ClientGrantStore.set_scopes

    async def without_epoch(
        self: ClientGrantStore, grant: ClientGrant, scopes: Iterable[str], *, narrower: bool
    ) -> ClientGrant:
        return await real(self, grant, scopes, narrower=narrower and False)

    monkeypatch.setattr(ClientGrantStore, "set_scopes", without_epoch)
    assert _violations(*await _race(world))

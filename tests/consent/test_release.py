"""Release: what leaves is what was asked, granted, still allowed, and written to the ledger."""

from typing import Any

import pytest

from ciam.consent import client_grants
from ciam.consent.purposes import find_purpose, put_purpose
from ciam.consent.release import (
    decide_release,
    flush_ledger,
    note_release,
    release,
    release_reading,
)
from ciam.storage.stores.clients import Client
from tests.consent.conftest import World
from tests.consent.documents import sharing

ALL = frozenset({"openid", "profile", "email", "phone", "address", "consents"})


async def _allow(world: World, client: Client, *scopes: str) -> None:
    async with world.database.write() as transaction:
        await client_grants.give_grant(
            transaction, world.customer, client, scopes, screen=world.screen()
        )


async def _release(
    world: World,
    client: Client,
    *scopes: str,
    claims: dict[str, Any] | None = None,
    channel: str = "userinfo",
) -> dict[str, Any]:
    async with world.database.write() as transaction:
        return await release(
            transaction,
            customer=world.customer,
            client=client,
            scopes=frozenset(scopes),
            claims=claims,
            channel=channel,
        )


async def test_nothing_leaves_without_a_grant(world: World) -> None:
    assert await _release(world, world.shop, *ALL, claims={"email": None}) == {}


async def test_the_number_leaves_by_its_scope_alone_and_says_whether_it_is_proven(
    world: World,
) -> None:
    async with world.database.write() as transaction:
        await transaction.identifiers.add(
            world.customer, "phone", "+819012345678", source="account",
            verified_at=world.clock.now(), login="+819012345678",
        )  # fmt: skip
    await _allow(world, world.shop, "openid", "email")
    assert "phone_number" not in await _release(world, world.shop, *ALL)
    await _allow(world, world.shop, "openid", "phone")
    assert await _release(world, world.shop, "openid", "phone") == {
        "phone_number": "+819012345678",
        "phone_number_verified": True,
    }


async def test_exactly_the_claims_of_the_scopes_leave(world: World) -> None:
    await _allow(world, world.shop, "openid", "profile", "email")
    released = await _release(world, world.shop, *ALL)
    updated = released.pop("updated_at")
    assert updated == int(world.clock.now().timestamp())
    assert released == {
        "name": "見本 花子",
        "family_name": "見本",
        "given_name": "花子",
        "name#ja-Kana-JP": "ミホン ハナコ",
        "family_name#ja-Kana-JP": "ミホン",
        "given_name#ja-Kana-JP": "ハナコ",
        "locale": "ja",
        "email": "hanako@example.jp",
        "email_verified": True,
    }


@pytest.mark.parametrize(
    ("allowed", "asked", "claims", "expected"),
    [
        ({"email"}, {"profile"}, None, set()),
        ({"email", "profile"}, {"email"}, None, {"email", "email_verified"}),
        ({"email"}, set(), {"email": None}, {"email"}),
        ({"profile"}, set(), {"email": {"essential": True}}, set()),
        ({"profile"}, set(), {"family_name#ja-Kana-JP": None}, {"family_name#ja-Kana-JP"}),
        ({"profile"}, set(), {"family_name": None}, {"family_name"}),
        ({"profile"}, set(), {"password": None, "sub": None}, set()),
    ],
)
async def test_a_claim_needs_asking_and_granting(
    world: World,
    allowed: set[str],
    asked: set[str],
    claims: dict[str, Any] | None,
    expected: set[str],
) -> None:
    await _allow(world, world.shop, *allowed)
    assert set(await _release(world, world.shop, *asked, claims=claims)) == expected


async def test_a_claim_that_rests_on_a_purpose_leaves_only_while_it_is_given(world: World) -> None:
    await _allow(world, world.partner, "openid", "profile", "email")
    assert "email" not in await _release(world, world.partner, "email", "profile")
    await world.answer("partner-offers", agrees=True)
    assert "email" in await _release(world, world.partner, "email", "profile")
    await world.answer("partner-offers", agrees=False)
    assert "email" not in await _release(world, world.partner, "email", claims={"email": None})


async def test_a_purpose_governs_only_its_recipients(world: World) -> None:
    await _allow(world, world.shop, "email")
    assert "email" in await _release(world, world.shop, "email")


async def test_a_new_recipient_or_retention_stops_release_until_people_agree_again(
    world: World,
) -> None:
    await _allow(world, world.partner, "email")
    await world.answer("partner-offers", agrees=True)
    async with world.database.write() as transaction:
        await put_purpose(transaction, sharing(retention_days=730))
    assert await _release(world, world.partner, "email") == {}
    await world.answer("partner-offers", agrees=True)
    assert set(await _release(world, world.partner, "email")) == {"email", "email_verified"}


async def test_a_full_name_does_not_leave_when_a_part_may_not(world: World) -> None:
    async with world.database.write() as transaction:
        await put_purpose(transaction, sharing(attributes=["family_name"]))
    await _allow(world, world.partner, "profile")
    released = await _release(world, world.partner, "profile")
    assert {"given_name", "locale"} <= set(released)
    assert not {claim for claim in released if claim.startswith(("name", "family_name"))}


async def test_the_scope_consents_tells_a_recipient_what_concerns_it(world: World) -> None:
    await _allow(world, world.partner, "consents")
    await _allow(world, world.shop, "consents")
    await world.answer("newsletter", agrees=True)
    await world.answer("partner-offers", agrees=False)
    since = world.clock.now().isoformat()
    refused = {"purpose": "partner-offers", "state": "refused", "since": since}
    given = {"purpose": "newsletter", "state": "given", "since": since}
    assert await _release(world, world.partner, "consents") == {"consents": [refused]}
    assert await _release(world, world.shop, "consents") == {"consents": [given, refused]}


async def test_every_release_stands_in_the_ledger_with_its_basis(world: World) -> None:
    await _allow(world, world.partner, "profile", "email")
    [receipt] = await world.answer("partner-offers", agrees=True)
    await _release(world, world.partner, "profile", "email")
    async with world.database.read() as transaction:
        rows = await transaction.disclosures.list_for(world.customer)
        grants = [
            item
            for item in await transaction.receipts.list_for(world.customer)
            if item.subject_kind == "client"
        ]
    assert {(row.items, row.basis) for row in rows} >= {(("email", "email_verified"), receipt.id)}
    assert {row.basis for row in rows} == {receipt.id, grants[0].id}
    assert {row.channel for row in rows} == {"userinfo"}


async def test_repeats_are_counted_and_written_in_batches(world: World) -> None:
    await _allow(world, world.shop, "email")
    for _ in range(10):
        await _release(world, world.shop, "email")

    async def count() -> int:
        async with world.database.read() as transaction:
            [row] = await transaction.disclosures.list_for(world.customer)
            return row.count

    assert await count() == 2
    assert await flush_ledger(world.database) == 1
    assert await count() == 10
    assert await flush_ledger(world.database) == 0


async def test_a_first_release_rolled_back_is_first_again(world: World) -> None:
    await _allow(world, world.shop, "email")
    with pytest.raises(RuntimeError):
        async with world.database.write() as transaction:
            for _ in range(3):
                released = await decide_release(
                    transaction,
                    customer=world.customer,
                    client=world.shop,
                    scopes=frozenset({"email"}),
                    claims=None,
                    channel="userinfo",
                )
                await note_release(transaction, released)
            raise RuntimeError
    await _release(world, world.shop, "email")
    async with world.database.read() as transaction:
        assert len(await transaction.disclosures.list_for(world.customer)) == 1


async def test_a_reading_release_writes_only_the_first_time(world: World) -> None:
    await _allow(world, world.shop, "email")
    for expected in (1, 2, 2, 2):
        released = await release_reading(
            world.database,
            customer=world.customer,
            client=world.shop,
            scopes=frozenset({"email"}),
            claims=None,
            channel="api",
        )
        assert set(released) == {"email", "email_verified"}
        async with world.database.read() as transaction:
            [row] = await transaction.disclosures.list_for(world.customer)
        assert row.count == expected
    await flush_ledger(world.database)
    async with world.database.read() as transaction:
        [row] = await transaction.disclosures.list_for(world.customer)
    assert row.count == 4


async def test_a_release_on_new_consent_is_a_new_row(world: World) -> None:
    await _allow(world, world.partner, "email")
    for agrees in (True, False, True):
        await world.answer("partner-offers", agrees=agrees)
        for _ in range(2):
            await _release(world, world.partner, "email")
    async with world.database.read() as transaction:
        rows = await transaction.disclosures.list_for(world.customer)
    assert len({row.basis for row in rows}) == len(rows) == 2


async def test_another_lawful_basis_releases_without_asking(world: World) -> None:
    async with world.database.write() as transaction:
        await put_purpose(transaction, sharing(lawful_basis="contract"))
        purpose = await find_purpose(transaction, "partner-offers")
    assert purpose is not None
    assert not purpose.needs_consent
    await _allow(world, world.partner, "email")
    assert "email" in await _release(world, world.partner, "email")

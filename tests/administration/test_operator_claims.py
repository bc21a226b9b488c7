"""What may be used once, on both databases: an invitation, a code, the last owner."""

import asyncio
from datetime import timedelta
from uuid import UUID

from ciam.storage import Database

LOOKUP = "jiro@example.jp"


async def _add(database: Database, email: str = LOOKUP) -> UUID:
    async with database.write() as transaction:
        added = await transaction.operators.put(
            name="Jiro", email=email, lookup=email, roles=["owner"], password="x", seed="A" * 32,
            used_step=1,
        )  # fmt: skip
    assert added is not None
    return added


async def test_a_code_counts_once_however_often_it_is_sent_at_once(database: Database) -> None:
    operator = await _add(database)

    async def use() -> bool:
        async with database.write() as transaction:
            return await transaction.operators.use_step(operator, 7)

    assert sorted(await asyncio.gather(*(use() for _ in range(8)))) == [False] * 7 + [True]
    async with database.write() as transaction:
        assert not await transaction.operators.use_step(operator, 6)
        assert await transaction.operators.use_step(operator, 8)


async def test_an_invitation_is_used_once_however_often_at_once(database: Database) -> None:
    async with database.write() as transaction:
        await transaction.operators.invite(
            link="ciam_ln_x", email=LOOKUP, lookup=LOOKUP, seed="A" * 32, roles=["owner"],
            invited_by="cli:test", expires_at=database.clock.now() + timedelta(hours=1),
        )  # fmt: skip
        found = await transaction.operators.find_invitation("ciam_ln_x")
    assert found is not None
    assert found.email == LOOKUP
    invitation = found.id

    async def use() -> bool:
        async with database.write() as transaction:
            return await transaction.operators.use_invitation(invitation)

    assert sorted(await asyncio.gather(*(use() for _ in range(8)))) == [False] * 7 + [True]


async def test_a_disabled_operator_uses_no_code_and_joins_no_more(database: Database) -> None:
    operator = await _add(database)
    async with database.write() as transaction:
        assert await transaction.operators.set_state(operator, "disabled", was="active")
        assert not await transaction.operators.use_step(operator, 9)
        again = await transaction.operators.put(
            name="J", email=LOOKUP, lookup=LOOKUP, roles=[], password="y", seed="B", used_step=1
        )
    assert again is None


async def test_neither_name_nor_address_nor_seed_is_readable(database: Database) -> None:
    await _add(database, "canary@example.jp")
    async with database.read() as transaction:
        rows = await transaction.connection.exec_driver_sql("SELECT * FROM operator")
        text = str([dict(row) for row in rows.mappings()])
    assert "canary" not in text
    assert "Jiro" not in text
    assert "A" * 32 not in text

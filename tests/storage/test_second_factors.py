"""C-08 and C-09: of all that claim one step or one code at once, exactly one succeeds."""

import asyncio
from uuid import UUID

import pytest

from ciam.customers.customer import create_customer
from ciam.storage import Database
from ciam.storage.stores.authenticators import TOTP

_CLAIMS = 20


@pytest.fixture
async def customer(database: Database) -> UUID:
    """Give a customer with an app and two recovery codes."""
    async with database.write() as transaction:
        made = await create_customer(
            transaction,
            email="taro@example.jp",
            email_verified_at=database.clock.now(),
            password_hash=None,
            attributes={},
            language="en",
            source="sign_up",
        )
        await transaction.authenticators.add(made.id, TOTP, secret=b"a seed of the tests")
        await transaction.recovery_codes.replace_all(made.id, ["one", "two"])
    return made.id


async def _use_step(database: Database, customer: UUID, step: int) -> bool:
    async with database.write() as transaction:
        app = await transaction.authenticators.find_one(customer, TOTP)
        assert app is not None
        return await transaction.authenticators.use_step(app.id, step)


async def _use_code(database: Database, customer: UUID, code: str) -> bool:
    async with database.write() as transaction:
        return await transaction.recovery_codes.use(customer, code)


async def test_a_step_is_used_once_and_never_goes_back(database: Database, customer: UUID) -> None:
    claims = [_use_step(database, customer, 7) for _ in range(_CLAIMS)]
    assert sum(await asyncio.gather(*claims)) == 1
    assert not await _use_step(database, customer, 6)
    assert await _use_step(database, customer, 8)


async def test_a_recovery_code_is_used_once(database: Database, customer: UUID) -> None:
    claims = [_use_code(database, customer, "one") for _ in range(_CLAIMS)]
    assert sum(await asyncio.gather(*claims)) == 1
    assert await _use_code(database, customer, "two")
    async with database.read() as transaction:
        assert await transaction.recovery_codes.count_left(customer) == 0


async def test_a_customer_has_one_app(database: Database, customer: UUID) -> None:
    async with database.write() as transaction:
        assert await transaction.authenticators.add(customer, TOTP, secret=b"another") is None

"""Trusted devices: for each customer apart, counted in days, dead with a credential event."""

from datetime import timedelta

import pytest

from ciam.customers.credentials import end_access
from ciam.sessions.trusted_devices import (
    find_trust,
    forget_all,
    forget_device,
    list_trusted,
    trust_device,
)
from ciam.storage import Database
from ciam.storage.stores.customers import Customer
from tests.customers.people import make_customer
from tests.parts.clock import FakeClock


async def _trust(database: Database, customer: Customer, cookie: str | None, secret: str) -> str:
    async with database.write() as transaction:
        holder = await transaction.customers.lock(customer.id)
        assert holder is not None
        made = await trust_device(transaction, holder, cookie, secret=secret, user_agent="x")
        assert made is not None
        return made


async def _is_trusted(database: Database, customer: Customer, cookie: str | None) -> bool:
    async with database.read() as transaction:
        return await find_trust(transaction, customer.id, cookie) is not None


async def test_it_counts_for_who_trusted_it_and_nobody_else(database: Database) -> None:
    one, other = await make_customer(database), await make_customer(database, "b@example.jp")
    cookie = await _trust(database, one, None, "secret of one")
    assert await _is_trusted(database, one, cookie)
    assert not await _is_trusted(database, other, cookie)
    for bad in (None, "", ".", "secret of two", "x" * 5000, "a.b.c.d.e." + cookie):
        assert not await _is_trusted(database, one, bad), bad


async def test_a_family_shares_a_browser(database: Database) -> None:
    people = [await make_customer(database, f"p{number}@example.jp") for number in range(3)]
    cookie = None
    for number, person in enumerate(people):
        cookie = await _trust(database, person, cookie, f"secret {number}")
    assert [await _is_trusted(database, person, cookie) for person in people] == [True] * 3


async def test_trusted_again_it_has_one_row_and_a_new_secret(database: Database) -> None:
    customer = await make_customer(database)
    first = await _trust(database, customer, None, "first")
    second = await _trust(database, customer, first, "second")
    assert not await _is_trusted(database, customer, first)
    assert await _is_trusted(database, customer, second)
    async with database.read() as transaction:
        assert len(await list_trusted(transaction, customer.id)) == 1


async def test_it_ends_after_its_days(database: Database, clock: FakeClock) -> None:
    customer = await make_customer(database)
    cookie = await _trust(database, customer, None, "secret")
    clock.advance(timedelta(days=30) - timedelta(seconds=1))
    assert await _is_trusted(database, customer, cookie)
    clock.advance(timedelta(seconds=1))
    assert not await _is_trusted(database, customer, cookie)


async def test_a_credential_event_ends_it_in_the_same_commit(database: Database) -> None:
    customer = await make_customer(database)
    cookie = await _trust(database, customer, None, "secret")
    with pytest.raises(RuntimeError):
        async with database.write() as transaction:
            await end_access(transaction, customer.id, reason="a test")
            raise RuntimeError
    assert await _is_trusted(database, customer, cookie)
    async with database.write() as transaction:
        await end_access(transaction, customer.id, reason="a test")
    assert not await _is_trusted(database, customer, cookie)


async def test_a_risen_epoch_alone_ends_it(database: Database) -> None:
    customer = await make_customer(database)
    cookie = await _trust(database, customer, None, "secret")
    async with database.write() as transaction:
        await transaction.customers.raise_credential_epoch(customer.id)
    assert not await _is_trusted(database, customer, cookie)
    async with database.read() as transaction:
        assert await list_trusted(transaction, customer.id) == []


async def test_it_is_forgotten_once_and_only_by_its_owner(database: Database) -> None:
    one, other = await make_customer(database), await make_customer(database, "b@example.jp")
    cookie = await _trust(database, one, None, "secret")
    async with database.write() as transaction:
        (device,) = await list_trusted(transaction, one.id)
        assert not await forget_device(transaction, other.id, device.id)
        assert await forget_device(transaction, one.id, device.id)
        assert not await forget_device(transaction, one.id, device.id)
        assert await forget_all(transaction, one.id) == 0
    assert not await _is_trusted(database, one, cookie)


async def test_nothing_in_the_database_opens_anything(database: Database) -> None:
    customer = await make_customer(database)
    await _trust(database, customer, None, "a secret of the browser")
    async with database.read() as transaction:
        (device,) = await transaction.trusted_devices.list_for(customer.id)
        assert "a secret of the browser" not in repr(device)
        assert await transaction.trusted_devices.find(customer.id, [device.id.hex]) is None

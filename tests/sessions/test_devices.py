"""Known devices: for each customer apart, renewed at each sign-in, forgotten when they must."""

from datetime import timedelta

from ciam.sessions.devices import LIFETIME, find_device, remember_device
from ciam.storage import Database
from ciam.storage.stores.customers import Customer
from tests.customers.people import make_customer
from tests.parts.clock import FakeClock


async def _remember(database: Database, customer: Customer, cookie: str | None) -> str:
    async with database.write() as transaction:
        known = await find_device(transaction, customer.id, cookie)
        return await remember_device(transaction, customer.id, cookie, known=known)


async def _is_known(database: Database, customer: Customer, cookie: str | None) -> bool:
    async with database.read() as transaction:
        return await find_device(transaction, customer.id, cookie) is not None


async def test_a_device_is_known_for_who_signed_in_on_it(database: Database) -> None:
    one, other = await make_customer(database), await make_customer(database, "b@example.jp")
    cookie = await _remember(database, one, None)
    assert await _is_known(database, one, cookie)
    assert not await _is_known(database, other, cookie)
    assert not await _is_known(database, one, None)


async def test_a_family_shares_a_browser(database: Database) -> None:
    people = [await make_customer(database, f"p{number}@example.jp") for number in range(6)]
    cookie = None
    for person in people:
        cookie = await _remember(database, person, cookie)
    assert [await _is_known(database, person, cookie) for person in people] == [False] + [True] * 5


async def test_each_sign_in_renews_it(database: Database) -> None:
    customer = await make_customer(database)
    old = await _remember(database, customer, None)
    new = await _remember(database, customer, old)
    assert new != old
    assert "." not in new
    assert not await _is_known(database, customer, old)
    assert await _is_known(database, customer, new)


async def test_it_is_forgotten_after_a_year_and_by_a_credential_event(
    database: Database, clock: FakeClock
) -> None:
    customer = await make_customer(database)
    cookie = await _remember(database, customer, None)
    clock.advance(LIFETIME - timedelta(days=1))
    assert await _is_known(database, customer, cookie)
    clock.advance(timedelta(days=1))
    assert not await _is_known(database, customer, cookie)
    cookie = await _remember(database, customer, cookie)
    async with database.write() as transaction:
        await transaction.known_devices.revoke_all(customer.id)
    assert not await _is_known(database, customer, cookie)

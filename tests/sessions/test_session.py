"""Sessions: a new secret after each sign-in, idle and absolute ends, tokens that end with them."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from ciam.authentication.context import BrowserContext
from ciam.sessions.session import (
    ACR_ONE,
    end_session,
    find_session,
    flush_seen,
    start_session,
)
from ciam.storage import Database
from ciam.storage.stores.customers import ACTIVE, DISABLED, Customer
from ciam.storage.stores.sessions import Session
from ciam.storage.tables.audit import audit_event
from ciam.storage.tables.sessions import customer_session
from tests.customers.people import make_customer
from tests.parts.clock import FakeClock

BROWSER = BrowserContext(b"browser", "192.0.2.7", "a browser", "en")


async def _start(
    database: Database, customer: Customer, browser: BrowserContext = BROWSER
) -> tuple[str, Session]:
    async with database.write() as transaction:
        return await start_session(
            transaction, customer.id, acr=ACR_ONE, amr=("pwd",), context=browser
        )


async def _find(database: Database, secret: str) -> Session | None:
    async with database.read() as transaction:
        return await find_session(transaction, secret)


async def test_a_session_is_found_by_its_secret_which_is_not_stored(database: Database) -> None:
    customer = await make_customer(database)
    secret, session = await _start(database, customer)
    found = await _find(database, secret)
    assert found is not None
    assert found.id == session.id
    assert found.customer == customer.id
    assert await _find(database, secret + "x") is None
    async with database.read() as transaction:
        row = (await transaction.connection.execute(select(customer_session))).one()
    assert secret.encode() not in b"".join(part for part in row if isinstance(part, bytes))
    assert b"192.0.2.7" not in row.sealed_context


async def test_it_ends_after_its_lifetime_however_used(
    database: Database, clock: FakeClock
) -> None:
    secret, _ = await _start(database, await make_customer(database))
    for _ in range(5):
        clock.advance(timedelta(days=5, hours=23))
        assert await _find(database, secret) is not None
        await flush_seen(database)
    clock.advance(timedelta(hours=6))
    assert await _find(database, secret) is None


async def test_it_ends_when_it_is_not_used(database: Database, clock: FakeClock) -> None:
    secret, _ = await _start(database, await make_customer(database))
    clock.advance(timedelta(days=6))
    assert await _find(database, secret) is not None
    assert await flush_seen(database) == 1
    assert await flush_seen(database) == 0
    clock.advance(timedelta(days=6))
    assert await _find(database, secret) is not None
    clock.advance(timedelta(days=2))
    assert await _find(database, secret) is None, "the last use was not written and is forgotten"


@pytest.mark.parametrize("state", [DISABLED, "merged"])
async def test_a_customer_who_is_not_active_has_none(database: Database, state: str) -> None:
    customer = await make_customer(database)
    secret, _ = await _start(database, customer)
    async with database.write() as transaction:
        await transaction.customers.set_state(customer.id, state, was=ACTIVE)
    assert await _find(database, secret) is None


async def test_signing_in_again_gives_a_new_secret_and_the_old_is_dead(database: Database) -> None:
    customer = await make_customer(database)
    old, before = await _start(database, customer)
    new, after = await _start(database, customer, replace(BROWSER, session=old))
    assert new != old
    assert await _find(database, old) is None
    assert (await _find(database, new)) is not None
    assert after.id == before.id, "what hangs on the session of the same customer goes on"


async def test_another_customer_in_the_same_browser_ends_the_session_before(
    database: Database,
) -> None:
    old, before = await _start(database, await make_customer(database))
    other = await make_customer(database, "hanako@example.jp")
    new, after = await _start(database, other, replace(BROWSER, session=old))
    assert await _find(database, old) is None
    assert await _find(database, new) is not None
    assert after.id != before.id
    async with database.read() as transaction:
        ended = await transaction.connection.scalar(
            select(customer_session.c.end_reason).where(customer_session.c.id == before.id)
        )
    assert ended == "replaced"


async def test_a_session_that_ran_out_is_not_renewed(database: Database, clock: FakeClock) -> None:
    customer = await make_customer(database)
    old, before = await _start(database, customer)
    clock.advance(timedelta(days=31))
    _new, after = await _start(database, customer, replace(BROWSER, session=old))
    assert after.id != before.id


async def test_an_end_is_written_once_with_its_event(database: Database) -> None:
    secret, session = await _start(database, await make_customer(database))
    async with database.write() as transaction:
        assert await end_session(transaction, session, "signed_out")
        assert not await end_session(transaction, session, "signed_out")
        kinds = await transaction.connection.scalars(
            select(audit_event.c.kind).where(audit_event.c.kind == "session.ended")
        )
        assert len(list(kinds)) == 1
    assert await _find(database, secret) is None


async def test_notes_that_could_not_be_written_are_kept(
    database: Database, clock: FakeClock
) -> None:
    secret, session = await _start(database, await make_customer(database))
    clock.advance(timedelta(hours=1))
    await _find(database, secret)
    seen = database.seen_sessions.take()
    database.seen_sessions.put_back(seen)
    assert await flush_seen(database) == 1
    async with database.write() as transaction:
        await transaction.connection.execute(
            update(customer_session)
            .where(customer_session.c.id == session.id)
            .values(last_seen_at=clock.now() + timedelta(hours=1))
        )
    database.seen_sessions.put_back(seen)
    await flush_seen(database)
    found = await _find(database, secret)
    assert found is not None
    assert found.last_seen_at == clock.now() + timedelta(hours=1), "a later note stays"

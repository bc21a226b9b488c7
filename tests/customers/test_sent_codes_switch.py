"""Codes that are sent as a second step: on once, off once, never by a session that has ended."""

from datetime import timedelta
from uuid import UUID

from ciam.customers.second_factors import switch_sent_codes_off, switch_sent_codes_on
from ciam.storage import Database
from ciam.storage.stores.sessions import Session
from tests.customers.people import make_customer

METHOD = "email_code"


async def _session(database: Database, customer: UUID, secret: str) -> Session:
    async with database.write() as transaction:
        return await transaction.sessions.start(
            customer, secret, acr="urn:ciam:acr:1", amr=("pwd",),
            expires_at=database.clock.now() + timedelta(days=1),
            address="192.0.2.1", user_agent="a browser of the tests",
        )  # fmt: skip


async def _state(database: Database, customer: UUID) -> tuple[bool, int]:
    async with database.read() as transaction:
        switched = await transaction.authenticators.find_one(customer, METHOD)
        return switched is not None, len(await transaction.sessions.list_for(customer))


async def test_both_ends_are_credential_events_and_happen_once(database: Database) -> None:
    customer = (await make_customer(database)).id
    here = await _session(database, customer, "here")
    epochs: list[int] = []
    for switch in (switch_sent_codes_on, switch_sent_codes_off):
        for _twice in range(2):
            await _session(database, customer, f"elsewhere {len(epochs)}")
            async with database.write() as transaction:
                await switch(transaction, customer, METHOD, keep_session=here.id)
                found = await transaction.customers.find(customer)
            assert found is not None
            epochs.append(found.credential_epoch)
            is_on, _sessions = await _state(database, customer)
            assert is_on is (switch is switch_sent_codes_on)
    assert epochs == [epochs[0], epochs[0], epochs[0] + 1, epochs[0] + 1], "the second did nothing"


async def test_a_session_that_has_ended_switches_nothing(database: Database) -> None:
    customer = (await make_customer(database)).id
    gone = await _session(database, customer, "gone")
    async with database.write() as transaction:
        await transaction.sessions.end(gone.id, "test")
        await switch_sent_codes_on(transaction, customer, METHOD, keep_session=gone.id)
    assert (await _state(database, customer))[0] is False
    here = await _session(database, customer, "here")
    async with database.write() as transaction:
        await switch_sent_codes_on(transaction, customer, METHOD, keep_session=here.id)
        await transaction.sessions.end(here.id, "test")
        await switch_sent_codes_off(transaction, customer, METHOD, keep_session=here.id)
    assert (await _state(database, customer))[0] is True

"""The checker of crashes: it finds each kind of orphan, and nothing where all is well (R-03)."""

from sqlalchemy import delete

from ciam.audit.events import EventKind
from ciam.audit.reconcile import find_orphans
from ciam.audit.trail import Actor, record
from ciam.identifiers import new_id
from ciam.messaging.messages import PasswordChanged
from ciam.messaging.outgoing import send
from ciam.storage import Database, UnitOfWork
from ciam.storage.tables.audit import audit_event
from ciam.storage.tables.keys import customer_key
from ciam.storage.tables.outbox import outbox, outbox_cause
from tests.customers.people import make_customer


async def _tell(transaction: UnitOfWork) -> None:
    event = await record(transaction, EventKind.PASSWORD_CHANGED, actor=Actor.server())
    message = PasswordChanged(transaction.clock.now())
    await send(transaction, message, to="hanako@example.jp", language="ja", cause=event)


async def test_what_one_commit_wrote_has_no_orphans(database: Database) -> None:
    await make_customer(database)
    async with database.write() as transaction:
        await _tell(transaction)
    assert await find_orphans(database) == []


async def test_a_job_without_its_event_is_found(database: Database) -> None:
    async with database.write() as transaction:
        await transaction.outbox.put("send_mail", {}, cause=new_id())
    (orphan,) = await find_orphans(database)
    assert "has no event" in orphan


async def test_an_event_without_its_job_is_found(database: Database) -> None:
    async with database.write() as transaction:
        await _tell(transaction)
        await transaction.connection.execute(delete(outbox_cause))
        await transaction.connection.execute(delete(outbox))
    (orphan,) = await find_orphans(database)
    assert "(password.changed) has no job" in orphan


async def test_a_customer_without_an_event_is_found_and_the_other_way_round(
    database: Database,
) -> None:
    customer = await make_customer(database)
    async with database.write() as transaction:
        await transaction.connection.execute(
            delete(audit_event).where(audit_event.c.kind == "customer.created")
        )
    assert await find_orphans(database) == [
        f"the customer {customer.id} has 0 events of being created"
    ]
    async with database.write() as transaction:
        for _ in range(2):
            await record(
                transaction,
                EventKind.CUSTOMER_CREATED,
                actor=Actor.server(),
                customer=customer.id,
            )
        lost = new_id()
        await transaction.customer_keys.create(lost)
        await record(transaction, EventKind.CUSTOMER_CREATED, actor=Actor.server(), customer=lost)
    assert await find_orphans(database) == [
        f"the customer {customer.id} has 2 events of being created",
        "1 events of a creation without a customer, 0 were erased",
    ]


async def test_a_customer_without_a_key_is_found_and_an_erased_one_is_none(
    database: Database,
) -> None:
    erased = await make_customer(database, "erased@example.jp")
    async with database.write() as transaction:
        await transaction.customer_keys.destroy(erased.id)
    assert await find_orphans(database) == []
    async with database.write() as transaction:
        await transaction.connection.execute(delete(customer_key))
    orphans = await find_orphans(database)
    assert f"the customer {erased.id} has no key" in orphans


async def test_a_receipt_and_its_event_need_each_other(database: Database) -> None:
    named = new_id()
    async with database.write() as transaction:
        await record(transaction, EventKind.PURPOSE_GIVEN, actor=Actor.server(), receipt=str(named))
    assert await find_orphans(database) == [
        f"an event names the receipt {named}, which is not there"
    ]

"""The trail: an event is kept exactly when its act is, and names nobody."""

from datetime import timedelta
from uuid import UUID

import pytest

from ciam.audit.events import RETENTION, EventKind, class_of
from ciam.audit.late_events import LateEvents
from ciam.audit.trail import Actor, pseudonym_of, record
from ciam.errors import Refusal, Unavailable
from ciam.identifiers import new_id, new_secret
from ciam.storage import Database
from ciam.storage.stores.audit_events import AuditEvent
from ciam.storage.stores.customer_keys import CustomerKeyDestroyed
from tests.parts.clock import FakeClock


async def _new_customer(database: Database) -> UUID:
    customer = new_id()
    async with database.write() as transaction:
        await transaction.customer_keys.create(customer)
    return customer


async def _pending(database: Database) -> list[AuditEvent]:
    async with database.read() as transaction:
        return await transaction.audit_events.list_pending(1000)


async def test_an_event_comes_back_as_it_was_written(database: Database, clock: FakeClock) -> None:
    clock.advance(timedelta(microseconds=123_457))
    async with database.write() as transaction:
        written = await record(
            transaction,
            EventKind.TOKEN_ISSUED,
            actor=Actor.client("shop"),
            client="shop",
            scopes=["openid", "profile"],
            count=3,
            first=True,
            note="日本語",
        )
    (event,) = await _pending(database)
    assert (event.id, event.kind, event.occurred_at) == (written, "token.issued", clock.now())
    assert event.details == {
        "scopes": ["openid", "profile"],
        "count": 3,
        "first": True,
        "note": "日本語",
    }
    async with database.read() as transaction:
        assert transaction.audit_events.is_ours(event) is True
        assert await transaction.audit_events.find(written) == event


async def test_an_event_is_rolled_back_with_its_act(database: Database) -> None:
    with pytest.raises(Refusal):
        async with database.write() as transaction:
            await record(transaction, EventKind.SIGN_IN_SUCCEEDED, actor=Actor.anyone())
            raise Refusal("declined")
    assert await _pending(database) == []


async def test_a_customer_is_named_by_a_pseudonym_that_dies_with_the_key(
    database: Database,
) -> None:
    customer, other = await _new_customer(database), await _new_customer(database)
    async with database.write() as transaction:
        for one in (customer, customer, other):
            await record(
                transaction, EventKind.PROFILE_CHANGED, actor=Actor.customer(one), customer=one
            )
    first, second, third = sorted(await _pending(database), key=lambda event: event.id)
    assert first.customer == second.customer == first.actor != third.customer
    assert customer.hex not in str(first)
    assert str(customer) not in str(first)
    async with database.read() as transaction:
        assert await pseudonym_of(transaction, customer) == first.customer
        mine = await transaction.audit_events.list_for_customer(str(first.customer))
        assert {event.id for event in mine} == {first.id, second.id}
    async with database.write() as transaction:
        await transaction.customer_keys.destroy(customer)
    async with database.read() as transaction:
        with pytest.raises(CustomerKeyDestroyed):
            await pseudonym_of(transaction, customer)


async def test_secrets_and_addresses_never_reach_the_log(database: Database) -> None:
    async with database.write() as transaction:
        await record(
            transaction,
            EventKind.CUSTOMER_DISABLED,
            actor=Actor.server(),
            reason="asked by hanako@example.jp",
            seen=["ok", new_secret("rt")],
        )
    (event,) = await _pending(database)
    assert event.details == {"reason": "asked by [redacted]", "seen": ["ok", "[redacted]"]}


async def test_a_row_written_by_hand_is_not_ours(database: Database) -> None:
    async with database.write() as transaction:
        await record(transaction, EventKind.CONFIG_APPLIED, actor=Actor.operator("a"))
    (event,) = await _pending(database)
    forged = AuditEvent(
        **{field: getattr(event, field) for field in event.__slots__} | {"actor": "b"}
    )
    async with database.read() as transaction:
        assert transaction.audit_events.is_ours(event) is True
        assert transaction.audit_events.is_ours(forged) is False


async def test_late_events_wait_for_the_flush_of_their_own_database(database: Database) -> None:
    late = LateEvents()
    for index in range(1200):
        late.add(database, EventKind.TOKEN_ISSUED, "batch-client", number=index)
    assert await _pending(database) == []
    assert await late.flush(database) == 1200
    assert await late.flush(database) == 0
    async with database.read() as transaction:
        assert await transaction.audit_events.count_pending() == 1200


async def test_late_events_are_kept_when_they_cannot_be_written(database: Database) -> None:
    late = LateEvents()
    late.add(database, EventKind.TOKEN_ISSUED, "client")
    good, database.engines = database.engines, None  # type: ignore[assignment]  # the database is gone
    with pytest.raises(AttributeError):
        await late.flush(database)
    database.engines = good
    late.add(database, EventKind.TOKEN_ISSUED, "client")
    assert await late.flush(database) == 1
    (event,) = await _pending(database)
    assert event.details == {"count": 2}


async def test_late_events_that_say_the_same_are_one_with_their_count(database: Database) -> None:
    late = LateEvents()
    for scope in (["a"], ["a"], ["a", "b"], ["a"]):
        late.add(database, EventKind.TOKEN_ISSUED, "client", scope=scope)
    late.add(database, EventKind.TOKEN_ISSUED, "other", scope=["a"])
    assert await late.flush(database) == 3
    assert [(event.client, event.details) for event in await _pending(database)] == [
        ("client", {"scope": ["a"], "count": 3}),
        ("client", {"scope": ["a", "b"]}),
        ("other", {"scope": ["a"]}),
    ]


async def test_nothing_is_issued_when_events_pile_up(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ciam.audit.late_events._MOST_WAITING", 2)
    late = LateEvents()
    for number in range(2):
        late.add(database, EventKind.TOKEN_ISSUED, "client", number=number)
    with pytest.raises(Unavailable):
        late.add(database, EventKind.TOKEN_ISSUED, "client", number=2)


def test_every_kind_has_a_class_and_a_retention() -> None:
    for kind in EventKind:
        assert RETENTION[class_of(kind)] >= timedelta(days=365)
        assert kind.value.count(".") == 1
        assert len(kind.value) <= 64

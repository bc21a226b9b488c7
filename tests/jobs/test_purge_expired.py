"""The purge: every table with an end, whole token families, in small transactions."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Table, func, insert, select

from ciam.identifiers import new_id, new_opaque
from ciam.jobs import purge_expired as module
from ciam.jobs.purge_expired import DONE_KEPT, FAILED_KEPT, KEPT_AFTER_EXPIRY, purge_expired
from ciam.storage import Database, UnitOfWork
from ciam.storage.stores.expiry import CHANGES_KEPT, ExpiryStore
from ciam.storage.tables import metadata
from ciam.storage.tables.email_changes import email_change
from ciam.storage.tables.grants import (
    access_token,
    authorization,
    authorization_code,
    authorization_request,
    client_grant,
    refresh_token,
    single_use,
)
from ciam.storage.tables.journeys import journey, proof
from ciam.storage.tables.outbox import outbox, outbox_cause, schedule_claim
from ciam.storage.tables.phone_changes import phone_change
from ciam.storage.tables.protection import attempt_counter
from ciam.storage.tables.sessions import client_session, customer_session
from tests.consent.clients import put_client
from tests.customers.people import make_customer
from tests.parts.clock import FakeClock

TABLES = tuple(metadata.tables[name] for name in ExpiryStore.names)
CHANGES = (email_change, phone_change)
HOUR = timedelta(hours=1)


def test_every_table_with_an_end_is_purged() -> None:
    with_end = {table.name for table in metadata.tables.values() if "expires_at" in table.c}
    assert with_end <= set(ExpiryStore.names)


class _Rows:
    """Puts rows with an end into every table, all of one customer and one client."""

    def __init__(self, transaction: UnitOfWork, customer: UUID, client: UUID) -> None:
        self.transaction = transaction
        self.now = transaction.clock.now()
        self.customer, self.client = customer, client
        self.grant = new_id()

    async def put(self, table: Table, **values: Any) -> Any:  # noqa: ANN401 - the row's own key
        """Insert a row: what a column needs and the test does not name is made up."""
        for column in table.c:
            if column.name not in values and not column.nullable and not column.server_default:
                values[column.name] = self._make(column.name, str(column.type))
        await self.transaction.connection.execute(insert(table).values(**values))
        return values[next(iter(table.primary_key.columns)).name]

    def _make(self, name: str, kind: str) -> object:
        if name in {"customer", "client"}:
            return getattr(self, name)
        made: dict[str, object] = {
            "CHAR(32)": new_id(),
            "UUID": new_id(),
            "BLOB": new_opaque().encode(),
            "BYTEA": new_opaque().encode(),
            "INTEGER": 1,
            "BIGINT": 1,
            "BOOLEAN": False,
            "JSON": [],
        }
        if name.endswith(("_at", "_since")) or name == "window_start":
            return self.now
        return made.get(kind, new_opaque(6))

    async def put_one_of_each(self, ends: Any) -> None:  # noqa: ANN401 - an instant
        """Put a row that ends then into every table."""
        session = await self.put(customer_session, expires_at=ends)
        client_side = await self.put(client_session, session=session)
        family = await self.put(
            authorization, client_grant=self.grant, client_session=client_side, expires_at=ends
        )
        await self.put(authorization_code, authorization=family, expires_at=ends)
        await self.put(refresh_token, authorization=family, expires_at=ends)
        await self.put(access_token, authorization=family, expires_at=ends)
        await self.put(authorization_request, expires_at=ends)
        pending = await self.put(journey, expires_at=ends)
        await self.put(proof, journey=pending, expires_at=ends)
        named = {
            authorization, authorization_code, refresh_token, access_token, authorization_request,
            client_session, customer_session, journey, proof,
        }  # fmt: skip
        for table in TABLES:
            if table not in named:
                await self._put_by_itself(table, pending, ends)

    async def _put_by_itself(self, table: Table, pending: Any, ends: Any) -> None:  # noqa: ANN401 - a key, an instant
        """Put a row and whatever it has to point at."""
        targets: dict[str, Any] = {}
        for column in table.c:
            for key in () if column.nullable else column.foreign_keys:
                if key.column.table is journey:
                    targets[column.name] = pending
                elif column.name not in {"customer", "client"}:
                    targets[column.name] = await self.put(key.column.table)
        await self.put(table, expires_at=ends, **targets)


@pytest.fixture
async def people(database: Database) -> tuple[UUID, UUID]:
    """Give a customer and a client."""
    customer = await make_customer(database)
    async with database.write() as transaction:
        client = await put_client(transaction, "shop", recipient_kind="third_party")
    return customer.id, client.id


async def _rows(transaction: UnitOfWork, people: tuple[UUID, UUID]) -> _Rows:
    rows = _Rows(transaction, *people)
    existing = await transaction.connection.scalar(select(client_grant.c.id))
    rows.grant = existing or await rows.put(client_grant, id=rows.grant)
    return rows


async def _count(database: Database, *tables: Table) -> dict[str, int]:
    async with database.read() as transaction:
        return {
            table.name: await transaction.connection.scalar(select(func.count()).select_from(table))
            or 0
            for table in tables
        }


async def test_what_has_ended_goes_and_what_has_not_stays(
    database: Database, people: tuple[UUID, UUID], clock: FakeClock
) -> None:
    async with database.write() as transaction:
        rows = await _rows(transaction, people)
        await rows.put_one_of_each(clock.now() + HOUR)
        await rows.put_one_of_each(clock.now() + 9 * HOUR)
    assert await purge_expired(database) == 0
    clock.advance(HOUR + KEPT_AFTER_EXPIRY)
    assert await purge_expired(database) == 0
    clock.advance(timedelta(microseconds=1))
    await purge_expired(database)
    others = [table for table in TABLES if table not in CHANGES]
    assert set((await _count(database, *others)).values()) == {1}
    clock.advance(9 * HOUR)
    await purge_expired(database)
    assert set((await _count(database, *others)).values()) == {0}
    assert set((await _count(database, *CHANGES)).values()) == {2}, "a sign-in may be disowned yet"
    clock.advance(CHANGES_KEPT)
    await purge_expired(database)
    assert set((await _count(database, *CHANGES)).values()) == {0}


async def test_what_was_issued_stays_as_long_as_its_family(
    database: Database, people: tuple[UUID, UUID], clock: FakeClock
) -> None:
    """A used code or an old refresh token that comes back has to be recognised as a replay."""
    ended, lives = clock.now() - 2 * HOUR, clock.now() + HOUR
    async with database.write() as transaction:
        rows = await _rows(transaction, people)
        family = await rows.put(authorization, client_grant=rows.grant, expires_at=lives)
        await rows.put(authorization_code, authorization=family, expires_at=ended, used_at=ended)
        await rows.put(authorization_code, authorization=family, expires_at=ended)
        for generation in (0, 1):
            await rows.put(
                refresh_token,
                authorization=family,
                generation=generation,
                expires_at=ended,
                superseded_at=ended,
            )
        await rows.put(access_token, authorization=family, expires_at=ended)
    await purge_expired(database)
    tables = (authorization, authorization_code, refresh_token, access_token)
    assert list((await _count(database, *tables)).values()) == [1, 1, 2, 0]
    clock.advance(2 * HOUR)
    await purge_expired(database)
    assert list((await _count(database, *tables)).values()) == [0, 0, 0, 0]


async def test_a_session_stays_while_a_family_points_at_it(
    database: Database, people: tuple[UUID, UUID], clock: FakeClock
) -> None:
    """A family without a session would count as one that never had any."""
    ended = clock.now() - 2 * HOUR
    async with database.write() as transaction:
        rows = await _rows(transaction, people)
        session = await rows.put(customer_session, expires_at=ended)
        held = await rows.put(client_session, session=session)
        await rows.put(
            authorization,
            client_grant=rows.grant,
            client_session=held,
            expires_at=clock.now() + HOUR,
        )
    await purge_expired(database)
    assert list((await _count(database, customer_session, client_session)).values()) == [1, 1]


async def test_many_rows_go_in_several_transactions(
    database: Database, people: tuple[UUID, UUID], clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "BATCH", 10)
    async with database.write() as transaction:
        rows = await _rows(transaction, people)
        for _ in range(25):
            await rows.put(single_use, expires_at=clock.now() - HOUR)
            await rows.put(attempt_counter, expires_at=clock.now() - HOUR)
    assert await purge_expired(database) == 50


async def test_jobs_are_kept_a_week_and_failed_ones_a_month(
    database: Database, clock: FakeClock
) -> None:
    async with database.write() as transaction:
        for state in ("done", "failed", "waiting"):
            job = await transaction.outbox.put("x", {}, cause=new_id())
            if state == "done":
                await transaction.outbox.mark_done(job)
            if state == "failed":
                await transaction.outbox.give_up(job, error="E")
        await transaction.schedule.claim("x", clock.now(), "w")
    for wait, left in ((timedelta(0), 3), (DONE_KEPT, 2), (FAILED_KEPT, 1)):
        clock.advance(wait + timedelta(seconds=1))
        await purge_expired(database)
        counts = await _count(database, outbox, outbox_cause)
        assert set(counts.values()) == {left}
    assert await _count(database, schedule_claim) == {"schedule_claim": 0}

"""What must stand side by side because one commit wrote it: state, events, jobs (R-03)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import func, select

from ciam.storage.stores.store import Store
from ciam.storage.tables.audit import audit_event
from ciam.storage.tables.consent import receipt
from ciam.storage.tables.customers import customer
from ciam.storage.tables.keys import customer_key
from ciam.storage.tables.outbox import outbox, outbox_cause

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from uuid import UUID


class ReconciliationStore(Store):
    """Rows that lack what was to be written beside them."""

    async def list_lost_causes(self) -> list[tuple[UUID, UUID]]:
        """Give jobs, each with the event that is named as its cause and is not there."""
        rows = await self.connection.execute(
            select(outbox_cause.c.outbox, outbox_cause.c.event)
            .join(audit_event, audit_event.c.id == outbox_cause.c.event, isouter=True)
            .where(audit_event.c.id.is_(None))
        )
        return [(row.outbox, row.event) for row in rows]

    async def list_without_job(
        self, kinds: Sequence[str], since: datetime
    ) -> list[tuple[UUID, str]]:
        """Give events of these kinds without a job; those before `since` may have lost a done one.

        The job counts, not only the line that names the cause.
        """
        rows = await self.connection.execute(
            select(audit_event.c.id, audit_event.c.kind)
            .join(outbox_cause, outbox_cause.c.event == audit_event.c.id, isouter=True)
            .join(outbox, outbox.c.id == outbox_cause.c.outbox, isouter=True)
            .where(
                audit_event.c.kind.in_(kinds),
                audit_event.c.occurred_at >= since,
                outbox.c.id.is_(None),
            )
        )
        return [(row.id, row.kind) for row in rows]

    async def list_customers(self) -> list[tuple[UUID, bool]]:
        """Give every customer, and whether there is a row for the data key."""
        rows = await self.connection.execute(
            select(customer.c.id, customer_key.c.customer.is_not(None))
            .join(customer_key, customer_key.c.customer == customer.c.id, isouter=True)
            .order_by(customer.c.id)
        )
        return [(one, bool(has_key)) for one, has_key in rows]

    async def count_by_customer(self, kind: str) -> dict[str | None, int]:
        """Count the events of a kind for each pseudonym."""
        rows = await self.connection.execute(
            select(audit_event.c.customer, func.count())
            .where(audit_event.c.kind == kind)
            .group_by(audit_event.c.customer)
        )
        return {pseudonym: number for pseudonym, number in rows}  # noqa: C416 - rows, not pairs

    async def list_receipts_without_event(self) -> list[UUID]:
        """Give receipts that no event names."""
        named = set(await self._list_named_receipts())
        receipts = await self.connection.scalars(select(receipt.c.id))
        return [one for one in receipts if str(one) not in named]

    async def list_events_without_receipt(self) -> list[str]:
        """Give ids of receipts that an event names and that are not there."""
        there = {str(one) for one in await self.connection.scalars(select(receipt.c.id))}
        return [one for one in await self._list_named_receipts() if one not in there]

    async def _list_named_receipts(self) -> list[str]:
        name = audit_event.c.details["receipt"].as_string()
        return list(await self.connection.scalars(select(name).where(name.is_not(None))))

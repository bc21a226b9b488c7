"""Requests to go on without a lost second factor: each is claimed or cancelled by one statement."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sqlalchemy import insert, select, update

from ciam.identifiers import hash_secret, new_id
from ciam.storage.stores.customer_keys import CustomerKeyDestroyed
from ciam.storage.stores.store import Store, from_json, to_json
from ciam.storage.tables.factor_recoveries import factor_recovery

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from sqlalchemy import ColumnElement, Row, Select

_TABLE = "factor_recovery"


@dataclass(frozen=True, slots=True)
class FactorRecovery:
    """A request that waits, or whose wait is over; `cancel` is the secret of the mailed link."""

    id: UUID
    customer: UUID
    created_at: datetime
    ready_at: datetime
    next_notice_at: datetime
    expires_at: datetime
    device: str = field(repr=False)
    cancel: str = field(repr=False)


class FactorRecoveryStore(Store):
    """Requests to go on without a lost second factor."""

    async def add(
        self,
        customer: UUID,
        *,
        cancel: str,
        device: str,
        ready_at: datetime,
        next_notice_at: datetime,
        expires_at: datetime,
    ) -> FactorRecovery:
        """Keep a request; the caller holds the customer's lock and has found none that is open.

        The secret of the link is kept sealed, since every further notice carries it.
        """
        row, now = new_id(), self.now
        context = to_json({"device": device, "cancel": cancel})
        await self.connection.execute(
            insert(factor_recovery).values(
                id=row,
                customer=customer,
                cancel_hash=hash_secret(cancel),
                sealed_context=await self.seal_for(customer, _TABLE, "context", row, context),
                created_at=now,
                ready_at=ready_at,
                next_notice_at=next_notice_at,
                expires_at=expires_at,
            )
        )
        return FactorRecovery(
            row, customer, now, ready_at, next_notice_at, expires_at, device, cancel
        )

    async def find_open(self, customer: UUID) -> FactorRecovery | None:
        """Give the request of a customer that waits or whose wait is over."""
        query = _select().where(factor_recovery.c.customer == customer, *self._is_open())
        row = (await self.connection.execute(query)).first()
        return None if row is None else await self._open(row)

    async def find_by_link(self, cancel: str) -> FactorRecovery | None:
        """Give the open request that a mailed link cancels."""
        is_it = factor_recovery.c.cancel_hash == hash_secret(cancel)
        row = (await self.connection.execute(_select().where(is_it, *self._is_open()))).first()
        return None if row is None else await self._open(row)

    async def list_due(self, limit: int) -> list[FactorRecovery]:
        """List open requests whose next notice is due, the oldest first."""
        columns = factor_recovery.c
        query = _select().where(columns.next_notice_at <= self.now, *self._is_open())
        rows = await self.connection.execute(query.order_by(columns.next_notice_at).limit(limit))
        found = [await self._open(row) for row in rows.all()]
        return [one for one in found if one is not None]

    async def plan_notice(self, found: FactorRecovery, at: datetime) -> bool:
        """Claim the notice that is due by planning the next; False when another node has it."""
        return await self._set(
            factor_recovery.c.id == found.id,
            factor_recovery.c.next_notice_at == found.next_notice_at,
            next_notice_at=at,
        )

    async def claim(self, recovery: UUID) -> bool:
        """Use a request up whose wait is over; False when it was used, cancelled or is too old."""
        columns = factor_recovery.c
        return await self._set(
            columns.id == recovery, columns.ready_at <= self.now, claimed_at=self.now
        )

    async def cancel(self, recovery: UUID) -> bool:
        """End a request; False when it was used or cancelled before."""
        return await self._set(factor_recovery.c.id == recovery, ended_at=self.now)

    async def _set(self, *conditions: ColumnElement[bool], **values: Any) -> bool:  # noqa: ANN401 - a column's
        changed = await self.connection.execute(
            update(factor_recovery)
            .where(*conditions, *self._is_open())
            .values(**values)
            .returning(factor_recovery.c.id)
        )
        return changed.first() is not None

    def _is_open(self) -> tuple[ColumnElement[bool], ...]:
        columns = factor_recovery.c
        return (
            columns.claimed_at.is_(None),
            columns.ended_at.is_(None),
            columns.expires_at > self.now,
        )

    async def _open(self, row: Row[Any]) -> FactorRecovery | None:
        """Open a row; None where the customer was erased."""
        try:
            kept = await self.open_for(row.customer, _TABLE, "context", row.id, row.sealed_context)
        except CustomerKeyDestroyed:
            return None
        opened = from_json(kept)
        return FactorRecovery(
            row.id,
            row.customer,
            row.created_at,
            row.ready_at,
            row.next_notice_at,
            row.expires_at,
            opened["device"],
            opened["cancel"],
        )


def _select() -> Select[Any]:
    columns = factor_recovery.c
    return select(
        columns.id,
        columns.customer,
        columns.created_at,
        columns.ready_at,
        columns.next_notice_at,
        columns.expires_at,
        columns.sealed_context,
    )

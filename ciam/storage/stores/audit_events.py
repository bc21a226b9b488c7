"""Audit events, the Merkle log they are ordered into, and its checkpoints.

An event is written unordered; the sequencer takes what is "not yet sequenced", never what comes
"after the last id", because a transaction that commits late would be skipped.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, func, insert, select, update

from ciam.storage.stores.store import Store, to_json
from ciam.storage.tables.audit import audit_checkpoint, audit_event, audit_leaf
from ciam.storage.tables.customers import customer
from ciam.storage.tables.keys import customer_key
from ciam.storage.tables.outbox import outbox_cause

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence
    from uuid import UUID

_EPOCH_DIGITS = 6


@dataclass(frozen=True, slots=True)
class AuditEvent:
    """One event as it is written; the salt keeps its leaf from being guessed."""

    id: UUID
    kind: str
    occurred_at: datetime
    actor_kind: str
    actor: str | None
    customer: str | None
    client: str | None
    details: dict[str, Any]
    salt: bytes = field(repr=False)
    leaf_index: int | None = None

    def commitment(self) -> bytes:
        """Give what the leaf commits to: the salt and every field, in one fixed form."""
        return self.salt + to_json(
            {
                "id": str(self.id),
                "kind": self.kind,
                "occurred_at": f"{self.occurred_at.timestamp():.{_EPOCH_DIGITS}f}",
                "actor": [self.actor_kind, self.actor],
                "customer": self.customer,
                "client": self.client,
                "details": self.details,
            }
        )


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The signed state of the log at one size."""

    tree_size: int
    root_hash: bytes
    note: str
    created_at: datetime


class AuditEventStore(Store):
    """Audit events, the Merkle log and its checkpoints."""

    async def add(self, events: Sequence[AuditEvent]) -> None:
        """Write events, unordered, by one statement."""
        await self.connection.execute(
            insert(audit_event),
            [
                {
                    "id": event.id,
                    "kind": event.kind,
                    "occurred_at": event.occurred_at,
                    "actor_kind": event.actor_kind,
                    "actor": event.actor,
                    "customer": event.customer,
                    "client": event.client,
                    "details": event.details,
                    "salt": event.salt,
                }
                for event in events
            ],
        )

    async def list_pending(self, limit: int) -> list[AuditEvent]:
        """Give events that are not in the log yet, oldest first."""
        rows = await self.connection.execute(
            select(audit_event)
            .where(audit_event.c.leaf_index.is_(None))
            .order_by(audit_event.c.id)
            .limit(limit)
        )
        return [AuditEvent(**row) for row in rows.mappings()]

    async def count_pending(self) -> int:
        """Count the events that are not in the log yet."""
        found = await self.connection.scalar(
            select(func.count()).select_from(audit_event).where(audit_event.c.leaf_index.is_(None))
        )
        return found or 0

    async def get_size(self) -> int:
        """Give the number of leaves."""
        last = await self.connection.scalar(select(func.max(audit_leaf.c.leaf_index)))
        return 0 if last is None else last + 1

    async def append(self, first: int, entries: Sequence[tuple[AuditEvent, bytes]]) -> None:
        """Put events into the log from leaf `first` on; a taken leaf or event fails the whole."""
        await self.connection.execute(
            insert(audit_leaf),
            [
                {"leaf_index": first + offset, "event": event.id, "leaf_hash": leaf}
                for offset, (event, leaf) in enumerate(entries)
            ],
        )
        await self.connection.execute(
            update(audit_event)
            .where(audit_event.c.id == bindparam("event"))
            .values(leaf_index=bindparam("index")),
            [
                {"event": event.id, "index": first + offset}
                for offset, (event, _leaf) in enumerate(entries)
            ],
        )

    async def list_leaf_hashes(self, start: int = 0, stop: int | None = None) -> list[bytes]:
        """Give leaf hashes in order, from `start` up to but without `stop`."""
        query = select(audit_leaf.c.leaf_hash).where(audit_leaf.c.leaf_index >= start)
        if stop is not None:
            query = query.where(audit_leaf.c.leaf_index < stop)
        return list(await self.connection.scalars(query.order_by(audit_leaf.c.leaf_index)))

    async def iterate_log(self) -> AsyncIterator[tuple[int, bytes, AuditEvent | None]]:
        """Give every leaf in order: its index, its hash and its event, None when that is gone."""
        query = (
            select(audit_leaf.c.leaf_index.label("position"), audit_leaf.c.leaf_hash, audit_event)
            .join(audit_event, audit_event.c.id == audit_leaf.c.event, isouter=True)
            .order_by(audit_leaf.c.leaf_index)
        )
        async with self.connection.stream(query) as rows:
            async for row in rows.mappings():
                values = dict(row)
                position, leaf = values.pop("position"), values.pop("leaf_hash")
                yield position, leaf, None if values["id"] is None else AuditEvent(**values)

    async def add_checkpoint(self, checkpoint: Checkpoint) -> bool:
        """Keep a checkpoint; False when there is one of that size."""
        added = await self.connection.execute(
            self.insert(audit_checkpoint)
            .values(
                tree_size=checkpoint.tree_size,
                root_hash=checkpoint.root_hash,
                note=checkpoint.note,
                created_at=checkpoint.created_at,
            )
            .on_conflict_do_nothing()
            .returning(audit_checkpoint.c.tree_size)
        )
        return added.first() is not None

    async def list_checkpoints(self) -> list[Checkpoint]:
        """Give every checkpoint, smallest first."""
        rows = await self.connection.execute(
            select(audit_checkpoint).order_by(audit_checkpoint.c.tree_size)
        )
        return [Checkpoint(**row) for row in rows.mappings()]

    async def find_newest_checkpoint(self) -> Checkpoint | None:
        """Give the largest checkpoint."""
        row = (
            (
                await self.connection.execute(
                    select(audit_checkpoint).order_by(audit_checkpoint.c.tree_size.desc()).limit(1)
                )
            )
            .mappings()
            .first()
        )
        return None if row is None else Checkpoint(**row)

    async def list_orphans(self) -> list[str]:
        """List what stands alone: jobs whose event is missing, events that miss their subject.

        Customers are counted against their `customer.created` events, because an event names a
        customer by pseudonym only.
        """
        causes = await self.connection.scalars(
            select(outbox_cause.c.outbox)
            .join(audit_event, audit_event.c.id == outbox_cause.c.event, isouter=True)
            .where(audit_event.c.id.is_(None))
        )
        orphans = [f"the job {job} has no event" for job in causes]
        customers = await self.connection.scalar(select(func.count()).select_from(customer))
        created = await self.connection.scalar(
            select(func.count())
            .select_from(audit_event)
            .where(audit_event.c.kind == "customer.created")
        )
        if customers != created:
            orphans.append(f"{customers} customers, {created} events of one being created")
        without_key = await self.connection.scalars(
            select(customer.c.id)
            .join(customer_key, customer_key.c.customer == customer.c.id, isouter=True)
            .where(customer_key.c.customer.is_(None))
        )
        orphans += [f"the customer {one} has no key" for one in without_key]
        return orphans

    async def list_for_customer(self, pseudonym: str, limit: int = 100) -> list[AuditEvent]:
        """Give the newest events of a customer."""
        rows = await self.connection.execute(
            select(audit_event)
            .where(audit_event.c.customer == pseudonym)
            .order_by(audit_event.c.occurred_at.desc())
            .limit(limit)
        )
        return [AuditEvent(**row) for row in rows.mappings()]

"""The Merkle log: leaves in order, the roots of full tiles above them, and signed checkpoints.

A tile is 256 hashes (as in C2SP tlog-tiles). Only the roots of full tiles are stored, every eighth
level of the tree; whatever lies between is computed from at most 256 rows.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Final

from sqlalchemy import func, insert, or_, select, update

from ciam.storage.stores.audit_events import COLUMNS, AuditEvent, to_event
from ciam.storage.stores.store import Store
from ciam.storage.tables.audit import audit_checkpoint, audit_event, audit_leaf, audit_node

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

_CHECKPOINT: Final = tuple(audit_checkpoint.c)


@dataclass(frozen=True, slots=True)
class Leaf:
    """One leaf and the event it stands for; None when that is gone."""

    index: int
    hash: bytes
    event: AuditEvent | None


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The signed state of the log at one size."""

    tree_size: int
    root_hash: bytes
    note: str
    created_at: datetime


class AuditLogStore(Store):
    """The Merkle log the events are ordered into, and its checkpoints."""

    async def get_size(self) -> int:
        """Give the number of leaves."""
        last = await self.connection.scalar(select(func.max(audit_leaf.c.leaf_index)))
        return 0 if last is None else last + 1

    async def append(self, first: int, entries: Sequence[tuple[UUID, bytes]]) -> None:
        """Put events into the log from leaf `first` on; a taken leaf or event fails the whole."""
        await self.connection.execute(
            insert(audit_leaf),
            [
                {"leaf_index": index, "event": event, "leaf_hash": leaf}
                for index, (event, leaf) in enumerate(entries, start=first)
            ],
        )
        new = audit_leaf.c.leaf_index >= first
        own = select(audit_leaf.c.leaf_index).where(audit_leaf.c.event == audit_event.c.id)
        await self.connection.execute(
            update(audit_event)
            .where(audit_event.c.id.in_(select(audit_leaf.c.event).where(new)))
            .values(leaf_index=own.scalar_subquery())
        )

    async def list_leaf_hashes(self, start: int, stop: int) -> list[bytes]:
        """Give leaf hashes in order, from `start` up to but without `stop`."""
        index = audit_leaf.c.leaf_index
        query = select(audit_leaf.c.leaf_hash).where(index >= start, index < stop)
        return list(await self.connection.scalars(query.order_by(index)))

    async def list_leaves(self, start: int, limit: int) -> list[Leaf]:
        """Give a page of leaves in order, each with its event."""
        rows = await self.connection.execute(
            select(audit_leaf.c.leaf_index.label("position"), audit_leaf.c.leaf_hash, *COLUMNS)
            .join(audit_event, audit_event.c.id == audit_leaf.c.event, isouter=True)
            .where(audit_leaf.c.leaf_index >= start)
            .order_by(audit_leaf.c.leaf_index)
            .limit(limit)
        )
        return [
            Leaf(
                row["position"],
                row[audit_leaf.c.leaf_hash],
                None if row[audit_event.c.id] is None else to_event(row),
            )
            for row in rows.mappings()
        ]

    async def find_index(self, event: UUID) -> int | None:
        """Find the leaf of an event; None while it is not in the log."""
        found: int | None = await self.connection.scalar(
            select(audit_leaf.c.leaf_index).where(audit_leaf.c.event == event)
        )
        return found

    async def list_strays(self, limit: int) -> list[UUID]:
        """Give events that claim a leaf which is not theirs."""
        rows = await self.connection.scalars(
            select(audit_event.c.id)
            .join(audit_leaf, audit_leaf.c.event == audit_event.c.id, isouter=True)
            .where(
                audit_event.c.leaf_index.is_not(None),
                or_(
                    audit_leaf.c.leaf_index.is_(None),
                    audit_leaf.c.leaf_index != audit_event.c.leaf_index,
                ),
            )
            .limit(limit)
        )
        return list(rows)

    async def list_nodes(self, level: int, start: int, stop: int) -> list[bytes]:
        """Give stored hashes of a level in order, from `start` up to but without `stop`."""
        index = audit_node.c.node_index
        query = select(audit_node.c.node_hash).where(
            audit_node.c.level == level, index >= start, index < stop
        )
        return list(await self.connection.scalars(query.order_by(index)))

    async def add_nodes(self, level: int, first: int, hashes: Sequence[bytes]) -> None:
        """Store the roots of full tiles."""
        await self.connection.execute(
            insert(audit_node),
            [
                {"level": level, "node_index": index, "node_hash": node}
                for index, node in enumerate(hashes, start=first)
            ],
        )

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

    async def list_checkpoints(self, after: int = 0) -> list[Checkpoint]:
        """Give every checkpoint of more than `after` leaves, smallest first."""
        rows = await self.connection.execute(
            select(*_CHECKPOINT)
            .where(audit_checkpoint.c.tree_size > after)
            .order_by(audit_checkpoint.c.tree_size)
        )
        return [Checkpoint(*row) for row in rows]

    async def find_newest_checkpoint(self) -> Checkpoint | None:
        """Give the largest checkpoint."""
        rows = await self.connection.execute(
            select(*_CHECKPOINT).order_by(audit_checkpoint.c.tree_size.desc()).limit(1)
        )
        row = rows.first()
        return None if row is None else Checkpoint(*row)

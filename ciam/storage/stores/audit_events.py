"""Audit events as they were written, before and after they are ordered into the log.

The sequencer takes what is "not yet sequenced", never what comes "after the last id", because a
transaction that commits late would be skipped. Every row carries a MAC by a key of the server, so a
row that somebody wrote into the database by hand is recognised.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import exists, func, insert, select

from ciam.identifiers import is_same
from ciam.sealing import SealingKey, derive_key, keyed_hash
from ciam.storage.prepared import Prepared
from ciam.storage.stores.store import Store, to_json
from ciam.storage.tables.audit import audit_event

if TYPE_CHECKING:
    from collections.abc import Mapping
    from uuid import UUID

_VERSION_BYTES: Final = 4
COLUMNS: Final = tuple(audit_event.c)


@dataclass(frozen=True, slots=True)
class AuditEvent:
    """One event; the salt keeps its leaf from being guessed."""

    id: UUID
    kind: str
    occurred_at: datetime
    actor_kind: str
    actor: str | None
    customer: str | None
    client: str | None
    details: dict[str, Any]
    salt: bytes = field(repr=False)
    mac: bytes = field(default=b"", repr=False)
    leaf_index: int | None = None

    def entry(self) -> bytes:
        """Give what the leaf commits to: the salt and every field, in one fixed form."""
        return to_json(
            {
                "id": str(self.id),
                "kind": self.kind,
                "occurred_at": self.occurred_at.isoformat(timespec="microseconds"),
                "actor": [self.actor_kind, self.actor],
                "customer": self.customer,
                "client": self.client,
                "details": self.details,
                "salt": self.salt.hex(),
            }
        )


_WRITTEN: Final = (
    "id",
    "kind",
    "occurred_at",
    "actor_kind",
    "actor",
    "customer",
    "client",
    "details",
    "salt",
)
_ADD: Final = Prepared(insert(audit_event), values=(*_WRITTEN, "mac"))


@dataclass(frozen=True, slots=True)
class AuditSearch:
    """What is looked for; what is None does not matter. `customer` is a pseudonym."""

    kind: str | None = None
    customer: str | None = None
    actor: str | None = None
    since: datetime | None = None
    until: datetime | None = None


class AuditEventStore(Store):
    """Audit events as they were written."""

    async def add(self, *events: AuditEvent) -> None:
        """Write events, unordered, by one statement."""
        for event in events:
            kind_and_method = (event.kind, str(event.details.get("method", "")))
            self.stores.events += [kind_and_method] * event.details.get("count", 1)
        key = _mac_key(self.stores.keys.records.newest)
        version = key.version.to_bytes(_VERSION_BYTES, "big")
        rows = [
            {
                **{name: getattr(event, name) for name in _WRITTEN},
                "mac": version + keyed_hash(key, event.entry()),
            }
            for event in events
        ]
        if len(rows) == 1:
            await self.connection.all(_ADD, rows[0])
        else:
            await self.connection.execute(_ADD.statement, rows)

    def is_ours(self, event: AuditEvent) -> bool | None:
        """Tell whether this server wrote the row; None when the key of then is retired."""
        version = int.from_bytes(event.mac[:_VERSION_BYTES], "big")
        key = self.stores.keys.records.keys.get(version)
        if key is None:
            newest = self.stores.keys.records.newest.version
            return None if 0 < version < newest else False
        return is_same(event.mac[_VERSION_BYTES:], keyed_hash(_mac_key(key), event.entry()))

    async def list_pending(self, limit: int) -> list[AuditEvent]:
        """Give events that are not in the log yet, oldest first."""
        rows = await self.connection.execute(
            select(*COLUMNS)
            .where(audit_event.c.leaf_index.is_(None))
            .order_by(audit_event.c.id)
            .limit(limit)
        )
        return [to_event(row) for row in rows.mappings()]

    async def has_pending(self) -> bool:
        """Tell whether an event is not in the log yet."""
        pending = select(exists().where(audit_event.c.leaf_index.is_(None)))
        return bool(await self.connection.scalar(pending))

    async def count_pending(self) -> int:
        """Count the events that are not in the log yet."""
        found = await self.connection.scalar(
            select(func.count()).select_from(audit_event).where(audit_event.c.leaf_index.is_(None))
        )
        return found or 0

    async def find(self, event: UUID) -> AuditEvent | None:
        """Find an event by its id."""
        rows = await self.connection.execute(select(*COLUMNS).where(audit_event.c.id == event))
        row = rows.mappings().first()
        return None if row is None else to_event(row)

    async def list_for_customer(self, pseudonym: str, limit: int = 100) -> list[AuditEvent]:
        """Give the newest events of a customer, newest first."""
        rows = await self.connection.execute(
            select(*COLUMNS)
            .where(audit_event.c.customer == pseudonym)
            .order_by(audit_event.c.occurred_at.desc(), audit_event.c.id.desc())
            .limit(limit)
        )
        return [to_event(row) for row in rows.mappings()]

    async def count_for_customer(self, pseudonym: str, kind: str, *, since: datetime) -> int:
        """Count the events of one kind of a customer since then."""
        found = await self.connection.scalar(
            select(func.count()).where(
                audit_event.c.customer == pseudonym,
                audit_event.c.kind == kind,
                audit_event.c.occurred_at > since,
            )
        )
        return found or 0

    async def search(
        self, wanted: AuditSearch, *, before: UUID | None = None, limit: int
    ) -> list[AuditEvent]:
        """Give the newest events that fit, newest first; `before` is the last of the page before.

        Ids are UUIDv7 and lie in the order of time: the page after is a range of the key.
        """
        columns = audit_event.c
        conditions = [
            column == value
            for column, value in (
                (columns.kind, wanted.kind),
                (columns.customer, wanted.customer),
                (columns.actor, wanted.actor),
            )
            if value is not None
        ]
        if wanted.since is not None:
            conditions.append(columns.occurred_at >= wanted.since)
        if wanted.until is not None:
            conditions.append(columns.occurred_at < wanted.until)
        if before is not None:
            conditions.append(columns.id < before)
        rows = await self.connection.execute(
            select(*COLUMNS).where(*conditions).order_by(columns.id.desc()).limit(limit)
        )
        return [to_event(row) for row in rows.mappings()]


def to_event(row: Mapping[Any, Any]) -> AuditEvent:
    """Make a record of a row that holds every column."""
    return AuditEvent(**{column.name: row[column] for column in COLUMNS})


def _mac_key(key: SealingKey) -> SealingKey:
    return derive_key(key, "audit event")

"""Changes of the address or the number one signs in with; each is undone once, by one statement."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from sqlalchemy import insert, select, update

from ciam.identifiers import hash_secret, new_id
from ciam.storage.stores.store import Store
from ciam.storage.tables.email_changes import email_change
from ciam.storage.tables.phone_changes import phone_change

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from sqlalchemy import Column, Table


@dataclass(frozen=True, slots=True)
class ContactChange:
    """Which identifier took the place of which; of a number one of the two may be none."""

    id: UUID
    customer: UUID
    old_identifier: UUID | None
    new_identifier: UUID | None
    created_at: datetime
    expires_at: datetime


class ContactChangeStore(Store):
    """Changes of one kind of contact."""

    table: ClassVar[Table]

    async def add(
        self,
        customer: UUID,
        *,
        old: UUID | None,
        new: UUID | None,
        undo: str,
        expires_at: datetime,
    ) -> None:
        """Keep a change; only the hash of what undoes it."""
        await self.connection.execute(
            insert(self.table).values(
                id=new_id(),
                customer=customer,
                old_identifier=old,
                new_identifier=new,
                undo_hash=hash_secret(undo),
                created_at=self.now,
                expires_at=expires_at,
            )
        )

    async def find_open(self, undo: str) -> ContactChange | None:
        """Give the change that this undoes; None when it is too late, or done."""
        row = (
            await self.connection.execute(
                select(*self._columns()).where(
                    self.table.c.undo_hash == hash_secret(undo),
                    self.table.c.undone_at.is_(None),
                    self.table.c.expires_at > self.now,
                )
            )
        ).first()
        return None if row is None else ContactChange(*row)

    async def claim_undo(self, change: ContactChange) -> bool:
        """Take the one undo there is; False when it was taken or is too late."""
        claimed = await self.connection.execute(
            update(self.table)
            .where(
                self.table.c.id == change.id,
                self.table.c.undone_at.is_(None),
                self.table.c.expires_at > self.now,
            )
            .values(undone_at=self.now)
            .returning(self.table.c.id)
        )
        return claimed.first() is not None

    async def take_since(self, customer: UUID, since: datetime) -> list[ContactChange]:
        """Take every undo of the changes since then, the oldest first: none is undone any more.

        Those too, whose own link is too old: who takes them back has another proof.
        """
        taken = await self.connection.execute(
            update(self.table)
            .where(
                self.table.c.customer == customer,
                self.table.c.created_at >= since,
                self.table.c.undone_at.is_(None),
            )
            .values(undone_at=self.now)
            .returning(*self._columns())
        )
        found = [ContactChange(*row) for row in taken]
        return sorted(found, key=lambda one: (one.created_at, one.id))

    def _columns(self) -> tuple[Column[Any], ...]:
        names = ("id", "customer", "old_identifier", "new_identifier", "created_at", "expires_at")
        return tuple(self.table.c[name] for name in names)


class EmailChangeStore(ContactChangeStore):
    """Changes of the e-mail address."""

    table = email_change


class PhoneChangeStore(ContactChangeStore):
    """Numbers that were added, changed or removed."""

    table = phone_change

"""Changes of the address one signs in with; each is undone once, by one statement."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import insert, select, update

from ciam.identifiers import hash_secret, new_id
from ciam.storage.stores.store import Store
from ciam.storage.tables.email_changes import email_change


@dataclass(frozen=True, slots=True)
class EmailChange:
    """Which identifier took the place of which."""

    id: UUID
    customer: UUID
    old_identifier: UUID
    new_identifier: UUID
    created_at: datetime
    expires_at: datetime


class EmailChangeStore(Store):
    """Changes of the address one signs in with."""

    async def add(
        self, customer: UUID, *, old: UUID, new: UUID, undo: str, expires_at: datetime
    ) -> None:
        """Keep a change; only the hash of what undoes it."""
        await self.connection.execute(
            insert(email_change).values(
                id=new_id(),
                customer=customer,
                old_identifier=old,
                new_identifier=new,
                undo_hash=hash_secret(undo),
                created_at=self.now,
                expires_at=expires_at,
            )
        )

    async def find_open(self, undo: str) -> EmailChange | None:
        """Give the change that this undoes; None when it is too late, or done."""
        columns = email_change.c
        row = (
            await self.connection.execute(
                select(
                    columns.id,
                    columns.customer,
                    columns.old_identifier,
                    columns.new_identifier,
                    columns.created_at,
                    columns.expires_at,
                ).where(
                    columns.undo_hash == hash_secret(undo),
                    columns.undone_at.is_(None),
                    columns.expires_at > self.now,
                )
            )
        ).first()
        return None if row is None else EmailChange(*row)

    async def list_open(self, customer: UUID, *, since: datetime) -> list[EmailChange]:
        """Give the changes of a customer since then that can be undone, the newest first."""
        columns = email_change.c
        rows = await self.connection.execute(
            select(
                columns.id,
                columns.customer,
                columns.old_identifier,
                columns.new_identifier,
                columns.created_at,
                columns.expires_at,
            )
            .where(
                columns.customer == customer,
                columns.created_at >= since,
                columns.undone_at.is_(None),
                columns.expires_at > self.now,
            )
            .order_by(columns.created_at.desc(), columns.id.desc())
        )
        return [EmailChange(*row) for row in rows]

    async def end_since(self, customer: UUID, since: datetime) -> None:
        """Let no change since then be undone any more: an undo would bring back what came since."""
        await self.connection.execute(
            update(email_change)
            .where(
                email_change.c.customer == customer,
                email_change.c.created_at >= since,
                email_change.c.undone_at.is_(None),
            )
            .values(undone_at=self.now)
        )

    async def claim_undo(self, change: EmailChange) -> bool:
        """Take the one undo there is; False when it was taken or is too late."""
        claimed = await self.connection.execute(
            update(email_change)
            .where(
                email_change.c.id == change.id,
                email_change.c.undone_at.is_(None),
                email_change.c.expires_at > self.now,
            )
            .values(undone_at=self.now)
            .returning(email_change.c.id)
        )
        return claimed.first() is not None

"""Numbers added, changed or removed; each is undone once, by one statement."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import insert, select, update

from ciam.identifiers import hash_secret, new_id
from ciam.storage.stores.store import Store
from ciam.storage.tables.phone_changes import phone_change


@dataclass(frozen=True, slots=True)
class PhoneChange:
    """Which identifier took the place of which; one of the two may be none."""

    id: UUID
    customer: UUID
    old_identifier: UUID | None
    new_identifier: UUID | None
    expires_at: datetime


class PhoneChangeStore(Store):
    """Numbers that were added, changed or removed."""

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
            insert(phone_change).values(
                id=new_id(),
                customer=customer,
                old_identifier=old,
                new_identifier=new,
                undo_hash=hash_secret(undo),
                created_at=self.now,
                expires_at=expires_at,
            )
        )

    async def find_open(self, undo: str) -> PhoneChange | None:
        """Give the change that this undoes; None when it is too late, or done."""
        columns = phone_change.c
        row = (
            await self.connection.execute(
                select(
                    columns.id,
                    columns.customer,
                    columns.old_identifier,
                    columns.new_identifier,
                    columns.expires_at,
                ).where(
                    columns.undo_hash == hash_secret(undo),
                    columns.undone_at.is_(None),
                    columns.expires_at > self.now,
                )
            )
        ).first()
        return None if row is None else PhoneChange(*row)

    async def claim_undo(self, change: PhoneChange) -> bool:
        """Take the one undo there is; False when it was taken or is too late."""
        claimed = await self.connection.execute(
            update(phone_change)
            .where(
                phone_change.c.id == change.id,
                phone_change.c.undone_at.is_(None),
                phone_change.c.expires_at > self.now,
            )
            .values(undone_at=self.now)
            .returning(phone_change.c.id)
        )
        return claimed.first() is not None

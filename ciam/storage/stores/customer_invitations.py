"""Invitations of customers: one open for an address, used by the commit that makes the customer."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sqlalchemy import delete, insert, select

from ciam.identifiers import hash_secret, new_id
from ciam.storage.stores.store import Store
from ciam.storage.tables.invitations import customer_invitation

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

_TABLE = "customer_invitation"


@dataclass(frozen=True, slots=True)
class CustomerInvitation:
    """An open invitation."""

    id: UUID
    address: str = field(repr=False)
    expires_at: datetime


class CustomerInvitationStore(Store):
    """Invitations of customers."""

    async def invite(
        self, *, link: str, address: str, lookup: str, invited_by: str, expires_at: datetime
    ) -> None:
        """Keep an invitation; those before for the same address are gone."""
        row, hashes = new_id(), self.index_hashes(_TABLE, lookup)
        await self.connection.execute(
            delete(customer_invitation).where(customer_invitation.c.address_hash.in_(hashes))
        )
        await self.connection.execute(
            insert(customer_invitation).values(
                id=row,
                link_hash=hash_secret(link),
                sealed_address=self.seal_record(_TABLE, "address", row, address.encode()),
                address_hash=self.index_hash(_TABLE, lookup),
                invited_by=invited_by,
                created_at=self.now,
                expires_at=expires_at,
            )
        )

    async def find(self, link: str) -> CustomerInvitation | None:
        """Give the open invitation of a link."""
        columns = customer_invitation.c
        row = (
            await self.connection.execute(
                select(columns.id, columns.sealed_address, columns.expires_at).where(
                    columns.link_hash == hash_secret(link), columns.expires_at > self.now
                )
            )
        ).first()
        if row is None:
            return None
        address = self.open_record(_TABLE, "address", row.id, row.sealed_address).decode()
        return CustomerInvitation(row.id, address, row.expires_at)

    async def use(self, invitation: UUID) -> bool:
        """Claim an invitation by one statement; False when it was used or replaced."""
        used = await self.connection.execute(
            delete(customer_invitation)
            .where(customer_invitation.c.id == invitation)
            .returning(customer_invitation.c.id)
        )
        return used.first() is not None

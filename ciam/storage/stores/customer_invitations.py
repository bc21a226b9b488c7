"""Invitations of customers: one open for an address, used by the commit that makes the customer."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sqlalchemy import insert, select, update

from ciam.identifiers import hash_secret, new_id
from ciam.storage.stores.store import Store
from ciam.storage.tables.invitations import customer_invitation

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from sqlalchemy import ColumnElement

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
        """Keep an invitation; those before for the same address are void."""
        row, columns = new_id(), customer_invitation.c
        hashes = self.index_hashes(_TABLE, lookup)
        await self.connection.execute(
            update(customer_invitation)
            .where(columns.address_hash.in_(hashes), *self._is_open())
            .values(void_at=self.now)
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
                    columns.link_hash == hash_secret(link), *self._is_open()
                )
            )
        ).first()
        if row is None:
            return None
        address = self.open_record(_TABLE, "address", row.id, row.sealed_address).decode()
        return CustomerInvitation(row.id, address, row.expires_at)

    async def use(self, invitation: UUID) -> bool:
        """Claim an invitation by one statement; False when it was used or is void."""
        used = await self.connection.execute(
            update(customer_invitation)
            .where(
                customer_invitation.c.id == invitation,
                customer_invitation.c.used_at.is_(None),
                customer_invitation.c.void_at.is_(None),
            )
            .values(used_at=self.now)
            .returning(customer_invitation.c.id)
        )
        return used.first() is not None

    def _is_open(self) -> tuple[ColumnElement[bool], ...]:
        columns = customer_invitation.c
        return columns.used_at.is_(None), columns.void_at.is_(None), columns.expires_at > self.now

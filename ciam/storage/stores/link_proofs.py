"""Proofs that both sides of a link were shown: one customer, identity, journey and browser."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import insert, update

from ciam.identifiers import new_id
from ciam.storage.stores.store import Store
from ciam.storage.tables.linking import link_proof

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

_NAMESPACE = "external_identity"


class LinkProofStore(Store):
    """Proofs that both sides of a link were shown; each is used once."""

    async def offer(
        self,
        customer: UUID,
        issuer: str,
        subject: str,
        *,
        journey: UUID,
        browser_hash: bytes,
        expires_at: datetime,
    ) -> None:
        """Keep a proof; what the journey had before is void."""
        await self.void(journey)
        await self.connection.execute(
            insert(link_proof).values(
                id=new_id(),
                customer=customer,
                issuer=issuer,
                subject_hash=self.index_hash(_NAMESPACE, issuer, subject),
                journey=journey,
                browser_hash=browser_hash,
                created_at=self.now,
                expires_at=expires_at,
            )
        )

    async def use(
        self, customer: UUID, issuer: str, subject: str, *, journey: UUID, browser_hash: bytes
    ) -> bool:
        """Use a proof up by one statement; False unless all five names are those it was made of."""
        columns = link_proof.c
        used = await self.connection.execute(
            update(link_proof)
            .where(
                columns.customer == customer,
                columns.issuer == issuer,
                columns.subject_hash.in_(self.index_hashes(_NAMESPACE, issuer, subject)),
                columns.journey == journey,
                columns.browser_hash == browser_hash,
                columns.used_at.is_(None),
                columns.void_at.is_(None),
                columns.expires_at > self.now,
            )
            .values(used_at=self.now)
            .returning(columns.id)
        )
        return used.first() is not None

    async def void(self, journey: UUID) -> None:
        """Make what a journey has pending unusable."""
        columns = link_proof.c
        await self.connection.execute(
            update(link_proof)
            .where(columns.journey == journey, columns.used_at.is_(None), columns.void_at.is_(None))
            .values(void_at=self.now)
        )

    async def void_for(self, customer: UUID) -> None:
        """Make everything that is pending for a customer unusable."""
        columns = link_proof.c
        await self.connection.execute(
            update(link_proof)
            .where(
                columns.customer == customer, columns.used_at.is_(None), columns.void_at.is_(None)
            )
            .values(void_at=self.now)
        )

"""Codes and links mailed to prove an address: guesses counted, each claimed by one statement."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import insert, select, update

from ciam.identifiers import hash_secret, is_same, new_id
from ciam.storage.stores.store import Store
from ciam.storage.tables.journeys import proof

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from sqlalchemy import ColumnElement, Select


@dataclass(frozen=True, slots=True)
class Proof:
    """A mailed proof that may still be used."""

    id: UUID
    journey: UUID
    purpose: str
    created_at: datetime
    expires_at: datetime
    attempts: int


class ProofStore(Store):
    """Codes and links mailed to prove an address."""

    async def issue(
        self,
        journey: UUID,
        purpose: str,
        target: str,
        *,
        code: str,
        link: str,
        expires_at: datetime,
    ) -> Proof:
        """Keep the hashes of a code and a link; what the journey had before is void."""
        row, now = new_id(), self.now
        await self.void(journey)
        await self.connection.execute(
            insert(proof).values(
                id=row,
                journey=journey,
                purpose=purpose,
                target_hash=self.index_hash("proof target", target),
                code_hash=self._code_hash(row, code),
                link_hash=hash_secret(link),
                created_at=now,
                expires_at=expires_at,
            )
        )
        return Proof(row, journey, purpose, now, expires_at, 0)

    async def find_live(
        self, journey: UUID, *, purpose: str | None = None, target: str | None = None
    ) -> Proof | None:
        """Give the proof of a journey that may still be used, for one purpose and target alone."""
        conditions = [proof.c.journey == journey, *self._is_live()]
        if purpose is not None:
            conditions.append(proof.c.purpose == purpose)
        if target is not None:
            hashes = self.index_hashes("proof target", target)
            conditions.append(proof.c.target_hash.in_(hashes))
        row = (await self.connection.execute(_select().where(*conditions))).first()
        return None if row is None else Proof(*row)

    async def reserve_attempt(self, found: Proof, allowed: int) -> bool:
        """Count one guess before it is looked at; False when there are none left."""
        reserved = await self.connection.execute(
            update(proof)
            .where(proof.c.id == found.id, proof.c.attempts < allowed, *self._is_live())
            .values(attempts=proof.c.attempts + 1)
            .returning(proof.c.id)
        )
        return reserved.first() is not None

    async def is_code(self, found: Proof, code: str) -> bool:
        """Compare a guess with the code, in constant time; the guess was reserved before."""
        stored = await self.connection.scalar(
            select(proof.c.code_hash).where(proof.c.id == found.id)
        )
        return stored is not None and any(
            is_same(stored, one) for one in self.index_hashes("proof code", str(found.id), code)
        )

    async def find_by_link(self, link: str) -> Proof | None:
        """Give the live proof that a mailed link names."""
        row = (
            await self.connection.execute(
                _select().where(proof.c.link_hash == hash_secret(link), *self._is_live())
            )
        ).first()
        return None if row is None else Proof(*row)

    async def use(self, found: Proof) -> bool:
        """Claim a proof by one statement; False when it was used, void or too old."""
        used = await self.connection.execute(
            update(proof)
            .where(proof.c.id == found.id, *self._is_live())
            .values(used_at=self.now)
            .returning(proof.c.id)
        )
        return used.first() is not None

    async def void(self, journey: UUID) -> None:
        """Make what a journey has pending unusable."""
        await self.connection.execute(
            update(proof)
            .where(proof.c.journey == journey, proof.c.used_at.is_(None), proof.c.void_at.is_(None))
            .values(void_at=self.now)
        )

    def _is_live(self) -> tuple[ColumnElement[bool], ...]:
        return (
            proof.c.used_at.is_(None),
            proof.c.void_at.is_(None),
            proof.c.expires_at > self.now,
        )

    def _code_hash(self, row: UUID, code: str) -> bytes:
        return self.index_hash("proof code", str(row), code)


def _select() -> Select[Any]:
    columns = proof.c
    return select(
        columns.id,
        columns.journey,
        columns.purpose,
        columns.created_at,
        columns.expires_at,
        columns.attempts,
    )

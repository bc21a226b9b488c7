"""Journeys under way: found by handle, in the browser they are bound to, their state sealed."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sqlalchemy import insert, select, update

from ciam.identifiers import hash_secret, new_id
from ciam.storage.stores.store import Store, from_json, to_json
from ciam.storage.tables.journeys import journey, proof

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID


@dataclass(frozen=True, slots=True)
class Journey:
    """A sign-in, sign-up or recovery under way."""

    id: UUID
    handle: str
    kind: str
    state: dict[str, Any] = field(repr=False)
    customer: UUID | None
    revision: int
    created_at: datetime
    expires_at: datetime
    finished_at: datetime | None


class JourneyStore(Store):
    """Journeys under way, their state sealed."""

    async def begin(
        self,
        handle: str,
        browser_hash: bytes,
        *,
        kind: str,
        state: dict[str, Any],
        expires_at: datetime,
    ) -> Journey:
        """Insert a journey; only the hash of its handle is kept."""
        row, now = new_id(), self.now
        await self.connection.execute(
            insert(journey).values(
                id=row,
                handle_hash=hash_secret(handle),
                browser_hash=browser_hash,
                kind=kind,
                sealed_state=self.seal_record("journey", "state", row, to_json(state)),
                created_at=now,
                expires_at=expires_at,
            )
        )
        return Journey(row, handle, kind, state, None, 0, now, expires_at, None)

    async def find(self, handle: str, browser_hash: bytes) -> Journey | None:
        """Give a journey of this browser, finished or expired ones too."""
        columns = journey.c
        row = (
            await self.connection.execute(
                select(
                    columns.id,
                    columns.kind,
                    columns.sealed_state,
                    columns.customer,
                    columns.revision,
                    columns.created_at,
                    columns.expires_at,
                    columns.finished_at,
                ).where(
                    columns.handle_hash == hash_secret(handle),
                    columns.browser_hash == browser_hash,
                )
            )
        ).first()
        if row is None:
            return None
        state = from_json(self.open_record("journey", "state", row.id, row.sealed_state))
        return Journey(
            row.id,
            handle,
            row.kind,
            state,
            row.customer,
            row.revision,
            row.created_at,
            row.expires_at,
            row.finished_at,
        )

    async def change(self, found: Journey, state: dict[str, Any], *, customer: UUID | None) -> bool:
        """Write a new state over the revision that was read; False when another step was first.

        `customer` is whose it is from now on, or nobody's: it is not kept from the step before.
        """
        return await self._move(found, state, customer=customer)

    async def finish(self, found: Journey, state: dict[str, Any], *, customer: UUID) -> bool:
        """Claim the end of a journey by one statement; False when it was finished before."""
        return await self._move(found, state, customer=customer, finished_at=self.now)

    async def end_all(self, customer: UUID, *, except_: UUID | None = None) -> None:
        """End what is pending for a customer: journeys, and the proofs mailed for them."""
        conditions = [journey.c.customer == customer, journey.c.finished_at.is_(None)]
        if except_ is not None:
            conditions.append(journey.c.id != except_)
        now = self.now
        ended = list(
            await self.connection.scalars(
                update(journey)
                .where(*conditions)
                .values(finished_at=now, expires_at=now)
                .returning(journey.c.id)
            )
        )
        if ended:
            await self.connection.execute(
                update(proof)
                .where(proof.c.journey.in_(ended), proof.c.used_at.is_(None))
                .values(void_at=now)
            )

    async def _move(
        self,
        found: Journey,
        state: dict[str, Any],
        *,
        customer: UUID | None,
        finished_at: datetime | None = None,
    ) -> bool:
        columns = journey.c
        moved = await self.connection.execute(
            update(journey)
            .where(
                columns.id == found.id,
                columns.revision == found.revision,
                columns.finished_at.is_(None),
                columns.expires_at > self.now,
            )
            .values(
                sealed_state=self.seal_record("journey", "state", found.id, to_json(state)),
                revision=columns.revision + 1,
                customer=customer,
                finished_at=finished_at,
            )
            .returning(columns.id)
        )
        return moved.first() is not None

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

    from sqlalchemy import Row, Select


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
        customer: UUID | None = None,
    ) -> Journey:
        """Insert a journey, somebody's already or nobody's; only the hash of its handle is kept."""
        row, now = new_id(), self.now
        await self.connection.execute(
            insert(journey).values(
                id=row,
                handle_hash=hash_secret(handle),
                browser_hash=browser_hash,
                kind=kind,
                sealed_state=self.seal_record("journey", "state", row, to_json(state)),
                customer=customer,
                created_at=now,
                expires_at=expires_at,
            )
        )
        return Journey(row, handle, kind, state, customer, 0, now, expires_at, None)

    async def find(self, handle: str, browser_hash: bytes) -> Journey | None:
        """Give a journey of this browser, finished or expired ones too."""
        row = (
            await self.connection.execute(
                _select().where(
                    journey.c.handle_hash == hash_secret(handle),
                    journey.c.browser_hash == browser_hash,
                )
            )
        ).first()
        return None if row is None else self._read(row, handle)

    async def list_open(self, customer: UUID, browser_hash: bytes, *, kind: str) -> list[Journey]:
        """List what a customer has under way in this browser, named as its state names it."""
        rows = await self.connection.execute(
            _select().where(
                journey.c.customer == customer,
                journey.c.browser_hash == browser_hash,
                journey.c.kind == kind,
                journey.c.finished_at.is_(None),
                journey.c.expires_at > self.now,
            )
        )
        return [self._read(row) for row in rows]

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

    def _read(self, row: Row[Any], handle: str | None = None) -> Journey:
        state = from_json(self.open_record("journey", "state", row.id, row.sealed_state))
        return Journey(
            row.id,
            state.get("handle", "") if handle is None else handle,
            row.kind,
            state,
            row.customer,
            row.revision,
            row.created_at,
            row.expires_at,
            row.finished_at,
        )


def _select() -> Select[Any]:
    columns = journey.c
    return select(
        columns.id,
        columns.kind,
        columns.sealed_state,
        columns.customer,
        columns.revision,
        columns.created_at,
        columns.expires_at,
        columns.finished_at,
    )

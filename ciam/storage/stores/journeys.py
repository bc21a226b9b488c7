"""Journeys under way: found by handle, in the browser they are bound to, their state sealed."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import Integer, bindparam, insert, literal_column, select, update

from ciam.identifiers import hash_secret, new_id
from ciam.storage.prepared import Prepared
from ciam.storage.stores.store import Store, from_json, to_json
from ciam.storage.tables.journeys import journey, proof

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from sqlalchemy import Row, Select

_COLUMNS: Final = journey.c
_SELECT: Final[Select[Any]] = select(
    _COLUMNS.id,
    _COLUMNS.kind,
    _COLUMNS.sealed_state,
    _COLUMNS.customer,
    _COLUMNS.revision,
    _COLUMNS.created_at,
    _COLUMNS.expires_at,
    _COLUMNS.finished_at,
)
_FIND: Final = Prepared(
    _SELECT.where(
        _COLUMNS.handle_hash == bindparam("handle"),
        _COLUMNS.browser_hash == bindparam("browser"),
    )
)
_BEGIN: Final = Prepared(
    insert(journey),
    values=(
        "id",
        "handle_hash",
        "browser_hash",
        "kind",
        "sealed_state",
        "customer",
        "created_at",
        "expires_at",
    ),
)
_MOVE: Final = Prepared(
    update(journey)
    .where(
        _COLUMNS.id == bindparam("row"),
        _COLUMNS.revision == bindparam("seen"),
        _COLUMNS.finished_at.is_(None),
        _COLUMNS.expires_at > bindparam("now"),
    )
    .values(
        sealed_state=bindparam("state"),
        revision=_COLUMNS.revision + literal_column("1", Integer),
        customer=bindparam("owner"),
        finished_at=bindparam("finished"),
    )
    .returning(_COLUMNS.id)
)


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
        await self.connection.all(
            _BEGIN,
            {
                "id": row,
                "handle_hash": hash_secret(handle),
                "browser_hash": browser_hash,
                "kind": kind,
                "sealed_state": self.seal_record("journey", "state", row, to_json(state)),
                "customer": customer,
                "created_at": now,
                "expires_at": expires_at,
            },
        )
        return Journey(row, handle, kind, state, customer, 0, now, expires_at, None)

    async def find(self, handle: str, browser_hash: bytes) -> Journey | None:
        """Give a journey of this browser, finished or expired ones too."""
        named = {"handle": hash_secret(handle), "browser": browser_hash}
        row = await self.connection.first(_FIND, named)
        return None if row is None else self._read(row, handle)

    async def list_open(self, customer: UUID, browser_hash: bytes, *, kind: str) -> list[Journey]:
        """List what a customer has under way in this browser, named as its state names it."""
        rows = await self.connection.execute(
            _SELECT.where(
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
        moved = await self.connection.first(
            _MOVE,
            {
                "row": found.id,
                "seen": found.revision,
                "now": self.now,
                "state": self.seal_record("journey", "state", found.id, to_json(state)),
                "owner": customer,
                "finished": finished_at,
            },
        )
        return moved is not None

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

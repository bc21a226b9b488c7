"""Operators and their invitations: each link and each code is used by one statement."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import ColumnElement, Select, delete, insert, select, update

from ciam.identifiers import hash_secret, new_id
from ciam.storage.stores.blind_index import BlindIndex
from ciam.storage.stores.store import Store, from_json, to_json
from ciam.storage.tables.operators import operator, operator_index, operator_invitation

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime
    from uuid import UUID

ADDRESSES: Final = BlindIndex(operator_index, operator_index.c.operator, "operator")
ACTIVE = "active"
DISABLED = "disabled"


@dataclass(frozen=True, slots=True)
class Operator:
    """Somebody in the console."""

    id: UUID
    name: str = field(repr=False)
    email: str = field(repr=False)
    roles: frozenset[str]
    state: str
    created_at: datetime
    signed_in_at: datetime | None
    password: str = field(repr=False)
    seed: str = field(repr=False)
    used_step: int

    @property
    def is_active(self) -> bool:
        """Whether this operator may sign in."""
        return self.state == ACTIVE


@dataclass(frozen=True, slots=True)
class Invitation:
    """An invitation that may still be used."""

    id: UUID
    email: str = field(repr=False)
    seed: str = field(repr=False)
    roles: frozenset[str]
    invited_by: str
    created_at: datetime
    expires_at: datetime


class OperatorStore(Store):
    """Operators and their invitations."""

    async def invite(
        self,
        *,
        link: str,
        email: str,
        lookup: str,
        seed: str,
        roles: Iterable[str],
        invited_by: str,
        expires_at: datetime,
    ) -> None:
        """Keep an invitation; those before for the same address are void."""
        row, hashes = new_id(), self._hashes(lookup)
        await self.connection.execute(
            update(operator_invitation)
            .where(operator_invitation.c.email_hash.in_(hashes), *self._is_open())
            .values(void_at=self.now)
        )
        offer = to_json({"email": email, "seed": seed})
        await self.connection.execute(
            insert(operator_invitation).values(
                id=row,
                link_hash=hash_secret(link),
                sealed_offer=self.seal_record("operator_invitation", "offer", row, offer),
                email_hash=self._hash(lookup),
                roles=sorted(roles),
                invited_by=invited_by,
                created_at=self.now,
                expires_at=expires_at,
            )
        )

    async def find_invitation(self, link: str) -> Invitation | None:
        """Give the open invitation of a link."""
        columns = operator_invitation.c
        row = (
            await self.connection.execute(
                _invitations().where(columns.link_hash == hash_secret(link), *self._is_open())
            )
        ).first()
        return None if row is None else self._invitation(row)

    async def list_invitations(self) -> list[Invitation]:
        """Give the open invitations, newest first."""
        rows = await self.connection.execute(
            _invitations()
            .where(*self._is_open())
            .order_by(operator_invitation.c.created_at.desc(), operator_invitation.c.id)
        )
        return [self._invitation(row) for row in rows]

    async def use_invitation(self, invitation: UUID) -> bool:
        """Claim an invitation by one statement; False when it was used, void or too old."""
        used = await self.connection.execute(
            update(operator_invitation)
            .where(operator_invitation.c.id == invitation, *self._is_open())
            .values(used_at=self.now)
            .returning(operator_invitation.c.id)
        )
        return used.first() is not None

    async def put(
        self,
        *,
        name: str,
        email: str,
        lookup: str,
        roles: Iterable[str],
        password: str,
        seed: str,
        used_step: int,
    ) -> UUID | None:
        """Insert an operator, or give the active one of this address everything anew.

        None: the operator of this address is not active, and nothing was written.
        """
        known = await self.find_by_email(lookup)
        row = new_id() if known is None else known.id
        values = {
            "sealed_person": self.seal_record(
                "operator", "person", row, to_json({"name": name, "email": email})
            ),
            "roles": sorted(roles),
            "password": password,
            "sealed_seed": self.seal_record("operator", "seed", row, seed.encode()),
            "used_step": used_step,
        }
        if known is not None:
            written = await self.connection.execute(
                update(operator)
                .where(operator.c.id == row, operator.c.state == ACTIVE)
                .values(**values)
                .returning(operator.c.id)
            )
            return None if written.first() is None else row
        await self.connection.execute(
            insert(operator).values(
                id=row, state=ACTIVE, state_since=self.now, created_at=self.now, **values
            )
        )
        if not await ADDRESSES.claim(self, row, lookup):
            await self.connection.execute(delete(operator).where(operator.c.id == row))
            return None
        return row

    async def find(self, operator_id: UUID) -> Operator | None:
        """Give an operator by id, in whatever state."""
        row = (
            await self.connection.execute(_operators().where(operator.c.id == operator_id))
        ).first()
        return None if row is None else self._operator(row)

    async def find_by_email(self, lookup: str) -> Operator | None:
        """Give the operator of an address, in whatever state."""
        row = (
            await self.connection.execute(
                _operators()
                .join(operator_index, operator_index.c.operator == operator.c.id)
                .where(ADDRESSES.is_named(self, lookup))
            )
        ).first()
        return None if row is None else self._operator(row)

    async def list_all(self) -> list[Operator]:
        """Give every operator, oldest first."""
        rows = await self.connection.execute(
            _operators().order_by(operator.c.created_at, operator.c.id)
        )
        return [self._operator(row) for row in rows]

    async def use_step(self, operator_id: UUID, step: int) -> bool:
        """Claim a TOTP step by one statement; False when it or a later one was used."""
        used = await self.connection.execute(
            update(operator)
            .where(
                operator.c.id == operator_id,
                operator.c.state == ACTIVE,
                operator.c.used_step < step,
            )
            .values(used_step=step, signed_in_at=self.now)
            .returning(operator.c.id)
        )
        return used.first() is not None

    async def set_state(self, operator_id: UUID, state: str, *, was: str) -> bool:
        """Move from one state to another by one statement; False when it was not in `was`."""
        changed = await self.connection.execute(
            update(operator)
            .where(operator.c.id == operator_id, operator.c.state == was)
            .values(state=state, state_since=self.now)
            .returning(operator.c.id)
        )
        return changed.first() is not None

    async def rehash_invitation(self, invitation: UUID, lookup: str) -> None:
        """Note whom an invitation is for under the newest index key."""
        await self.connection.execute(
            update(operator_invitation)
            .where(operator_invitation.c.id == invitation)
            .values(email_hash=self._hash(lookup))
        )

    async def move_passwords(self, move: Callable[[str], str | None]) -> None:
        """Store every password as `move` gives it anew; None: it stays."""
        for found in await self.list_all():
            moved = move(found.password)
            if moved is not None:
                await self.connection.execute(
                    update(operator)
                    .where(operator.c.id == found.id, operator.c.password == found.password)
                    .values(password=moved)
                )

    async def lock_all(self) -> None:
        """Hold every operator until the end: who is the last owner is decided by one at a time."""
        if not self.stores.is_sqlite:
            await self.connection.execute(
                select(operator.c.id).order_by(operator.c.id).with_for_update()
            )

    def _is_open(self) -> tuple[ColumnElement[bool], ...]:
        columns = operator_invitation.c
        return columns.used_at.is_(None), columns.void_at.is_(None), columns.expires_at > self.now

    def _hash(self, lookup: str) -> bytes:
        return self.index_hash("operator", lookup)

    def _hashes(self, lookup: str) -> list[bytes]:
        return self.index_hashes("operator", lookup)

    def _invitation(self, row: Any) -> Invitation:  # noqa: ANN401 - a row of _invitations
        offer = from_json(
            self.open_record("operator_invitation", "offer", row.id, row.sealed_offer)
        )
        return Invitation(
            row.id,
            offer["email"],
            offer["seed"],
            frozenset(row.roles),
            row.invited_by,
            row.created_at,
            row.expires_at,
        )

    def _operator(self, row: Any) -> Operator:  # noqa: ANN401 - a row of _operators
        person = from_json(self.open_record("operator", "person", row.id, row.sealed_person))
        return Operator(
            row.id,
            person["name"],
            person["email"],
            frozenset(row.roles),
            row.state,
            row.created_at,
            row.signed_in_at,
            row.password,
            self.open_record("operator", "seed", row.id, row.sealed_seed).decode(),
            row.used_step,
        )


def _invitations() -> Select[Any]:
    columns = operator_invitation.c
    return select(
        columns.id,
        columns.sealed_offer,
        columns.roles,
        columns.invited_by,
        columns.created_at,
        columns.expires_at,
    )


def _operators() -> Select[Any]:
    columns = operator.c
    return select(
        columns.id,
        columns.sealed_person,
        columns.roles,
        columns.state,
        columns.created_at,
        columns.signed_in_at,
        columns.password,
        columns.sealed_seed,
        columns.used_step,
    )

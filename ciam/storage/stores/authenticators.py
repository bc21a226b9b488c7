"""Enrolled authenticators; the stored password is one.

The secret part is sealed with the customer's key and destroyed when the authenticator is removed:
an old password hash is of no use to anybody but a thief.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, bindparam, func, or_, select, update

from ciam.identifiers import new_id
from ciam.storage.prepared import Prepared
from ciam.storage.stores.customer_keys import CustomerKeyDestroyed
from ciam.storage.stores.store import Store
from ciam.storage.tables.customers import authenticator

PASSWORD = "password"
TOTP = "totp"


@dataclass(frozen=True, slots=True)
class Authenticator:
    """Something a customer signs in with; `document` is its public part."""

    id: UUID
    customer: UUID
    method: str
    secret: bytes | None = field(repr=False)
    document: dict[str, Any]
    created_at: datetime
    last_used_at: datetime | None


class AuthenticatorStore(Store):
    """Enrolled authenticators."""

    async def add(
        self,
        customer: UUID,
        method: str,
        *,
        secret: bytes | None,
        document: dict[str, Any] | None = None,
        pepper_version: int | None = None,
    ) -> Authenticator | None:
        """Enrol an authenticator; None when it is another password or app beside the one.

        `pepper_version` is of a password, if known: what is not known is looked at by a rotation.
        """
        row, now = new_id(), self.now
        added = await self.connection.execute(
            self.insert(authenticator)
            .values(
                id=row,
                customer=customer,
                method=method,
                sealed_secret=await self._seal(customer, row, secret),
                document=document or {},
                pepper_version=pepper_version,
                created_at=now,
            )
            .on_conflict_do_nothing()
            .returning(authenticator.c.id)
        )
        if added.first() is None:
            return None
        return Authenticator(row, customer, method, secret, document or {}, now, None)

    async def list_for(self, customer: UUID) -> list[Authenticator]:
        """Give what a customer signs in with, oldest first."""
        rows = await self.connection.all(_LIST, {"customer": customer})
        return [await self._open(row) for row in rows]

    async def find_password(self, customer: UUID) -> Authenticator | None:
        """Give the stored password, if the customer has one."""
        return await self.find_one(customer, PASSWORD)

    async def find_one(self, customer: UUID, method: str) -> Authenticator | None:
        """Give the authenticator of a method of which a customer has one at most."""
        row = await self.connection.first(_FIND_ONE, {"customer": customer, "method": method})
        return None if row is None else await self._open(row)

    async def replace_secret(
        self,
        authenticator_id: UUID,
        customer: UUID,
        secret: bytes,
        *,
        pepper_version: int | None = None,
    ) -> bool:
        """Store the same secret in a newer form; False when it was removed meanwhile."""
        changed = await self.connection.execute(
            update(authenticator)
            .where(authenticator.c.id == authenticator_id, authenticator.c.removed_at.is_(None))
            .values(
                sealed_secret=await self._seal(customer, authenticator_id, secret),
                pepper_version=pepper_version,
            )
            .returning(authenticator.c.id)
        )
        return changed.first() is not None

    async def use_step(self, authenticator_id: UUID, step: int) -> bool:
        """Claim a time step by one statement; False for a used or an older one (C-08)."""
        last = authenticator.c.last_step
        used = await self.connection.execute(
            update(authenticator)
            .where(
                authenticator.c.id == authenticator_id,
                authenticator.c.removed_at.is_(None),
                or_(last.is_(None), last < step),
            )
            .values(last_step=step, last_used_at=self.now)
            .returning(authenticator.c.id)
        )
        return used.first() is not None

    async def touch(self, authenticator_id: UUID) -> None:
        """Note that it was used now."""
        await self.connection.all(_TOUCH, {"authenticator": authenticator_id, "now": self.now})

    async def remove(self, authenticator_id: UUID) -> bool:
        """Remove it and destroy its secret, by one statement; False when it was gone."""
        removed = await self.connection.execute(
            update(authenticator)
            .where(authenticator.c.id == authenticator_id, authenticator.c.removed_at.is_(None))
            .values(removed_at=self.now, sealed_secret=None)
            .returning(authenticator.c.id)
        )
        return removed.first() is not None

    async def move_passwords(
        self, move: Callable[[str], str | None], *, after: UUID | None, limit: int
    ) -> UUID | None:
        """Store passwords under an older pepper as `move` gives them anew; None: it stays.

        Gives the last one that was looked at, None when there was none after `after`.
        """
        columns, last = authenticator.c, None
        wanted = self._is_pepper_behind()
        if after is not None:
            wanted = and_(wanted, columns.id > after)
        rows = await self.connection.execute(
            _select().where(wanted).order_by(columns.id).limit(limit)
        )
        for row in rows.all():
            last = row.id
            try:
                found = await self._open(row)
            except CustomerKeyDestroyed:
                continue
            moved = move((found.secret or b"").decode())
            sealed = row.sealed_secret
            if moved is not None:
                sealed = await self._seal(found.customer, found.id, moved.encode())
            await self.connection.execute(
                update(authenticator)
                .where(columns.id == found.id, columns.sealed_secret == row.sealed_secret)
                .values(sealed_secret=sealed, pepper_version=self.stores.keys.pepper.newest.version)
            )
        return last

    async def count_pepper_behind(self) -> int:
        """Count the passwords of which it is not known that they lie under the newest pepper."""
        found = await self.connection.scalar(
            select(func.count()).select_from(authenticator).where(self._is_pepper_behind())
        )
        return int(found or 0)

    def _is_pepper_behind(self) -> ColumnElement[bool]:
        columns = authenticator.c
        return and_(
            columns.method == PASSWORD,
            columns.removed_at.is_(None),
            columns.sealed_secret.is_not(None),
            or_(
                columns.pepper_version.is_(None),
                columns.pepper_version < self.stores.keys.pepper.newest.version,
            ),
        )

    async def _seal(self, customer: UUID, row: UUID, secret: bytes | None) -> bytes | None:
        if secret is None:
            return None
        return await self.seal_for(customer, "authenticator", "secret", row, secret)

    async def _open(self, row: Any) -> Authenticator:  # noqa: ANN401 - a row of _select
        secret = row.sealed_secret
        if secret is not None:
            secret = await self.open_for(row.customer, "authenticator", "secret", row.id, secret)
        return Authenticator(
            row.id,
            row.customer,
            row.method,
            secret,
            row.document,
            row.created_at,
            row.last_used_at,
        )


def _select() -> Select[Any]:
    columns = authenticator.c
    return select(
        columns.id,
        columns.customer,
        columns.method,
        columns.sealed_secret,
        columns.document,
        columns.created_at,
        columns.last_used_at,
    )


_CURRENT = (authenticator.c.customer == bindparam("customer"), authenticator.c.removed_at.is_(None))

# Made once: to build such a statement takes longer than to run it.
_LIST = Prepared(
    _select().where(*_CURRENT).order_by(authenticator.c.created_at, authenticator.c.id)
)
_FIND_ONE = Prepared(_select().where(*_CURRENT, authenticator.c.method == bindparam("method")))
_TOUCH = Prepared(
    update(authenticator)
    .where(authenticator.c.id == bindparam("authenticator"))
    .values(last_used_at=bindparam("now"))
)

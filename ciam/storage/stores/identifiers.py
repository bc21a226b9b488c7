"""What points at customers; uniqueness in the blind index.

The value is sealed with the customer's key. A sign-in identifier has a row in `identifier_index`:
the keyed hash of its lookup form, under every live index key, so that rotation needs no pause.
Contact values have none, and may be shared.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Select, bindparam, delete, exists, insert, select, update

from ciam.identifiers import new_id
from ciam.storage.prepared import Prepared
from ciam.storage.stores.blind_index import BlindIndex
from ciam.storage.stores.store import Store
from ciam.storage.tables.customers import identifier, identifier_index

LOGIN: Final = "login"
"""The one namespace that e-mail, phone and user name share."""
LOGINS: Final = BlindIndex(
    identifier_index, identifier_index.c.identifier, LOGIN, also={"namespace": LOGIN}
)


@dataclass(frozen=True, slots=True)
class Identifier:
    """One identifier as it was typed; `is_login` tells whether one signs in with it."""

    id: UUID
    customer: UUID
    kind: str
    value: str = field(repr=False)
    verified_at: datetime | None
    source: str
    added_at: datetime
    is_login: bool


class IdentifierStore(Store):
    """What points at customers."""

    async def add(
        self,
        customer: UUID,
        kind: str,
        value: str,
        *,
        source: str,
        verified_at: datetime | None = None,
        login: str | None = None,
    ) -> Identifier | None:
        """Add a value; `login` is its lookup form if one signs in with it.

        None: another customer signs in with it already, and nothing was added.
        """
        row, now = new_id(), self.now
        await self.connection.execute(
            insert(identifier).values(
                id=row,
                customer=customer,
                kind=kind,
                sealed_value=await self.seal_for(
                    customer, "identifier", "value", row, value.encode()
                ),
                source=source,
                added_at=now,
                verified_at=verified_at,
            )
        )
        if login is not None and not await self._claim(row, login):
            await self.connection.execute(delete(identifier).where(identifier.c.id == row))
            return None
        return Identifier(row, customer, kind, value, verified_at, source, now, login is not None)

    async def find_login(self, login: str) -> Identifier | None:
        """Give the identifier one signs in with; `login` is the lookup form."""
        row = (
            await self.connection.execute(
                _select()
                .join(identifier_index, identifier_index.c.identifier == identifier.c.id)
                .where(identifier_index.c.namespace == LOGIN, LOGINS.is_named(self, login))
            )
        ).first()
        return None if row is None else await self._open(row)

    async def find(self, identifier_id: UUID) -> Identifier | None:
        """Give an identifier that points at its customer now."""
        row = await self.connection.first(_FIND, {"identifier": identifier_id})
        return None if row is None else await self._open(row)

    async def list_for(self, customer: UUID) -> list[Identifier]:
        """Give what points at a customer now, oldest first."""
        rows = await self.connection.all(_LIST, {"customer": customer})
        return [await self._open(row) for row in rows]

    async def mark_verified(self, identifier_id: UUID) -> None:
        """Note that the customer proved to hold it; the first proof's time stays."""
        await self.connection.execute(
            update(identifier)
            .where(identifier.c.id == identifier_id, identifier.c.verified_at.is_(None))
            .values(verified_at=self.now)
        )

    async def remove(self, identifier_id: UUID) -> None:
        """Let go of an identifier: it is free for sign-in elsewhere, and kept as history."""
        await LOGINS.release(self, identifier_id)
        await self.connection.execute(
            update(identifier)
            .where(identifier.c.id == identifier_id, identifier.c.removed_at.is_(None))
            .values(removed_at=self.now)
        )

    async def release(self, identifier_id: UUID) -> None:
        """Let an identifier be no name to sign in with any more: it is free, and stays a contact.

        `restore` takes it up again.
        """
        await LOGINS.release(self, identifier_id)

    async def find_removed(self, customer: UUID, identifier_id: UUID) -> Identifier | None:
        """Give an identifier that a customer let go of."""
        row = (
            await self.connection.execute(
                _select().where(
                    identifier.c.id == identifier_id,
                    identifier.c.customer == customer,
                    identifier.c.removed_at.is_not(None),
                )
            )
        ).first()
        return None if row is None else await self._open(row)

    async def restore(self, identifier_id: UUID, login: str) -> bool:
        """Take an identifier up again for sign-in; False when another customer has it now."""
        if not await self._claim(identifier_id, login):
            return False
        await self.connection.execute(
            update(identifier).where(identifier.c.id == identifier_id).values(removed_at=None)
        )
        return True

    async def _claim(self, row: UUID, login: str) -> bool:
        return await LOGINS.claim(self, row, login)

    async def _open(self, row: Any) -> Identifier:  # noqa: ANN401 - a row of _select
        value = await self.open_for(row.customer, "identifier", "value", row.id, row.sealed_value)
        return Identifier(
            row.id,
            row.customer,
            row.kind,
            value.decode(),
            row.verified_at,
            row.source,
            row.added_at,
            row.is_login,
        )


def _select() -> Select[Any]:
    columns = identifier.c
    return select(
        columns.id,
        columns.customer,
        columns.kind,
        columns.sealed_value,
        columns.verified_at,
        columns.source,
        columns.added_at,
        exists()
        .where(identifier_index.c.identifier == identifier.c.id)
        .correlate(identifier)
        .label("is_login"),
    )


# Made once: to build such a statement takes longer than to run it.
_FIND = Prepared(
    _select().where(identifier.c.id == bindparam("identifier"), identifier.c.removed_at.is_(None))
)
_LIST = Prepared(
    _select()
    .where(identifier.c.customer == bindparam("customer"), identifier.c.removed_at.is_(None))
    .order_by(identifier.c.added_at, identifier.c.id)
)

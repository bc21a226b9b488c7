"""What customers allow clients, standing.

Lock order: customer, then grant, then token. The epoch rises whenever a grant becomes narrower, so
what was issued before is recognised as too wide.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, bindparam, select, update

from ciam.identifiers import new_id
from ciam.storage.prepared import Prepared
from ciam.storage.stores.store import Store
from ciam.storage.tables.grants import client_grant


@dataclass(frozen=True, slots=True)
class ClientGrant:
    """What one customer allows one client."""

    id: UUID
    customer: UUID
    client: UUID
    scopes: frozenset[str]
    epoch: int
    granted_at: datetime
    updated_at: datetime
    removed_at: datetime | None


class ClientGrantStore(Store):
    """What customers allow clients, standing."""

    async def find(self, customer: UUID, client: UUID) -> ClientGrant | None:
        """Give the grant, removed or not."""
        row = await self.connection.first(_FIND, {"customer": customer, "client": client})
        return None if row is None else _record(row)

    async def get_by_id(self, grant: UUID) -> ClientGrant:
        """Give a grant by its id; raise LookupError when there is none."""
        row = await self.connection.first(_GET, {"grant": grant})
        if row is None:
            raise LookupError("no such client grant")
        return _record(row)

    async def lock(self, customer: UUID, client: UUID) -> ClientGrant | None:
        """Give the grant and hold the row until the end; rows that refer to it may still be added.

        On SQLite a writing unit of work is alone anyway.
        """
        given = {"customer": customer, "client": client}
        row = await self.connection.first(_LOCK, given)
        return None if row is None else _record(row)

    async def list_for(self, customer: UUID) -> list[ClientGrant]:
        """Give what a customer allows now, newest first."""
        rows = await self.connection.execute(
            _select()
            .where(client_grant.c.customer == customer, client_grant.c.removed_at.is_(None))
            .order_by(client_grant.c.granted_at.desc(), client_grant.c.id)
        )
        return [_record(row) for row in rows]

    async def insert_new(self, customer: UUID, client: UUID) -> None:
        """Insert an empty grant unless there is one: two first consents meet in one row."""
        now = self.now
        await self.connection.execute(
            self.insert(client_grant)
            .values(
                id=new_id(),
                customer=customer,
                client=client,
                scopes=[],
                epoch=0,
                granted_at=now,
                updated_at=now,
            )
            .on_conflict_do_nothing()
        )

    async def set_scopes(
        self, grant: ClientGrant, scopes: Iterable[str], *, narrower: bool
    ) -> ClientGrant:
        """Write the scopes of a grant the caller holds locked; `narrower` raises the epoch."""
        columns = client_grant.c
        now = self.now
        row = (
            await self.connection.execute(
                update(client_grant)
                .where(columns.id == grant.id)
                .values(
                    scopes=sorted(scopes),
                    epoch=columns.epoch + (1 if narrower else 0),
                    updated_at=now,
                    granted_at=now if grant.removed_at else columns.granted_at,
                    removed_at=None,
                )
                .returning(*_columns())
            )
        ).one()
        return _record(row)

    async def remove(self, grant: UUID) -> bool:
        """End a grant by one statement; False when it had ended before."""
        columns = client_grant.c
        now = self.now
        removed = await self.connection.execute(
            update(client_grant)
            .where(columns.id == grant, columns.removed_at.is_(None))
            .values(scopes=[], epoch=columns.epoch + 1, updated_at=now, removed_at=now)
            .returning(columns.id)
        )
        return removed.first() is not None


def _columns() -> tuple[Any, ...]:
    columns = client_grant.c
    return (
        columns.id,
        columns.customer,
        columns.client,
        columns.scopes,
        columns.epoch,
        columns.granted_at,
        columns.updated_at,
        columns.removed_at,
    )


def _select() -> Select[Any]:
    return select(*_columns())


def _record(row: Any) -> ClientGrant:  # noqa: ANN401 - a row of _select
    return ClientGrant(
        row.id,
        row.customer,
        row.client,
        frozenset(row.scopes),
        row.epoch,
        row.granted_at,
        row.updated_at,
        row.removed_at,
    )


# Made once: to build such a statement takes longer than to run it.
_OF_CUSTOMER_AND_CLIENT = _select().where(
    client_grant.c.customer == bindparam("customer"), client_grant.c.client == bindparam("client")
)
_FIND = Prepared(_OF_CUSTOMER_AND_CLIENT)
_LOCK = Prepared(_OF_CUSTOMER_AND_CLIENT.with_for_update(key_share=True))
_GET = Prepared(_select().where(client_grant.c.id == bindparam("grant")))

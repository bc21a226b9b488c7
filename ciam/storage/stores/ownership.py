"""Who owns what is configured: a file, the console or the API; one question over seven tables."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal

from sqlalchemy import null, select, update

from ciam.storage.stores.store import Store
from ciam.storage.tables.clients import client
from ciam.storage.tables.config import attribute_definition, brand, policy
from ciam.storage.tables.consent import notice, purpose
from ciam.storage.tables.federation import connection

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement, Table

Owned = Literal["attribute", "brand", "policy", "notice", "purpose", "client", "connection"]

_NEVER_ENDED: Final = null()


@dataclass(frozen=True, slots=True)
class Ownership:
    """Who may change an entry, and whether it is in use (not disabled, not retired)."""

    managed_by: str
    is_live: bool


@dataclass(frozen=True, slots=True)
class _Where:
    table: Table
    key: ColumnElement[Any]
    ended: ColumnElement[Any]
    order: ColumnElement[Any]


_WHERE: Final[dict[Owned, _Where]] = {
    "attribute": _Where(
        attribute_definition, attribute_definition.c.key, _NEVER_ENDED, attribute_definition.c.key
    ),
    "brand": _Where(brand, brand.c.key, _NEVER_ENDED, brand.c.key),
    "policy": _Where(policy, policy.c.key, _NEVER_ENDED, policy.c.key),
    "notice": _Where(notice, notice.c.key, notice.c.retired_at, notice.c.id),
    "purpose": _Where(purpose, purpose.c.key, purpose.c.retired_at, purpose.c.id),
    "client": _Where(client, client.c.client_id, client.c.disabled_at, client.c.client_id),
    "connection": _Where(connection, connection.c.key, connection.c.disabled_at, connection.c.key),
}


class OwnershipStore(Store):
    """Who owns what is configured."""

    async def list_owners(self, kind: Owned) -> dict[str, Ownership]:
        """Give the owner of every entry of a kind by its key, in the order people see them."""
        where = _WHERE[kind]
        rows = await self.connection.execute(
            select(
                where.key.label("key"),
                where.table.c.managed_by,
                where.ended.is_(None).label("is_live"),
            )
            .select_from(where.table)
            .order_by(where.order)
        )
        return {row.key: Ownership(row.managed_by, bool(row.is_live)) for row in rows}

    async def hand_over(self, kind: Owned, key: str, *, managed_by: str) -> None:
        """Give an entry to another owner; nothing else of it changes."""
        where = _WHERE[kind]
        await self.connection.execute(
            update(where.table).where(where.key == key).values(managed_by=managed_by)
        )

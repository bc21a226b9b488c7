"""What every store is made of: a connection, the clock, and sealing for a row."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from sqlalchemy.dialects.postgresql import Insert as PostgresqlInsert
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import Insert as SqliteInsert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from ciam.sealing import keyed_hash, place, seal, unseal

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from sqlalchemy import Table

    from ciam.storage.stores.catalogue import Stores


class Store:
    """A set of queries about one subject, bound to the unit of work it belongs to."""

    def __init__(self, stores: Stores) -> None:
        """Share the unit of work's connection, clock, keys and neighbouring stores."""
        self.stores = stores
        self.connection = stores.connection

    @property
    def now(self) -> datetime:
        """The present instant, by the injected clock."""
        return self.stores.clock.now()

    def insert(self, table: Table) -> PostgresqlInsert | SqliteInsert:
        """Give the dialect's INSERT, which knows `ON CONFLICT` on both databases."""
        return insert_on(table, is_sqlite=self.stores.is_sqlite)

    def index_hash(self, *parts: str) -> bytes:
        """Hash what is looked up but not readable, with the newest index key."""
        return keyed_hash(self.stores.keys.index.newest, *parts)

    def index_hashes(self, *parts: str) -> list[bytes]:
        """Give the hash under every live index key: during a rotation either may be stored."""
        keys = self.stores.keys.index.keys
        return [keyed_hash(keys[version], *parts) for version in sorted(keys)]

    def seal_record(self, table: str, column: str, row: UUID | str, content: bytes) -> bytes:
        """Seal a value of a row that belongs to no customer."""
        return seal(self.stores.keys.records.newest, content, place(table, column, row))

    def open_record(self, table: str, column: str, row: UUID | str, sealed: bytes) -> bytes:
        """Open what `seal_record` sealed; raise SealBroken when it was moved or changed."""
        return unseal(self.stores.keys.records, sealed, place(table, column, row))

    async def seal_for(
        self, customer: UUID, table: str, column: str, row: UUID | str, content: bytes
    ) -> bytes:
        """Seal a value of a customer's row with that customer's key."""
        key = await self.stores.customer_keys.get(customer)
        return seal(key, content, place(table, column, row))

    async def open_for(
        self, customer: UUID, table: str, column: str, row: UUID | str, sealed: bytes
    ) -> bytes:
        """Open what `seal_for` sealed; raise CustomerKeyDestroyed after an erasure."""
        key = await self.stores.customer_keys.get(customer)
        return unseal(key, sealed, place(table, column, row))


def insert_on(table: Table, *, is_sqlite: bool) -> PostgresqlInsert | SqliteInsert:
    """Give the INSERT of a dialect, for statements that are made once for each."""
    return sqlite_insert(table) if is_sqlite else postgresql_insert(table)


def to_json(value: Any) -> bytes:  # noqa: ANN401 - whatever JSON can hold
    """Give compact UTF-8 JSON, keys sorted, so equal values have equal bytes."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def from_json(content: bytes) -> Any:  # noqa: ANN401 - whatever JSON can hold
    """Read what `to_json` wrote."""
    return json.loads(content)

"""Unique names that cannot be read: a keyed hash for each live key, the rows of one owner.

While the key rotates a name is claimed under every live key, the oldest first. So two nodes that
know different keys still meet at one they share, and what was claimed under the old key alone is
found and is still unique. The database's primary key decides, never a look-up before.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import Column, Exists, Select, delete, exists, func, select

from ciam.sealing import keyed_hash

if TYPE_CHECKING:
    from uuid import UUID

    from sqlalchemy import Table
    from sqlalchemy.sql.elements import ColumnElement

    from ciam.storage.stores.store import Store


class BlindIndex:
    """The names of one table: `owner` is the column that points at the row they belong to."""

    def __init__(
        self, table: Table, owner: Column[UUID], hashed: str, *, also: dict[str, str] | None = None
    ) -> None:
        """Take the table; `hashed` goes first into each hash, `also` into further columns."""
        self.table, self.owner = table, owner
        self._hashed, self._also = hashed, also or {}

    async def claim(self, store: Store, row: UUID, *name: str) -> bool:
        """Take a name under every live key; False when another row has it, and nothing is kept."""
        keys = store.stores.keys.index.keys
        for version in sorted(keys):
            claimed = await store.connection.execute(
                store.insert(self.table)
                .values(
                    keyed_hash=keyed_hash(keys[version], self._hashed, *name),
                    key_version=version,
                    **{self.owner.name: row},
                    **self._also,
                )
                .on_conflict_do_nothing()
                .returning(self.owner)
            )
            if claimed.first() is None:
                await self.release(store, row)
                return False
        return True

    async def release(self, store: Store, row: UUID) -> None:
        """Let a row's names go."""
        await store.connection.execute(delete(self.table).where(self.owner == row))

    def is_named(self, store: Store, *name: str) -> ColumnElement[bool]:
        """Give the condition that a row of the table holds this name, under whichever key."""
        return self.table.c.keyed_hash.in_(store.index_hashes(self._hashed, *name))

    async def list_behind(self, store: Store, *, after: UUID | None, limit: int) -> list[UUID]:
        """Give some owners after one that have no name under the key that is sealed with."""
        behind = self._behind(store).order_by(self.owner).limit(limit)
        if after is not None:
            behind = behind.where(self.owner > after)
        return list((await store.connection.execute(behind)).scalars())

    async def count_behind(self, store: Store) -> int:
        """Count the owners that have no name under the key that is sealed with."""
        behind = self._behind(store).subquery()
        found = await store.connection.scalar(select(func.count()).select_from(behind))
        return int(found or 0)

    async def catch_up(self, store: Store, row: UUID, *name: str) -> bool:
        """Add the name under the newest key; False when another row holds it there."""
        key = store.stores.keys.index.newest
        added = await store.connection.execute(
            store.insert(self.table)
            .values(
                keyed_hash=keyed_hash(key, self._hashed, *name),
                key_version=key.version,
                **{self.owner.name: row},
                **self._also,
            )
            .on_conflict_do_update(
                index_elements=list(self.table.primary_key.columns),
                set_={"key_version": key.version},
                where=self.owner == row,
            )
            .returning(self.owner)
        )
        return added.first() is not None

    async def forget_removed(self, store: Store, *, limit: int) -> int:
        """Delete some names under keys that are removed, of owners with a name under the newest."""
        gone_keys = self.table.c.key_version.not_in(tuple(store.stores.keys.index.keys))
        some = (
            select(self.table.c.keyed_hash).where(gone_keys, self._has_newest(store)).limit(limit)
        )
        gone = await store.connection.execute(
            delete(self.table).where(self.table.c.keyed_hash.in_(some), gone_keys)
        )
        return gone.rowcount

    def _behind(self, store: Store) -> Select[Any]:
        return select(self.owner).where(~self._has_newest(store)).distinct()

    def _has_newest(self, store: Store) -> Exists:
        newer = self.table.alias()
        return exists().where(
            newer.c[self.owner.name] == self.owner,
            newer.c.key_version >= store.stores.keys.index.newest.version,
        )

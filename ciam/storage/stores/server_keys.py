"""Symmetric keys of the installation, sealed with the master key; `ciam.keys` decides on them."""

from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import delete, select, update

from ciam.identifiers import new_id
from ciam.sealing import SealingKey, place, seal, unseal, version_of
from ciam.storage.stores.store import Store
from ciam.storage.tables.keys import server_key


@dataclass(frozen=True, slots=True)
class ServerKey:
    """One version of one key."""

    use: str
    version: int
    key: SealingKey = field(repr=False)
    created_at: datetime
    sealed_under: int
    """Version of the master key over it."""


class ServerKeyStore(Store):
    """Symmetric keys of the installation."""

    async def list_live(self) -> list[ServerKey]:
        """Give every key that is not retired; raise SealBroken under a wrong master key."""
        columns = server_key.c
        rows = await self.connection.execute(
            select(columns.use, columns.version, columns.sealed_secret, columns.created_at)
            .where(columns.retired_at.is_(None))
            .order_by(columns.use, columns.version)
        )
        return [
            ServerKey(
                use, version, self._open(use, version, sealed), created_at, version_of(sealed)
            )
            for use, version, sealed, created_at in rows
        ]

    async def add(self, use: str, key: SealingKey, *, under: SealingKey | None = None) -> bool:
        """Add a version, sealed with a master key; False when another node was first."""
        at = place("server_key", use, str(key.version))
        added = await self.connection.execute(
            self.insert(server_key)
            .values(
                id=new_id(),
                use=use,
                version=key.version,
                sealed_secret=seal(under or self.stores.keys.master.newest, key.secret, at),
                created_at=self.now,
            )
            .on_conflict_do_nothing()
            .returning(server_key.c.id)
        )
        return added.first() is not None

    async def retire(self, use: str, version: int) -> None:
        """Stop using a version; nothing may lie under it any more."""
        await self.connection.execute(
            update(server_key)
            .where(server_key.c.use == use, server_key.c.version == version)
            .values(retired_at=self.now)
        )

    async def purge(self, before: datetime) -> None:
        """Destroy what was retired before then."""
        await self.connection.execute(delete(server_key).where(server_key.c.retired_at < before))

    def _open(self, use: str, version: int, sealed: bytes) -> SealingKey:
        at = place("server_key", use, str(version))
        return SealingKey(version, unseal(self.stores.keys.master, sealed, at))

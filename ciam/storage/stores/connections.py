"""Connections: switched-on providers, their secrets sealed."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sqlalchemy import select, update

from ciam.storage.stores.store import Store
from ciam.storage.tables.federation import connection

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Connection:
    """The switched-on configuration of a provider.

    names            for people, by language; empty: as the provider is called
    email_trust      the most its addresses are worth here
    options          what only this provider has
    issuer, endpoints, algorithm   for a provider that leaves them open
    sandbox          where a copy of the provider stands for rehearsals
    """

    key: str
    provider: str
    client_id: str
    client_secret: str | None = field(repr=False)
    names: Mapping[str, str]
    scopes: tuple[str, ...] | None
    order: int
    email_trust: str
    keep_tokens: bool
    options: Mapping[str, str]
    issuer: str | None
    endpoints: Mapping[str, str] | None
    algorithm: str | None
    sandbox: str | None


class ConnectionStore(Store):
    """Connections; the cache holds each for the present generation of the configuration."""

    async def find(self, key: str) -> Connection | None:
        """Give a connection that is switched on; None for a stranger's guess."""
        return (await self._all()).get(key)

    async def list_all(self) -> list[Connection]:
        """Give every connection that is switched on, in the order of their buttons."""
        found = (await self._all()).values()
        return sorted(found, key=lambda one: (one.order, one.key))

    async def put(
        self, key: str, document: dict[str, Any], *, secret: str | None, managed_by: str
    ) -> None:
        """Switch a connection on or change it; the caller raises the generation."""
        values = {
            "document": document,
            "sealed_secret": None if secret is None else self._seal(key, secret),
            "managed_by": managed_by,
            "updated_at": self.now,
            "disabled_at": None,
        }
        await self.connection.execute(
            self.insert(connection)
            .values(key=key, **values)
            .on_conflict_do_update(index_elements=["key"], set_=values)
        )

    async def disable(self, key: str) -> None:
        """Switch a connection off; what was linked by it stays. The caller raises the generation.

        Its secret is dropped: nothing may be done with it any more.
        """
        await self.connection.execute(
            update(connection)
            .where(connection.c.key == key)
            .values(disabled_at=self.now, sealed_secret=None)
        )

    async def list_documents(self) -> dict[str, tuple[dict[str, Any], str | None]]:
        """Give document and secret of each connection that is not switched off."""
        rows = await self.connection.execute(
            select(connection.c.key, connection.c.document, connection.c.sealed_secret).where(
                connection.c.disabled_at.is_(None)
            )
        )
        return {row.key: (row.document, self._open(row.key, row.sealed_secret)) for row in rows}

    async def _all(self) -> dict[str, Connection]:
        return await self.stores.cached(("connections",), self._load_all)

    async def _load_all(self) -> dict[str, Connection]:
        return {
            key: _to_connection(key, document, secret)
            for key, (document, secret) in (await self.list_documents()).items()
        }

    def _seal(self, key: str, secret: str) -> bytes:
        return self.seal_record("connection", "secret", key, secret.encode())

    def _open(self, key: str, sealed: bytes | None) -> str | None:
        if sealed is None:
            return None
        return self.open_record("connection", "secret", key, sealed).decode()


def _to_connection(key: str, document: dict[str, Any], secret: str | None) -> Connection:
    scopes = document["scopes"]
    values = document | {"scopes": None if scopes is None else tuple(scopes)}
    return Connection(key=key, client_secret=secret, **values)

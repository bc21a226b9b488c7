"""Clients: the software registered with us, and the subjects they know customers by."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import select, update

from ciam.identifiers import new_id
from ciam.storage.stores.store import Store
from ciam.storage.tables.clients import client

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from uuid import UUID

    from sqlalchemy import Row

APP_ORIGIN: Final = re.compile(r"android:apk-key-hash:[A-Za-z0-9_-]{43}")
"""How Android writes the origin of an app: the SHA-256 of the certificate that signed it."""


@dataclass(frozen=True, slots=True)
class Client:
    """A registered client; the names are those of RFC 7591 §2, ours stand after them."""

    id: UUID
    client_id: str
    secret_hash: bytes | None = field(repr=False)
    brand: str | None
    managed_by: str
    disabled_at: datetime | None
    client_name: str | dict[str, str]
    client_uri: str | None
    logo_uri: str | None
    policy_uri: str | None
    tos_uri: str | None
    redirect_uris: tuple[str, ...]
    post_logout_redirect_uris: tuple[str, ...]
    application_type: str
    token_endpoint_auth_method: str
    grant_types: frozenset[str]
    response_types: frozenset[str]
    scope: frozenset[str]
    subject_type: str
    id_token_signed_response_alg: str
    default_max_age: int | None
    require_auth_time: bool
    require_pkce: bool
    refresh_rotation: str
    id_token_claims: bool
    access_token_format: str
    audience: tuple[str, ...]
    first_party: bool
    recipient_kind: str
    allowed_origins: tuple[str, ...] = ()
    own_interface: bool = False
    methods: Mapping[str, str] = field(default_factory=dict)
    """Where its way of signing in differs (`ciam.policies.MethodPolicy`)."""

    @property
    def is_public(self) -> bool:
        """Whether it cannot keep a secret (RFC 6749 §2.1)."""
        return self.token_endpoint_auth_method == "none"

    @property
    def rotates_refresh_tokens(self) -> bool:
        """Whether each refresh gives a new token: always, never, or because it is public."""
        if self.refresh_rotation == "auto":
            return self.is_public
        return self.refresh_rotation == "always"

    @property
    def app_origins(self) -> tuple[str, ...]:
        """What stands for an origin where its Android app uses a passkey."""
        return tuple(one for one in self.allowed_origins if APP_ORIGIN.fullmatch(one))

    def name_in(self, language: str) -> str:
        """Give the name for people in a language."""
        names = self.client_name
        if isinstance(names, str):
            return names
        short = language.split("-", maxsplit=1)[0]
        return names.get(language) or names.get(short) or next(iter(names.values()))


@dataclass(frozen=True, slots=True)
class StoredClient:
    """A client as it was written: every field of its metadata."""

    client_id: str
    document: dict[str, Any]
    secret_hash: bytes | None = field(repr=False)
    brand: str | None
    managed_by: str
    disabled_at: datetime | None


class ClientStore(Store):
    """Clients; the cache holds each for the present generation of the configuration."""

    async def find(self, client_id: str) -> Client | None:
        """Give a client that is not disabled, by its `client_id`; None for a stranger's guess."""
        if len(client_id) > _LONGEST_CLIENT_ID:
            return None
        known = await self.stores.cached(("clients",), self._load_all)
        found = known.get(client_id)
        return None if found is None or found.disabled_at is not None else found

    async def get(self, client: UUID) -> Client:
        """Give a client by its internal id, disabled ones too."""
        known = await self.stores.cached(("clients",), self._load_all)
        return next(one for one in known.values() if one.id == client)

    async def list_all(self) -> list[Client]:
        """Give every client, by `client_id`."""
        return list((await self.stores.cached(("clients",), self._load_all)).values())

    async def put(
        self,
        client_id: str,
        document: dict[str, Any],
        *,
        secret_hash: bytes | None,
        brand: str | None,
        managed_by: str,
    ) -> None:
        """Register a client or change it; the caller raises the generation."""
        now = self.now
        values = {
            "document": document,
            "secret_hash": secret_hash,
            "brand": brand,
            "managed_by": managed_by,
            "updated_at": now,
            "disabled_at": None,
        }
        await self.connection.execute(
            self.insert(client)
            .values(id=new_id(), client_id=client_id, created_at=now, **values)
            .on_conflict_do_update(index_elements=["client_id"], set_=values)
        )

    async def disable(self, client_id: str) -> None:
        """Disable a client; its grants stay recorded. The caller raises the generation."""
        await self.connection.execute(
            update(client).where(client.c.client_id == client_id).values(disabled_at=self.now)
        )

    async def forget_brand(self, brand: str) -> list[str]:
        """Take a brand from clients that are disabled; gives those in use that still name it."""
        await self.connection.execute(
            update(client)
            .where(client.c.brand == brand, client.c.disabled_at.is_not(None))
            .values(brand=None)
        )
        rows = await self.connection.execute(
            select(client.c.client_id).where(client.c.brand == brand).order_by(client.c.client_id)
        )
        return [row.client_id for row in rows]

    async def list_documents(self) -> dict[str, tuple[dict[str, Any], bytes | None, str | None]]:
        """Give document, secret hash and brand of each client that is not disabled."""
        rows = await self.connection.execute(
            select(
                client.c.client_id, client.c.document, client.c.secret_hash, client.c.brand
            ).where(client.c.disabled_at.is_(None))
        )
        return {row.client_id: (row.document, row.secret_hash, row.brand) for row in rows}

    async def list_stored(self) -> list[StoredClient]:
        """Give every client as it was written, by `client_id`, disabled ones too."""
        columns = client.c
        rows = await self.connection.execute(
            select(
                columns.client_id,
                columns.document,
                columns.secret_hash,
                columns.brand,
                columns.managed_by,
                columns.disabled_at,
            ).order_by(columns.client_id)
        )
        return [StoredClient(*row) for row in rows]

    async def _load_all(self) -> dict[str, Client]:
        columns = client.c
        rows = await self.connection.execute(
            select(
                columns.id,
                columns.client_id,
                columns.secret_hash,
                columns.brand,
                columns.managed_by,
                columns.disabled_at,
                columns.document,
            ).order_by(columns.client_id)
        )
        return {row.client_id: _to_client(row) for row in rows}


_LONGEST_CLIENT_ID = 255
_TUPLES = ("redirect_uris", "post_logout_redirect_uris", "audience", "allowed_origins")
_SETS = ("grant_types", "response_types")


def _to_client(row: Row[*tuple[Any, ...]]) -> Client:
    document = {name: value for name, value in row.document.items() if name != "contacts"}
    document |= {name: tuple(document[name]) for name in _TUPLES if name in document}
    document |= {name: frozenset(document[name]) for name in _SETS}
    document["scope"] = frozenset(document["scope"].split())
    return Client(
        id=row.id,
        client_id=row.client_id,
        secret_hash=row.secret_hash,
        brand=row.brand,
        managed_by=row.managed_by,
        disabled_at=row.disabled_at,
        **document,
    )

"""What lies sealed under the keys of the server, so that it can be moved to a newer key.

Each sealed value says in its first bytes under which version it lies, so what is left behind is
found and counted by the database. A value is moved by comparing and exchanging: whoever wrote it
meanwhile wrote it under the newer key, and wins.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import LargeBinary, and_, func, select, update

from ciam.sealing import KeyRing, place, seal, unseal
from ciam.storage.stores.store import Store
from ciam.storage.tables.api import idempotent_reply
from ciam.storage.tables.federation import (
    connection,
    federation_state,
    first_login,
    provider_token,
)
from ciam.storage.tables.grants import authorization_request
from ciam.storage.tables.invitations import customer_invitation
from ciam.storage.tables.journeys import journey
from ciam.storage.tables.keys import customer_key, server_key, signing_key
from ciam.storage.tables.operators import operator, operator_invitation
from ciam.storage.tables.outbox import outbox

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import ColumnElement, Table

_VERSION_AT: Final = 2
_VERSION_BYTES: Final = 4


@dataclass(frozen=True, slots=True)
class SealedColumn:
    """One sealed column; `name` as its place has it, `key` the column that says which row."""

    table: Table
    column: str
    name: str
    key: str = "id"
    place_of: Callable[[Any], bytes] | None = None

    def find_place(self, row: Any) -> bytes:  # noqa: ANN401 - a row of its table
        """Give the associated data of a row's value."""
        if self.place_of is not None:
            return self.place_of(row)
        return place(self.table.name, self.name, getattr(row, self.key))


RECORDS: Final = (
    SealedColumn(authorization_request, "sealed_parameters", "parameters"),
    SealedColumn(connection, "sealed_secret", "secret", key="key"),
    SealedColumn(customer_invitation, "sealed_address", "address"),
    SealedColumn(federation_state, "sealed_document", "document"),
    SealedColumn(federation_state, "sealed_answer", "answer"),
    SealedColumn(first_login, "sealed_claims", "claims"),
    SealedColumn(idempotent_reply, "sealed_reply", "reply"),
    SealedColumn(journey, "sealed_state", "state"),
    SealedColumn(operator, "sealed_person", "person"),
    SealedColumn(operator, "sealed_seed", "seed"),
    SealedColumn(operator_invitation, "sealed_offer", "offer"),
    SealedColumn(outbox, "sealed_payload", "payload"),
    SealedColumn(provider_token, "sealed_tokens", "tokens"),
)
"""Everything that `Store.seal_record` seals; a test compares."""
MASTER: Final = (
    SealedColumn(customer_key, "wrapped_key", "wrapped_key", key="customer"),
    SealedColumn(signing_key, "sealed_private_jwk", "private_jwk", key="kid"),
    SealedColumn(
        server_key,
        "sealed_secret",
        "",
        place_of=lambda row: place("server_key", row.use, str(row.version)),
    ),
)
SEALED: Final = {"records": RECORDS, "master": MASTER}


class SealedRowStore(Store):
    """What lies sealed under the keys of the server."""

    async def count_behind(self, use: str) -> int:
        """Count the values that lie under an older version than the one that is sealed with."""
        total = 0
        for sealed in SEALED.get(use, ()):
            found = await self.connection.scalar(
                select(func.count()).select_from(sealed.table).where(self._is_behind(use, sealed))
            )
            total += int(found or 0)
        return total

    async def move_some(
        self,
        use: str,
        sealed: SealedColumn,
        *,
        after: Any,  # noqa: ANN401 - a key
        limit: int,
    ) -> Any:  # noqa: ANN401 - a key
        """Move values of rows after a key to the newest version; give the last key, or None."""
        ring, table = self._ring(use), sealed.table
        key, column = table.c[sealed.key], table.c[sealed.column]
        wanted = self._is_behind(use, sealed)
        if after is not None:
            wanted = and_(wanted, key > after)
        names = [column.name for column in table.columns]
        found = await self.connection.execute(
            select(*(table.c[name] for name in names)).where(wanted).order_by(key).limit(limit)
        )
        last = None
        for row in found.all():
            last, at = getattr(row, sealed.key), sealed.find_place(row)
            value = getattr(row, sealed.column)
            await self.connection.execute(
                update(table)
                .where(key == last, column == value)
                .values({sealed.column: seal(ring.newest, unseal(ring, value, at), at)})
            )
        return last

    def _is_behind(self, use: str, sealed: SealedColumn) -> ColumnElement[bool]:
        column = sealed.table.c[sealed.column]
        newest = self._ring(use).newest.version.to_bytes(_VERSION_BYTES, "big")
        version = func.substr(column, _VERSION_AT, _VERSION_BYTES, type_=LargeBinary)
        # A job that is done keeps an empty payload: nothing is sealed in it.
        behind = and_(column.is_not(None), column != b"", version < newest)
        if sealed.table is server_key:  # a master key's own check value stays under it
            behind = and_(behind, server_key.c.use != "master", server_key.c.retired_at.is_(None))
        return behind

    def _ring(self, use: str) -> KeyRing:
        ring: KeyRing = getattr(self.stores.keys, use)
        return ring

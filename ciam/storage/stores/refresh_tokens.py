"""Refresh tokens: a chain of generations for each family, of which one is the live leaf."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, func, select, update

from ciam.identifiers import hash_secret
from ciam.storage.prepared import Prepared
from ciam.storage.stores.authorizations import (
    Authorization,
    locking,
    select_families,
    to_authorization,
)
from ciam.storage.stores.store import Store, insert_on
from ciam.storage.tables.grants import authorization, refresh_token

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID


@dataclass(frozen=True, slots=True)
class StoredRefreshToken:
    """A refresh token: which generation of which family it is."""

    authorization: Authorization
    generation: int
    issued_at: datetime
    expires_at: datetime
    superseded_at: datetime | None


@dataclass(frozen=True, slots=True)
class Successor:
    """What came after a rotated refresh token."""

    token_hash: bytes = field(repr=False)
    superseded_at: datetime | None


_COLUMNS = refresh_token.c
# Made once: to build such a statement takes longer than to run it.
_SELECT = (
    select_families(
        _COLUMNS.generation,
        _COLUMNS.issued_at.label("token_issued_at"),
        _COLUMNS.expires_at.label("token_expires_at"),
        _COLUMNS.superseded_at,
    )
    .join(refresh_token, _COLUMNS.authorization == authorization.c.id)
    .where(_COLUMNS.token_hash == bindparam("hash"))
)
_FIND, _FIND_TO_ISSUE = Prepared(_SELECT), Prepared(locking(_SELECT, refresh_token))
_ADD = {
    is_sqlite: Prepared(
        insert_on(refresh_token, is_sqlite=is_sqlite)
        .on_conflict_do_nothing()
        .returning(_COLUMNS.generation),
        values=("token_hash", "authorization", "generation", "issued_at", "expires_at"),
    )
    for is_sqlite in (True, False)
}
_SUPERSEDE = Prepared(
    update(refresh_token)
    .where(
        _COLUMNS.token_hash == bindparam("hash"),
        _COLUMNS.superseded_at.is_(None),
        _COLUMNS.expires_at > bindparam("now"),
    )
    .values(superseded_at=bindparam("at"))
    .returning(_COLUMNS.generation),
    values=("superseded_at",),
)
_EXTEND = Prepared(
    update(refresh_token)
    .where(_COLUMNS.token_hash == bindparam("hash"))
    .values(expires_at=bindparam("until"))
)


class RefreshTokenStore(Store):
    """Refresh tokens."""

    async def add(self, token: str, *, family: UUID, generation: int, expires_at: datetime) -> bool:
        """Keep the hash of a refresh token; False when the family has this generation already."""
        added = await self.connection.first(
            _ADD[self.stores.is_sqlite],
            {
                "token_hash": hash_secret(token),
                "authorization": family,
                "generation": generation,
                "issued_at": self.now,
                "expires_at": expires_at,
            },
        )
        return added is not None

    async def find(self, token: str, *, to_issue: bool = False) -> StoredRefreshToken | None:
        """Give a refresh token, superseded or not.

        `to_issue` holds customer, grant, family and token until the end.
        """
        statement = _FIND_TO_ISSUE if to_issue else _FIND
        row = await self.connection.first(statement, {"hash": hash_secret(token)})
        if row is None:
            return None
        return StoredRefreshToken(
            to_authorization(row),
            row.generation,
            row.token_issued_at,
            row.token_expires_at,
            row.superseded_at,
        )

    async def supersede(self, token: str) -> bool:
        """Claim the rotation of a token by one statement; False when it was rotated or expired."""
        now = self.now
        claimed = await self.connection.first(
            _SUPERSEDE, {"hash": hash_secret(token), "at": now, "now": now}
        )
        return claimed is not None

    async def find_successor(self, family: UUID, generation: int) -> Successor | None:
        """Give what came directly after a generation of a family."""
        columns = refresh_token.c
        row = (
            await self.connection.execute(
                select(columns.token_hash, columns.superseded_at).where(
                    columns.authorization == family, columns.generation == generation + 1
                )
            )
        ).first()
        return None if row is None else Successor(row.token_hash, row.superseded_at)

    async def count_leaves(self, family: UUID) -> int:
        """Count the tokens of a family that were not superseded: one, or the family has forked."""
        columns = refresh_token.c
        return (
            await self.connection.scalar(
                select(func.count()).where(
                    columns.authorization == family, columns.superseded_at.is_(None)
                )
            )
            or 0
        )

    async def extend(self, token: str, expires_at: datetime) -> None:
        """Let a refresh token that is not rotated live on from its last use."""
        await self.connection.all(_EXTEND, {"hash": hash_secret(token), "until": expires_at})

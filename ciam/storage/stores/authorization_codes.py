"""Authorization codes: kept by hash, claimed by one statement, kept as long as what they issued."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, insert, update

from ciam.identifiers import hash_secret
from ciam.storage.prepared import Prepared
from ciam.storage.stores.authorizations import (
    Authorization,
    locking,
    select_families,
    to_authorization,
)
from ciam.storage.stores.store import Store
from ciam.storage.tables.grants import authorization, authorization_code

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID


@dataclass(frozen=True, slots=True)
class StoredCode:
    """An authorization code with what it was issued for."""

    authorization: Authorization
    client: UUID
    redirect_uri: str
    code_challenge: str | None
    expires_at: datetime
    used_at: datetime | None


_COLUMNS = authorization_code.c
# Made once: to build such a statement takes longer than to run it.
_ADD = Prepared(
    insert(authorization_code),
    values=(
        "code_hash",
        "authorization",
        "client",
        "redirect_uri",
        "code_challenge",
        "issued_at",
        "expires_at",
    ),
)
_FIND = Prepared(
    locking(
        select_families(
            _COLUMNS.client.label("code_client"),
            _COLUMNS.redirect_uri,
            _COLUMNS.code_challenge,
            _COLUMNS.expires_at.label("code_expires_at"),
            _COLUMNS.used_at,
        )
        .join(authorization_code, _COLUMNS.authorization == authorization.c.id)
        .where(_COLUMNS.code_hash == bindparam("hash")),
        authorization_code,
    )
)
_CLAIM = Prepared(
    update(authorization_code)
    .where(
        _COLUMNS.code_hash == bindparam("hash"),
        _COLUMNS.used_at.is_(None),
        _COLUMNS.expires_at > bindparam("now"),
    )
    .values(used_at=bindparam("at"))
    .returning(_COLUMNS.authorization),
    values=("used_at",),
)


class AuthorizationCodeStore(Store):
    """Authorization codes."""

    async def add(
        self,
        code: str,
        *,
        family: UUID,
        client: UUID,
        redirect_uri: str,
        code_challenge: str | None,
        expires_at: datetime,
    ) -> None:
        """Keep the hash of a code with what its redemption has to repeat."""
        await self.connection.all(
            _ADD,
            {
                "code_hash": hash_secret(code),
                "authorization": family,
                "client": client,
                "redirect_uri": redirect_uri,
                "code_challenge": code_challenge,
                "issued_at": self.now,
                "expires_at": expires_at,
            },
        )

    async def find(self, code: str) -> StoredCode | None:
        """Give a code, used or not, and hold customer, grant and family until the end."""
        row = await self.connection.first(_FIND, {"hash": hash_secret(code)})
        if row is None:
            return None
        return StoredCode(
            to_authorization(row),
            row.code_client,
            row.redirect_uri,
            row.code_challenge,
            row.code_expires_at,
            row.used_at,
        )

    async def claim(self, code: str) -> bool:
        """Claim a code by one statement; False when it was used or is too old."""
        now = self.now
        claimed = await self.connection.first(
            _CLAIM, {"hash": hash_secret(code), "at": now, "now": now}
        )
        return claimed is not None

"""Authorization codes: kept by hash, claimed by one statement, kept as long as what they issued."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import insert, update

from ciam.identifiers import hash_secret
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
        await self.connection.execute(
            insert(authorization_code).values(
                code_hash=hash_secret(code),
                authorization=family,
                client=client,
                redirect_uri=redirect_uri,
                code_challenge=code_challenge,
                issued_at=self.now,
                expires_at=expires_at,
            )
        )

    async def find(self, code: str) -> StoredCode | None:
        """Give a code, used or not, and hold customer, grant and family until the end."""
        columns = authorization_code.c
        statement = locking(
            select_families(
                columns.client.label("code_client"),
                columns.redirect_uri,
                columns.code_challenge,
                columns.expires_at.label("code_expires_at"),
                columns.used_at,
            )
            .join(authorization_code, columns.authorization == authorization.c.id)
            .where(columns.code_hash == hash_secret(code)),
            authorization_code,
        )
        row = (await self.connection.execute(statement)).first()
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
        columns = authorization_code.c
        now = self.now
        claimed = await self.connection.execute(
            update(authorization_code)
            .where(
                columns.code_hash == hash_secret(code),
                columns.used_at.is_(None),
                columns.expires_at > now,
            )
            .values(used_at=now)
            .returning(columns.authorization)
        )
        return claimed.first() is not None

"""Access tokens: opaque ones by hash, JWTs by the family and `jti` that they name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import exists, insert, update

from ciam.identifiers import hash_secret
from ciam.storage.stores.authorizations import Authorization, select_families, to_authorization
from ciam.storage.stores.store import Store
from ciam.storage.tables.grants import access_token, authorization, single_use

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

REVOKED_JTI = "revoked_jti"


@dataclass(frozen=True, slots=True)
class StoredAccessToken:
    """An opaque access token with the state of its family."""

    authorization: Authorization
    scopes: frozenset[str]
    audience: tuple[str, ...]
    epoch: int
    issued_at: datetime
    expires_at: datetime


class AccessTokenStore(Store):
    """Access tokens; each question is one statement."""

    async def add(
        self,
        token: str,
        *,
        family: Authorization,
        scopes: frozenset[str],
        audience: tuple[str, ...],
        expires_at: datetime,
    ) -> None:
        """Keep the hash of an opaque token, issued under the present epoch of the grant."""
        await self.connection.execute(
            insert(access_token).values(
                token_hash=hash_secret(token),
                authorization=family.id,
                client=family.client,
                scopes=sorted(scopes),
                audience=list(audience),
                epoch=family.grant_epoch,
                issued_at=self.now,
                expires_at=expires_at,
            )
        )

    async def find(self, token: str) -> StoredAccessToken | None:
        """Give an opaque token that was not revoked; times and the family are the caller's."""
        columns = access_token.c
        row = (
            await self.connection.execute(
                select_families(
                    columns.scopes.label("token_scopes"),
                    columns.audience.label("token_audience"),
                    columns.epoch.label("token_epoch"),
                    columns.issued_at.label("token_issued_at"),
                    columns.expires_at.label("token_expires_at"),
                )
                .join(access_token, columns.authorization == authorization.c.id)
                .where(columns.token_hash == hash_secret(token), columns.revoked_at.is_(None))
            )
        ).first()
        if row is None:
            return None
        return StoredAccessToken(
            to_authorization(row),
            frozenset(row.token_scopes),
            tuple(row.token_audience),
            row.token_epoch,
            row.token_issued_at,
            row.token_expires_at,
        )

    async def find_family(self, family: UUID, jti: str) -> Authorization | None:
        """Give the family of a JWT; None when there is none or this one token was revoked."""
        revoked = exists().where(
            single_use.c.kind == REVOKED_JTI, single_use.c.value_hash == hash_secret(jti)
        )
        statement = select_families().where(authorization.c.id == family, ~revoked)
        row = (await self.connection.execute(statement)).first()
        return None if row is None else to_authorization(row)

    async def revoke(self, token: str) -> bool:
        """Revoke one opaque token, its family lives on; False when it was revoked before."""
        revoked = await self.connection.execute(
            update(access_token)
            .where(
                access_token.c.token_hash == hash_secret(token), access_token.c.revoked_at.is_(None)
            )
            .values(revoked_at=self.now)
            .returning(access_token.c.token_hash)
        )
        return revoked.first() is not None

    async def revoke_jti(self, jti: str, *, expires_at: datetime) -> bool:
        """Revoke one JWT by its `jti`; False when it was revoked before."""
        return await self.stores.single_uses.claim(REVOKED_JTI, jti, expires_at=expires_at)

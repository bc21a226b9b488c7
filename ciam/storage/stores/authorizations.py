"""Token families: authorizations, their codes, refresh tokens and opaque access tokens.

Whatever may be used once is claimed by one statement. A token is found by the hash of its secret;
the state of its family, grant and session comes with it in one select.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sqlalchemy import insert, select, update

from ciam.identifiers import hash_secret, new_id
from ciam.storage.stores.store import Store
from ciam.storage.tables.customers import customer
from ciam.storage.tables.grants import (
    access_token,
    authorization,
    authorization_code,
    client_grant,
    refresh_token,
)
from ciam.storage.tables.sessions import client_session, customer_session

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from sqlalchemy import ColumnElement, Select


@dataclass(frozen=True, slots=True)
class Authorization:
    """One token family, and the state of what it hangs on."""

    id: UUID
    client: UUID
    customer: UUID
    client_grant: UUID
    client_session: UUID | None
    subject: str
    scopes: frozenset[str]
    claims: dict[str, Any] | None
    audience: tuple[str, ...]
    epoch: int
    authenticated_at: datetime
    acr: str
    amr: tuple[str, ...]
    nonce: str | None
    offline: bool
    created_at: datetime
    expires_at: datetime
    revoked_at: datetime | None
    sid: str | None
    session_ended_at: datetime | None
    session_expires_at: datetime | None
    grant_epoch: int
    grant_removed_at: datetime | None
    granted_scopes: frozenset[str]
    customer_state: str

    def is_alive(self, now: datetime) -> bool:
        """Tell whether tokens of this family count: nothing that it hangs on has ended."""
        return (
            self.revoked_at is None
            and self.grant_removed_at is None
            and self.expires_at > now
            and self.customer_state == "active"
            and (self.offline or self._has_session(now))
        )

    def _has_session(self, now: datetime) -> bool:
        expires_at = self.session_expires_at
        return self.session_ended_at is None and (expires_at is None or expires_at > now)


@dataclass(frozen=True, slots=True)
class StoredCode:
    """An authorization code with what it was issued for."""

    authorization: Authorization
    client: UUID
    redirect_uri: str
    code_challenge: str | None
    expires_at: datetime
    used_at: datetime | None


@dataclass(frozen=True, slots=True)
class StoredRefreshToken:
    """A refresh token: which generation of which family it is."""

    authorization: Authorization
    generation: int
    token_hash: bytes = field(repr=False)
    issued_at: datetime
    expires_at: datetime
    superseded_at: datetime | None


@dataclass(frozen=True, slots=True)
class StoredAccessToken:
    """An opaque access token; without a family it is a client's own."""

    authorization: Authorization | None
    client: UUID
    scopes: frozenset[str]
    audience: tuple[str, ...]
    epoch: int
    issued_at: datetime
    expires_at: datetime
    revoked_at: datetime | None


class AuthorizationStore(Store):
    """Token families: authorizations, codes, refresh and opaque access tokens."""

    async def start(self, values: dict[str, Any]) -> UUID:
        """Insert a family; `values` are the columns but id and created_at."""
        row = new_id()
        await self.connection.execute(
            insert(authorization).values(id=row, created_at=self.now, **values)
        )
        return row

    async def find(self, family: UUID) -> Authorization | None:
        """Give a family by its id."""
        row = (
            await self.connection.execute(_families().where(authorization.c.id == family))
        ).first()
        return None if row is None else _family(row)

    async def raise_epoch(self, family: UUID, epoch: int) -> None:
        """Note that what is issued from now on reflects this epoch of the grant."""
        await self.connection.execute(
            update(authorization).where(authorization.c.id == family).values(epoch=epoch)
        )

    async def add_code(
        self,
        code: str,
        *,
        family: UUID,
        client: UUID,
        redirect_uri: str,
        code_challenge: str | None,
        expires_at: datetime,
    ) -> None:
        """Keep the hash of a code."""
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

    async def find_code(self, code: str) -> StoredCode | None:
        """Give a code, used or not."""
        columns = authorization_code.c
        row = (
            await self.connection.execute(
                _families(
                    columns.client.label("code_client"),
                    columns.redirect_uri,
                    columns.code_challenge,
                    columns.expires_at.label("code_expires_at"),
                    columns.used_at,
                )
                .join(authorization_code, columns.authorization == authorization.c.id)
                .where(columns.code_hash == hash_secret(code))
            )
        ).first()
        if row is None:
            return None
        return StoredCode(
            _family(row),
            row.code_client,
            row.redirect_uri,
            row.code_challenge,
            row.code_expires_at,
            row.used_at,
        )

    async def claim_code(self, code: str) -> bool:
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

    async def add_refresh_token(
        self, token: str, *, family: UUID, generation: int, expires_at: datetime
    ) -> bool:
        """Keep the hash of a refresh token; False when this generation exists."""
        added = await self.connection.execute(
            self.insert(refresh_token)
            .values(
                token_hash=hash_secret(token),
                authorization=family,
                generation=generation,
                issued_at=self.now,
                expires_at=expires_at,
            )
            .on_conflict_do_nothing()
            .returning(refresh_token.c.generation)
        )
        return added.first() is not None

    async def find_refresh_token(self, token: str) -> StoredRefreshToken | None:
        """Give a refresh token, superseded or not."""
        columns = refresh_token.c
        row = (
            await self.connection.execute(
                _families(
                    columns.generation,
                    columns.token_hash,
                    columns.issued_at.label("token_issued_at"),
                    columns.expires_at.label("token_expires_at"),
                    columns.superseded_at,
                )
                .join(refresh_token, columns.authorization == authorization.c.id)
                .where(columns.token_hash == hash_secret(token))
            )
        ).first()
        if row is None:
            return None
        return StoredRefreshToken(
            _family(row),
            row.generation,
            row.token_hash,
            row.token_issued_at,
            row.token_expires_at,
            row.superseded_at,
        )

    async def supersede(self, token: str) -> bool:
        """Claim the rotation of a refresh token by one statement; False when it was rotated."""
        columns = refresh_token.c
        now = self.now
        claimed = await self.connection.execute(
            update(refresh_token)
            .where(
                columns.token_hash == hash_secret(token),
                columns.superseded_at.is_(None),
                columns.expires_at > now,
            )
            .values(superseded_at=now)
            .returning(columns.generation)
        )
        return claimed.first() is not None

    async def extend(self, token: str, expires_at: datetime) -> None:
        """Let a refresh token that is not rotated live on from its last use."""
        await self.connection.execute(
            update(refresh_token)
            .where(refresh_token.c.token_hash == hash_secret(token))
            .values(expires_at=expires_at)
        )

    async def newest_generation(self, family: UUID) -> int | None:
        """Give the generation of the live leaf of a family."""
        return await self.connection.scalar(
            select(refresh_token.c.generation)
            .where(refresh_token.c.authorization == family)
            .order_by(refresh_token.c.generation.desc())
            .limit(1)
        )

    async def add_access_token(
        self,
        token: str,
        *,
        family: UUID | None,
        client: UUID,
        scopes: frozenset[str],
        audience: tuple[str, ...],
        epoch: int,
        expires_at: datetime,
    ) -> None:
        """Keep the hash of an opaque access token."""
        await self.connection.execute(
            insert(access_token).values(
                token_hash=hash_secret(token),
                authorization=family,
                client=client,
                scopes=sorted(scopes),
                audience=list(audience),
                epoch=epoch,
                issued_at=self.now,
                expires_at=expires_at,
            )
        )

    async def find_access_token(self, token: str) -> StoredAccessToken | None:
        """Give an opaque access token with the state of its family."""
        columns = access_token.c
        row = (
            await self.connection.execute(
                select(
                    columns.authorization,
                    columns.client,
                    columns.scopes,
                    columns.audience,
                    columns.epoch,
                    columns.issued_at,
                    columns.expires_at,
                    columns.revoked_at,
                ).where(columns.token_hash == hash_secret(token))
            )
        ).first()
        if row is None:
            return None
        family = None if row.authorization is None else await self.find(row.authorization)
        return StoredAccessToken(
            family,
            row.client,
            frozenset(row.scopes),
            tuple(row.audience),
            row.epoch,
            row.issued_at,
            row.expires_at,
            row.revoked_at,
        )

    async def revoke_access_token(self, token: str) -> None:
        """Revoke one opaque access token; its family lives on."""
        await self.connection.execute(
            update(access_token)
            .where(access_token.c.token_hash == hash_secret(token))
            .values(revoked_at=self.now)
        )

    async def revoke(self, family: UUID, reason: str) -> bool:
        """Revoke a family; False when it was revoked before."""
        return bool(await self._revoke(authorization.c.id == family, reason))

    async def revoke_for_grant(self, grant: UUID, reason: str) -> int:
        """Revoke every family under a client grant; gives how many."""
        return await self._revoke(authorization.c.client_grant == grant, reason)

    async def revoke_for_customer(self, customer_key: UUID, reason: str) -> int:
        """Revoke every family of a customer; gives how many."""
        return await self._revoke(authorization.c.customer == customer_key, reason)

    async def _revoke(self, condition: ColumnElement[bool], reason: str) -> int:
        revoked = await self.connection.execute(
            update(authorization)
            .where(condition, authorization.c.revoked_at.is_(None))
            .values(revoked_at=self.now, revoke_reason=reason)
            .returning(authorization.c.id)
        )
        return len(revoked.all())


def _families(*more: Any) -> Select[Any]:  # noqa: ANN401 - columns of any type
    """Select a family with the state of session, grant and customer, in one statement."""
    columns = authorization.c
    return (
        select(
            columns.id,
            columns.client,
            columns.customer,
            columns.client_grant,
            columns.client_session,
            columns.subject,
            columns.scopes,
            columns.claims,
            columns.audience,
            columns.epoch,
            columns.authenticated_at,
            columns.acr,
            columns.amr,
            columns.nonce,
            columns.offline,
            columns.created_at,
            columns.expires_at,
            columns.revoked_at,
            client_session.c.sid,
            client_session.c.ended_at.label("session_ended_at"),
            customer_session.c.expires_at.label("session_expires_at"),
            client_grant.c.epoch.label("grant_epoch"),
            client_grant.c.removed_at.label("grant_removed_at"),
            client_grant.c.scopes.label("granted_scopes"),
            customer.c.state.label("customer_state"),
            *more,
        )
        .select_from(authorization)
        .join(client_grant, client_grant.c.id == columns.client_grant)
        .join(customer, customer.c.id == columns.customer)
        .join(client_session, client_session.c.id == columns.client_session, isouter=True)
        .join(customer_session, customer_session.c.id == client_session.c.session, isouter=True)
    )


def _family(row: Any) -> Authorization:  # noqa: ANN401 - a row of _families
    return Authorization(
        id=row.id,
        client=row.client,
        customer=row.customer,
        client_grant=row.client_grant,
        client_session=row.client_session,
        subject=row.subject,
        scopes=frozenset(row.scopes),
        claims=row.claims,
        audience=tuple(row.audience),
        epoch=row.epoch,
        authenticated_at=row.authenticated_at,
        acr=row.acr,
        amr=tuple(row.amr),
        nonce=row.nonce,
        offline=row.offline,
        created_at=row.created_at,
        expires_at=row.expires_at,
        revoked_at=row.revoked_at,
        sid=row.sid,
        session_ended_at=row.session_ended_at,
        session_expires_at=row.session_expires_at,
        grant_epoch=row.grant_epoch,
        grant_removed_at=row.grant_removed_at,
        granted_scopes=frozenset(row.granted_scopes),
        customer_state=row.customer_state,
    )

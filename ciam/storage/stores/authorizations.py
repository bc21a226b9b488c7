"""Token families: what each is, what it hangs on, and how it ends.

A family is read together with its grant, session and customer by one select. A reader that goes on
to issue locks customer, grant and family in that order (`FOR NO KEY UPDATE`: it keeps out whoever
ends or narrows one of them, not whoever inserts a row beside them).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import insert, select, update

from ciam.identifiers import new_id
from ciam.storage.prepared import Prepared
from ciam.storage.stores.store import Store
from ciam.storage.tables.customers import customer
from ciam.storage.tables.grants import authorization, client_grant
from ciam.storage.tables.sessions import client_session, customer_session

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime, timedelta
    from uuid import UUID

    from sqlalchemy import ColumnElement, FromClause, Select


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
    session_last_seen_at: datetime | None
    grant_epoch: int
    grant_removed_at: datetime | None
    granted_scopes: frozenset[str]
    customer_state: str

    def is_alive(self, now: datetime, *, idle: timedelta) -> bool:
        """Tell whether tokens of this family count: nothing that it hangs on has ended.

        `idle` is how long a session lasts unused (policy `sessions`).
        """
        return (
            self.revoked_at is None
            and self.grant_removed_at is None
            and self.expires_at > now
            and self.customer_state == "active"
            and (self.offline or self._has_session(now, idle))
        )

    def _has_session(self, now: datetime, idle: timedelta) -> bool:
        if self.session_expires_at is None or self.session_last_seen_at is None:
            return self.client_session is None  # made without a session: nothing to end with
        return (
            self.session_ended_at is None
            and self.session_expires_at > now
            and self.session_last_seen_at + idle >= now
        )


_START = Prepared(
    insert(authorization),
    values=[name for name in authorization.c.keys() if not name.startswith("revoke")],  # noqa: SIM118 - columns, not a mapping
)


class AuthorizationStore(Store):
    """Token families."""

    async def start(self, values: Mapping[str, Any]) -> UUID:
        """Insert a family; `values` are the columns but `id` and `created_at`; gives its id."""
        row = new_id()
        await self.connection.all(_START, {"id": row, "created_at": self.now, **values})
        return row

    async def find(self, family: UUID) -> Authorization | None:
        """Give a family by its id, without locking it."""
        statement = select_families().where(authorization.c.id == family)
        row = (await self.connection.execute(statement)).first()
        return None if row is None else to_authorization(row)

    async def revoke(self, family: UUID, reason: str) -> bool:
        """Revoke a family by one statement; False when it was revoked before."""
        return bool(await self._revoke(authorization.c.id == family, reason))

    async def revoke_for_grant(self, grant: UUID, reason: str) -> int:
        """Revoke every family under a client grant; gives how many."""
        return await self._revoke(authorization.c.client_grant == grant, reason)

    async def revoke_for_customer(self, internal_id: UUID, reason: str) -> int:
        """Revoke every family of a customer, offline ones too; gives how many."""
        return await self._revoke(authorization.c.customer == internal_id, reason)

    async def revoke_for_session(self, session: UUID, reason: str) -> int:
        """Revoke what ends with a customer session, all but `offline_access`; gives how many."""
        under = select(client_session.c.id).where(client_session.c.session == session)
        return await self._revoke(
            authorization.c.client_session.in_(under) & authorization.c.offline.is_(False), reason
        )

    async def _revoke(self, condition: ColumnElement[bool], reason: str) -> int:
        revoked = await self.connection.execute(
            update(authorization)
            .where(condition, authorization.c.revoked_at.is_(None))
            .values(revoked_at=self.now, revoke_reason=reason)
            .returning(authorization.c.id)
        )
        return len(revoked.all())


def select_families(*more: Any) -> Select[Any]:  # noqa: ANN401 - columns of any type
    """Select families with the state of session, grant and customer, and these columns too."""
    columns = authorization.c
    return (
        select(
            *(columns[name] for name in _OWN),
            client_session.c.sid,
            client_session.c.ended_at.label("session_ended_at"),
            customer_session.c.expires_at.label("session_expires_at"),
            customer_session.c.last_seen_at.label("session_last_seen_at"),
            client_grant.c.epoch.label("grant_epoch"),
            client_grant.c.removed_at.label("grant_removed_at"),
            client_grant.c.scopes.label("granted_scopes"),
            customer.c.state.label("customer_state"),
            *more,
        )
        .select_from(authorization)
        .join(client_grant, client_grant.c.id == columns.client_grant)
        .join(customer, customer.c.id == columns.customer)
        .outerjoin(client_session, client_session.c.id == columns.client_session)
        .outerjoin(customer_session, customer_session.c.id == client_session.c.session)
    )


def locking(statement: Select[Any], *tokens: FromClause) -> Select[Any]:
    """Hold what issuance depends on until the end: customer, grant, family, then token.

    PostgreSQL locks in the order of the list and reads each row anew once it has it. On SQLite a
    writing unit of work is alone anyway.
    """
    return statement.with_for_update(
        key_share=True, of=[customer, client_grant, authorization, *tokens]
    )


def to_authorization(row: Any) -> Authorization:  # noqa: ANN401 - a row of select_families
    """Read a row of `select_families`."""
    return Authorization(
        **{name: getattr(row, name) for name in _PLAIN},
        scopes=frozenset(row.scopes),
        audience=tuple(row.audience),
        amr=tuple(row.amr),
        granted_scopes=frozenset(row.granted_scopes),
    )


_OWN = (
    "id",
    "client",
    "customer",
    "client_grant",
    "client_session",
    "subject",
    "scopes",
    "claims",
    "audience",
    "epoch",
    "authenticated_at",
    "acr",
    "amr",
    "nonce",
    "offline",
    "created_at",
    "expires_at",
    "revoked_at",
)
_STATE = (
    "sid",
    "session_ended_at",
    "session_expires_at",
    "session_last_seen_at",
    "grant_epoch",
    "grant_removed_at",
    "customer_state",
)
_PLAIN = (*(name for name in _OWN if name not in {"scopes", "audience", "amr"}), *_STATE)

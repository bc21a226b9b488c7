"""Customer sessions, found by the hash of their secret, and the client sessions under them."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, insert, select, update

from ciam.identifiers import hash_secret, new_id, new_opaque
from ciam.storage.prepared import Prepared
from ciam.storage.stores.customers import ACTIVE
from ciam.storage.stores.store import Store, from_json, to_json
from ciam.storage.tables.customers import customer as customer_table
from ciam.storage.tables.sessions import client_session, customer_session

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime
    from uuid import UUID


@dataclass(frozen=True, slots=True)
class Session:
    """A customer signed in in one browser."""

    id: UUID
    customer: UUID
    authenticated_at: datetime
    acr: str
    amr: tuple[str, ...]
    created_at: datetime
    expires_at: datetime
    last_seen_at: datetime
    is_customer_active: bool = True
    address: str = field(default="", repr=False)
    user_agent: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class ClientSession:
    """What one client knows of a session: its own `sid`."""

    id: UUID
    session: UUID
    client: UUID
    sid: str


@dataclass(frozen=True, slots=True)
class PastSession:
    """A session that may have ended, for the customer's own history."""

    session: Session
    ended_at: datetime | None


class SessionStore(Store):
    """Customer sessions and client sessions."""

    async def start(
        self,
        customer: UUID,
        secret: str,
        *,
        acr: str,
        amr: Sequence[str],
        expires_at: datetime,
        address: str,
        user_agent: str,
    ) -> Session:
        """Insert a session; only the hash of its secret is kept."""
        row, now = new_id(), self.now
        context = to_json({"address": address, "user_agent": user_agent})
        sealed = await self.seal_for(customer, "customer_session", "context", row, context)
        await self.connection.all(
            _START,
            {
                "id": row,
                "customer": customer,
                "secret_hash": hash_secret(secret),
                "created_at": now,
                "authenticated_at": now,
                "acr": acr,
                "amr": list(amr),
                "last_seen_at": now,
                "expires_at": expires_at,
                "sealed_context": sealed,
            },
        )
        return Session(
            row, customer, now, acr, tuple(amr), now, expires_at, now, True, address, user_agent
        )

    async def renew(
        self,
        found: Session,
        secret: str,
        *,
        acr: str,
        amr: Sequence[str],
        expires_at: datetime,
        authenticated_at: datetime | None = None,
    ) -> Session | None:
        """Give a session a new secret and proof, by one statement; None when it has ended.

        `authenticated_at` is when the proof was given, if not now.
        """
        now = self.now
        authenticated_at = authenticated_at or now
        renewed = await self.connection.execute(
            update(customer_session)
            .where(customer_session.c.id == found.id, customer_session.c.ended_at.is_(None))
            .values(
                secret_hash=hash_secret(secret),
                authenticated_at=authenticated_at,
                acr=acr,
                amr=list(amr),
                last_seen_at=now,
                expires_at=expires_at,
            )
            .returning(customer_session.c.id)
        )
        if renewed.first() is None:
            return None
        return replace(
            found,
            authenticated_at=authenticated_at,
            acr=acr,
            amr=tuple(amr),
            last_seen_at=now,
            expires_at=expires_at,
        )

    async def find(self, secret: str) -> Session | None:
        """Give a session that has not ended, without its sealed context; times are not checked."""
        row = await self.connection.first(_FIND, {"hash": hash_secret(secret)})
        if row is None:
            return None
        return replace(_record(row), is_customer_active=row.state == ACTIVE)

    async def is_live(self, session: UUID) -> bool:
        """Tell whether a session has not ended; for a caller that has locked its customer since."""
        return await self.connection.first(_IS_LIVE, {"session": session}) is not None

    async def list_for(self, customer: UUID) -> list[Session]:
        """Give the live sessions of a customer with place and device, newest first."""
        rows = await self.connection.execute(
            _select(customer_session.c.sealed_context)
            .where(
                customer_session.c.customer == customer,
                customer_session.c.ended_at.is_(None),
                customer_session.c.expires_at > self.now,
            )
            .order_by(customer_session.c.last_seen_at.desc(), customer_session.c.id.desc())
        )
        return [await self._with_context(row) for row in rows]

    async def list_past(self, customer: UUID, *, limit: int) -> list[PastSession]:
        """Give the sessions of a customer, ended ones too, the newest first, with the context."""
        columns = customer_session.c
        rows = await self.connection.execute(
            _select(columns.sealed_context, columns.ended_at)
            .where(columns.customer == customer)
            .order_by(columns.created_at.desc(), columns.id.desc())
            .limit(limit)
        )
        return [PastSession(await self._with_context(row), row.ended_at) for row in rows]

    async def touch_all(self, seen: Mapping[UUID, datetime]) -> None:
        """Note when sessions were used; a later note stays."""
        for session, at in sorted(seen.items()):
            await self.connection.execute(
                update(customer_session)
                .where(customer_session.c.id == session, customer_session.c.last_seen_at < at)
                .values(last_seen_at=at)
            )

    async def end(self, session: UUID, reason: str) -> bool:
        """End a session by one statement; False when it had ended before."""
        ended = await self.connection.execute(
            update(customer_session)
            .where(customer_session.c.id == session, customer_session.c.ended_at.is_(None))
            .values(ended_at=self.now, end_reason=reason)
            .returning(customer_session.c.id)
        )
        if ended.first() is None:
            return False
        await self._end_client_sessions([session])
        return True

    async def end_all(
        self, customer: UUID, reason: str, *, except_: UUID | None = None
    ) -> list[UUID]:
        """End every session of a customer but one; gives those that ended."""
        conditions = [
            customer_session.c.customer == customer,
            customer_session.c.ended_at.is_(None),
        ]
        if except_ is not None:
            conditions.append(customer_session.c.id != except_)
        ended = list(
            await self.connection.scalars(
                update(customer_session)
                .where(*conditions)
                .values(ended_at=self.now, end_reason=reason)
                .returning(customer_session.c.id)
            )
        )
        if ended:
            await self._end_client_sessions(ended)
        return ended

    async def get_client_session(self, session: UUID, client: UUID) -> ClientSession:
        """Give the session of a client under a customer session; made at the first use."""
        found = await self._find_client_session(session, client)
        if found is None:
            await self.connection.execute(
                self.insert(client_session)
                .values(
                    id=new_id(),
                    session=session,
                    client=client,
                    sid=new_opaque(),
                    created_at=self.now,
                )
                .on_conflict_do_nothing()
            )
            found = await self._find_client_session(session, client)
        if found is None:
            msg = "no such client session"
            raise LookupError(msg)
        return found

    async def find_by_sid(self, sid: str) -> ClientSession | None:
        """Give a client session by the `sid` of an ID token, ended or not."""
        columns = client_session.c
        row = (
            await self.connection.execute(
                select(columns.id, columns.session, columns.client, columns.sid).where(
                    columns.sid == sid
                )
            )
        ).first()
        return None if row is None else ClientSession(*row)

    async def _find_client_session(self, session: UUID, client: UUID) -> ClientSession | None:
        row = await self.connection.first(_OF_CLIENT, {"session": session, "client": client})
        return None if row is None else ClientSession(*row)

    async def _end_client_sessions(self, sessions: Sequence[UUID]) -> None:
        await self.connection.execute(
            update(client_session)
            .where(client_session.c.session.in_(sessions), client_session.c.ended_at.is_(None))
            .values(ended_at=self.now)
        )

    async def _with_context(self, row: Any) -> Session:  # noqa: ANN401 - a row of _select
        session = _record(row)
        if row.sealed_context is None:
            return session
        opened = from_json(
            await self.open_for(
                session.customer, "customer_session", "context", session.id, row.sealed_context
            )
        )
        return replace(session, address=opened["address"], user_agent=opened["user_agent"])


def _select(*more: Any) -> Any:  # noqa: ANN401 - a select of these columns
    columns = customer_session.c
    return select(
        columns.id,
        columns.customer,
        columns.authenticated_at,
        columns.acr,
        columns.amr,
        columns.created_at,
        columns.expires_at,
        columns.last_seen_at,
        *more,
    )


def _record(row: Any) -> Session:  # noqa: ANN401 - a row of _select
    return Session(
        row.id,
        row.customer,
        row.authenticated_at,
        row.acr,
        tuple(row.amr),
        row.created_at,
        row.expires_at,
        row.last_seen_at,
    )


# Made once: to build such a statement takes longer than to run it.
_START = Prepared(
    insert(customer_session),
    values=(
        "id",
        "customer",
        "secret_hash",
        "created_at",
        "authenticated_at",
        "acr",
        "amr",
        "last_seen_at",
        "expires_at",
        "sealed_context",
    ),
)
_FIND = Prepared(
    _select(customer_table.c.state)
    .join(customer_table, customer_table.c.id == customer_session.c.customer)
    .where(
        customer_session.c.secret_hash == bindparam("hash"), customer_session.c.ended_at.is_(None)
    )
)
_IS_LIVE = Prepared(
    select(customer_session.c.id).where(
        customer_session.c.id == bindparam("session"), customer_session.c.ended_at.is_(None)
    )
)
_OF_CLIENT = Prepared(
    select(
        client_session.c.id, client_session.c.session, client_session.c.client, client_session.c.sid
    ).where(
        client_session.c.session == bindparam("session"),
        client_session.c.client == bindparam("client"),
    )
)

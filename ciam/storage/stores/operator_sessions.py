"""Sessions of operators: found by the hash of a secret, renewed and ended by one statement."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sqlalchemy import insert, select, update

from ciam.identifiers import hash_secret, new_id
from ciam.storage.stores.store import Store
from ciam.storage.tables.operators import operator_session

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

COOKIE: Final = "cookie"
BEARER: Final = "bearer"


@dataclass(frozen=True, slots=True)
class OperatorSession:
    """Somebody signed in to the console (cookie) or to the API (bearer)."""

    id: UUID
    operator: UUID
    kind: str
    created_at: datetime
    authenticated_at: datetime
    last_seen_at: datetime
    expires_at: datetime


class OperatorSessionStore(Store):
    """Sessions of operators."""

    async def start(self, operator: UUID, secret: str, *, kind: str, expires_at: datetime) -> UUID:
        """Begin a session."""
        row, now = new_id(), self.now
        await self.connection.execute(
            insert(operator_session).values(
                id=row,
                operator=operator,
                secret_hash=hash_secret(secret),
                kind=kind,
                created_at=now,
                authenticated_at=now,
                last_seen_at=now,
                expires_at=expires_at,
            )
        )
        return row

    async def find(self, secret: str, *, kind: str) -> OperatorSession | None:
        """Give a session that has not ended; idleness is not checked."""
        columns = operator_session.c
        row = (
            await self.connection.execute(
                select(
                    columns.id,
                    columns.operator,
                    columns.kind,
                    columns.created_at,
                    columns.authenticated_at,
                    columns.last_seen_at,
                    columns.expires_at,
                ).where(
                    columns.secret_hash == hash_secret(secret),
                    columns.kind == kind,
                    columns.ended_at.is_(None),
                    columns.expires_at > self.now,
                )
            )
        ).first()
        return None if row is None else OperatorSession(*row)

    async def renew(self, session: UUID, secret: str) -> bool:
        """Give a session a new secret after a fresh proof; False when it has ended."""
        renewed = await self.connection.execute(
            update(operator_session)
            .where(operator_session.c.id == session, operator_session.c.ended_at.is_(None))
            .values(
                secret_hash=hash_secret(secret), authenticated_at=self.now, last_seen_at=self.now
            )
            .returning(operator_session.c.id)
        )
        return renewed.first() is not None

    async def touch(self, session: UUID) -> None:
        """Note that it was used now."""
        await self.connection.execute(
            update(operator_session)
            .where(operator_session.c.id == session)
            .values(last_seen_at=self.now)
        )

    async def end(self, session: UUID, reason: str) -> bool:
        """End a session by one statement; False when it had ended before."""
        ended = await self.connection.execute(
            update(operator_session)
            .where(operator_session.c.id == session, operator_session.c.ended_at.is_(None))
            .values(ended_at=self.now, end_reason=reason)
            .returning(operator_session.c.id)
        )
        return ended.first() is not None

    async def end_all(self, operator: UUID, reason: str) -> int:
        """End every session of an operator; gives how many."""
        ended = await self.connection.execute(
            update(operator_session)
            .where(operator_session.c.operator == operator, operator_session.c.ended_at.is_(None))
            .values(ended_at=self.now, end_reason=reason)
            .returning(operator_session.c.id)
        )
        return len(list(ended))

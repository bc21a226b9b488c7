"""What a provider says only at the first login: kept until it is known whose it is, and a while."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sqlalchemy import or_, select, update

from ciam.identifiers import new_id
from ciam.storage.stores.store import Store, from_json, to_json
from ciam.storage.tables.federation import first_login

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

_TABLE = "first_login"
_NAMESPACE = "external_identity"


@dataclass(frozen=True, slots=True)
class FirstLogin:
    """Claims that came once; `is_known`: already attached to the subject that was asked for."""

    id: UUID
    state: UUID | None
    claims: dict[str, str] = field(repr=False)
    is_known: bool


class FirstLoginStore(Store):
    """What a provider says only at the first login."""

    async def keep(
        self,
        state: UUID,
        *,
        connection: str,
        browser_hash: bytes,
        claims: dict[str, str],
        expires_at: datetime,
    ) -> None:
        """Keep what came with an answer; the same answer again changes nothing."""
        row = new_id()
        await self.connection.execute(
            self.insert(first_login)
            .values(
                id=row,
                state=state,
                connection=connection,
                browser_hash=browser_hash,
                sealed_claims=self.seal_record(_TABLE, "claims", row, to_json(claims)),
                created_at=self.now,
                expires_at=expires_at,
            )
            .on_conflict_do_nothing()
        )

    async def list_for(
        self, connection: str, *, browser_hash: bytes, issuer: str, subject: str
    ) -> list[FirstLogin]:
        """Give what may be somebody's: attached to them, or unattached from this browser."""
        columns, hashes = first_login.c, self.index_hashes(_NAMESPACE, issuer, subject)
        is_unattached = columns.subject_hash.is_(None) & (columns.browser_hash == browser_hash)
        rows = await self.connection.execute(
            select(columns.id, columns.state, columns.sealed_claims, columns.subject_hash)
            .where(
                columns.connection == connection,
                columns.expires_at > self.now,
                or_(columns.subject_hash.in_(hashes), is_unattached),
            )
            .order_by(columns.created_at.desc())
        )
        return [
            FirstLogin(
                row.id,
                row.state,
                from_json(self.open_record(_TABLE, "claims", row.id, row.sealed_claims)),
                row.subject_hash is not None,
            )
            for row in rows
        ]

    async def attach(self, row: UUID, *, issuer: str, subject: str) -> None:
        """Note whose it is."""
        await self.connection.execute(
            update(first_login)
            .where(first_login.c.id == row)
            .values(subject_hash=self.index_hash(_NAMESPACE, issuer, subject))
        )

"""Exchanges with providers under way: found by `state`, claimed once by the browser that began."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sqlalchemy import insert, select, update

from ciam.identifiers import hash_secret, new_id
from ciam.storage.stores.store import Store, from_json, to_json
from ciam.storage.tables.federation import federation_state

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

_TABLE = "federation_state"


@dataclass(frozen=True, slots=True)
class FederationState:
    """An exchange under way; `answer` is what the provider POSTed, if it did."""

    id: UUID
    connection: str
    browser_hash: bytes = field(repr=False)
    purpose: str
    document: dict[str, Any] = field(repr=False)
    answer: dict[str, str] | None = field(repr=False)
    created_at: datetime


class FederationStateStore(Store):
    """Exchanges with providers under way."""

    async def begin(
        self,
        state: str,
        *,
        connection: str,
        browser_hash: bytes,
        purpose: str,
        document: dict[str, Any],
        expires_at: datetime,
    ) -> None:
        """Insert an exchange; only the hash of its `state` is kept."""
        row = new_id()
        await self.connection.execute(
            insert(federation_state).values(
                id=row,
                state_hash=hash_secret(state),
                connection=connection,
                browser_hash=browser_hash,
                purpose=purpose,
                sealed_document=self.seal_record(_TABLE, "document", row, to_json(document)),
                created_at=self.now,
                expires_at=expires_at,
            )
        )

    async def answer(
        self, state: str, connection: str, parameters: dict[str, str]
    ) -> FederationState | None:
        """Keep the first answer that was POSTed; None when there is nothing to answer any more."""
        columns = federation_state.c
        found = await self._find(state, connection)
        if found is None:
            return None
        sealed = self.seal_record(_TABLE, "answer", found.id, to_json(parameters))
        kept = await self.connection.execute(
            update(federation_state)
            .where(
                columns.id == found.id,
                columns.sealed_answer.is_(None),
                columns.claimed_at.is_(None),
                columns.expires_at > self.now,
            )
            .values(sealed_answer=sealed)
            .returning(columns.id)
        )
        return None if kept.first() is None else found

    async def claim(
        self, state: str, connection: str, browser_hash: bytes
    ) -> FederationState | None:
        """Claim an exchange by one statement; None when it is foreign, over or claimed before."""
        columns = federation_state.c
        row = (
            await self.connection.execute(
                update(federation_state)
                .where(
                    columns.state_hash == hash_secret(state),
                    columns.connection == connection,
                    columns.browser_hash == browser_hash,
                    columns.claimed_at.is_(None),
                    columns.expires_at > self.now,
                )
                .values(claimed_at=self.now)
                .returning(*_COLUMNS)
            )
        ).first()
        return None if row is None else self._open(row)

    async def find_claimed(
        self, state: str, connection: str, browser_hash: bytes
    ) -> FederationState | None:
        """Give an exchange of this browser that was claimed before."""
        found = await self._find(state, connection, is_claimed=True)
        return found if found is not None and found.browser_hash == browser_hash else None

    async def _find(
        self, state: str, connection: str, *, is_claimed: bool = False
    ) -> FederationState | None:
        columns = federation_state.c
        claimed = columns.claimed_at.is_not(None) if is_claimed else columns.claimed_at.is_(None)
        row = (
            await self.connection.execute(
                select(*_COLUMNS).where(
                    columns.state_hash == hash_secret(state),
                    columns.connection == connection,
                    claimed,
                )
            )
        ).first()
        return None if row is None else self._open(row)

    def _open(self, row: Any) -> FederationState:  # noqa: ANN401 - a row of _COLUMNS
        answer = row.sealed_answer
        return FederationState(
            row.id,
            row.connection,
            row.browser_hash,
            row.purpose,
            from_json(self.open_record(_TABLE, "document", row.id, row.sealed_document)),
            None
            if answer is None
            else from_json(self.open_record(_TABLE, "answer", row.id, answer)),
            row.created_at,
        )


_COLUMNS = (
    federation_state.c.id,
    federation_state.c.connection,
    federation_state.c.browser_hash,
    federation_state.c.purpose,
    federation_state.c.sealed_document,
    federation_state.c.sealed_answer,
    federation_state.c.created_at,
)

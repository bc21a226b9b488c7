"""Authorization requests kept while a person signs in or decides; found by handle, sealed.

A row is bound to one browser. One that came by a cross-site POST has no browser yet, because its
cookie did not come along; the first GET that follows binds it, by one statement.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sqlalchemy import insert, or_, select, update

from ciam.identifiers import hash_secret, new_id
from ciam.storage.stores.store import Store, from_json, to_json
from ciam.storage.tables.grants import authorization_request

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID


@dataclass(frozen=True, slots=True)
class KeptRequest:
    """A request under way: what the client sent, and what the customer has decided since."""

    id: UUID
    handle: str
    parameters: dict[str, str] = field(repr=False)
    decision: dict[str, Any] | None
    created_at: datetime
    expires_at: datetime
    answered_at: datetime | None


class AuthorizationRequestStore(Store):
    """Authorization requests kept while a person signs in or decides."""

    async def keep(
        self,
        handle: str,
        browser_hash: bytes | None,
        *,
        client: UUID,
        parameters: dict[str, str],
        expires_at: datetime,
    ) -> KeptRequest:
        """Insert a request; only the hash of its handle is kept."""
        row, now = new_id(), self.now
        await self.connection.execute(
            insert(authorization_request).values(
                id=row,
                handle_hash=hash_secret(handle),
                client=client,
                browser_hash=browser_hash,
                sealed_parameters=self._seal(row, parameters, None),
                created_at=now,
                expires_at=expires_at,
            )
        )
        return KeptRequest(row, handle, parameters, None, now, expires_at, None)

    async def find(self, handle: str, browser_hash: bytes) -> KeptRequest | None:
        """Give a request of this browser, or of none yet; answered or expired ones too."""
        columns = authorization_request.c
        row = (
            await self.connection.execute(
                select(
                    columns.id,
                    columns.sealed_parameters,
                    columns.created_at,
                    columns.expires_at,
                    columns.answered_at,
                ).where(
                    columns.handle_hash == hash_secret(handle),
                    or_(columns.browser_hash == browser_hash, columns.browser_hash.is_(None)),
                )
            )
        ).first()
        if row is None:
            return None
        content = from_json(
            self.open_record("authorization_request", "parameters", row.id, row.sealed_parameters)
        )
        return KeptRequest(
            row.id,
            handle,
            content["parameters"],
            content["decision"],
            row.created_at,
            row.expires_at,
            row.answered_at,
        )

    async def bind(self, request: UUID, browser_hash: bytes) -> bool:
        """Bind a request to a browser by one statement; False when another was first."""
        columns = authorization_request.c
        bound = await self.connection.execute(
            update(authorization_request)
            .where(
                columns.id == request,
                or_(columns.browser_hash.is_(None), columns.browser_hash == browser_hash),
            )
            .values(browser_hash=browser_hash)
            .returning(columns.id)
        )
        return bound.first() is not None

    async def note_decision(self, found: KeptRequest, decision: dict[str, Any]) -> bool:
        """Write what the customer decided; False when the request was answered meanwhile."""
        columns = authorization_request.c
        noted = await self.connection.execute(
            update(authorization_request)
            .where(columns.id == found.id, columns.answered_at.is_(None))
            .values(sealed_parameters=self._seal(found.id, found.parameters, decision))
            .returning(columns.id)
        )
        return noted.first() is not None

    async def claim(self, request: UUID) -> bool:
        """Claim the answer by one statement; False when it was given before or came too late."""
        columns = authorization_request.c
        now = self.now
        claimed = await self.connection.execute(
            update(authorization_request)
            .where(columns.id == request, columns.answered_at.is_(None), columns.expires_at > now)
            .values(answered_at=now)
            .returning(columns.id)
        )
        return claimed.first() is not None

    def _seal(
        self, row: UUID, parameters: dict[str, str], decision: dict[str, Any] | None
    ) -> bytes:
        content = to_json({"parameters": parameters, "decision": decision})
        return self.seal_record("authorization_request", "parameters", row, content)

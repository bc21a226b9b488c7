"""Tokens of providers, where a connection asks to keep them: sealed, and gone with the link."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, select, update

from ciam.identifiers import new_id
from ciam.storage.stores.store import Store, from_json, to_json
from ciam.storage.tables.federation import provider_token

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import ColumnElement

_NAMESPACE = "external_identity"


class ProviderTokenStore(Store):
    """Tokens of providers, one set for each (issuer, subject)."""

    async def keep(
        self,
        issuer: str,
        subject: str,
        *,
        connection: str,
        tokens: dict[str, Any],
        expires_at: datetime | None,
    ) -> None:
        """Keep a set instead of an older one; until then, or for as long as the link lives."""
        await self.remove(issuer, subject)  # under an older index key too
        row = new_id()
        await self.connection.execute(
            self.insert(provider_token)
            .values(
                id=row,
                issuer=issuer,
                subject_hash=self.index_hash(_NAMESPACE, issuer, subject),
                connection=connection,
                sealed_tokens=self.seal_record("provider_token", "tokens", row, to_json(tokens)),
                obtained_at=self.now,
                expires_at=expires_at,
            )
            .on_conflict_do_nothing()  # another sign-in of the same person was a moment faster
        )

    async def find(self, issuer: str, subject: str) -> dict[str, Any] | None:
        """Give the set of an identity, as the token endpoint named its members."""
        row = (
            await self.connection.execute(
                select(provider_token.c.id, provider_token.c.sealed_tokens).where(
                    *self._of(issuer, subject)
                )
            )
        ).first()
        if row is None:
            return None
        found: dict[str, Any] = from_json(
            self.open_record("provider_token", "tokens", row.id, row.sealed_tokens)
        )
        return found

    async def settle(self, issuer: str, subject: str) -> None:
        """Keep a set for as long as the identity is linked."""
        await self.connection.execute(
            update(provider_token).where(*self._of(issuer, subject)).values(expires_at=None)
        )

    async def remove(self, issuer: str, subject: str) -> None:
        """Forget a set."""
        await self.connection.execute(delete(provider_token).where(*self._of(issuer, subject)))

    async def rehash(self, issuer: str, subject: str) -> None:
        """Note whose a set is under the newest index key."""
        newest = self.index_hash(_NAMESPACE, issuer, subject)
        await self.connection.execute(
            update(provider_token)
            .where(*self._of(issuer, subject), provider_token.c.subject_hash != newest)
            .values(subject_hash=newest)
        )

    def _of(self, issuer: str, subject: str) -> tuple[ColumnElement[bool], ...]:
        hashes = self.index_hashes(_NAMESPACE, issuer, subject)
        return (
            provider_token.c.issuer == issuer,
            provider_token.c.subject_hash.in_(hashes),
        )

"""Keys that sign, and when each is published, used and retired.

The private part is sealed with the master key, the public part is plain. Times decide what a key is
for: published at once, signs from `active_from` on, leaves the JWKS at `unpublished_at`.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import insert, or_, select, update

from ciam.sealing import place, seal, unseal
from ciam.storage.stores.store import Store, from_json, to_json
from ciam.storage.tables.keys import signing_key


@dataclass(frozen=True, slots=True)
class SigningKey:
    """One key: its public JWK, and the private one while it may sign."""

    kid: str
    algorithm: str
    use: str
    public_jwk: dict[str, Any]
    private_jwk: dict[str, Any] | None = field(repr=False)
    created_at: datetime
    active_from: datetime
    retired_at: datetime | None
    unpublished_at: datetime | None


class SigningKeyStore(Store):
    """Keys that sign, and when each is published, used and retired."""

    async def list_published(self, use: str) -> list[SigningKey]:
        """Give the keys of a use that are in the JWKS now, oldest first (cached)."""
        keys = await self.stores.cached(("signing_keys", use), lambda: self._load(use))
        now = self.now  # asked anew: a cached key leaves the JWKS when its time has come
        return [key for key in keys if key.unpublished_at is None or key.unpublished_at > now]

    async def add(
        self,
        use: str,
        algorithm: str,
        private_jwk: dict[str, Any],
        public_jwk: dict[str, Any],
        *,
        active_from: datetime,
    ) -> None:
        """Publish a key that signs from `active_from` on; the caller raises the generation."""
        kid = public_jwk["kid"]
        at = place("signing_key", "private_jwk", kid)
        await self.connection.execute(
            insert(signing_key).values(
                kid=kid,
                algorithm=algorithm,
                use=use,
                public_jwk=public_jwk,
                sealed_private_jwk=seal(self.stores.keys.master.newest, to_json(private_jwk), at),
                created_at=self.now,
                active_from=active_from,
            )
        )

    async def retire(self, kid: str, *, at: datetime, unpublish_at: datetime) -> None:
        """Stop signing with a key; it verifies until it leaves the JWKS."""
        await self.connection.execute(
            update(signing_key)
            .where(signing_key.c.kid == kid)
            .values(retired_at=at, unpublished_at=unpublish_at)
        )

    async def _load(self, use: str) -> tuple[SigningKey, ...]:
        columns = signing_key.c
        rows = await self.connection.execute(
            select(
                columns.kid,
                columns.algorithm,
                columns.use,
                columns.public_jwk,
                columns.sealed_private_jwk,
                columns.created_at,
                columns.active_from,
                columns.retired_at,
                columns.unpublished_at,
            )
            .where(
                columns.use == use,
                or_(columns.unpublished_at.is_(None), columns.unpublished_at > self.now),
            )
            .order_by(columns.active_from, columns.kid)
        )
        return tuple(
            SigningKey(
                row.kid,
                row.algorithm,
                row.use,
                row.public_jwk,
                self._open(row.kid, row.sealed_private_jwk),
                row.created_at,
                row.active_from,
                row.retired_at,
                row.unpublished_at,
            )
            for row in rows
        )

    def _open(self, kid: str, sealed: bytes | None) -> dict[str, Any] | None:
        if sealed is None:
            return None
        at = place("signing_key", "private_jwk", kid)
        opened: dict[str, Any] = from_json(unseal(self.stores.keys.master, sealed, at))
        return opened

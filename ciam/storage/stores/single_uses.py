"""Values that may be used once, each claimed by one insert: revoked `jti`, assertions."""

from datetime import datetime

from sqlalchemy import select

from ciam.identifiers import hash_secret
from ciam.storage.stores.store import Store
from ciam.storage.tables.grants import single_use


class SingleUseStore(Store):
    """Values that may be used once, each claimed by one insert."""

    async def claim(self, kind: str, value: str, *, expires_at: datetime) -> bool:
        """Claim a value until it expires; False when it was claimed before."""
        claimed = await self.connection.execute(
            self.insert(single_use)
            .values(
                kind=kind, value_hash=hash_secret(value), used_at=self.now, expires_at=expires_at
            )
            .on_conflict_do_nothing()
            .returning(single_use.c.kind)
        )
        return claimed.first() is not None

    async def is_claimed(self, kind: str, value: str) -> bool:
        """Tell whether a value was claimed."""
        found = await self.connection.scalar(
            select(single_use.c.kind).where(
                single_use.c.kind == kind, single_use.c.value_hash == hash_secret(value)
            )
        )
        return found is not None

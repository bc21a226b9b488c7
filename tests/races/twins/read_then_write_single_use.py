"""A claim that looks first and writes then."""

from datetime import datetime

from ciam.identifiers import hash_secret
from ciam.storage.stores.single_uses import SingleUseStore
from ciam.storage.tables.grants import single_use
from tests.races.twins.apart import reading_apart


async def _claim(self: SingleUseStore, kind: str, value: str, *, expires_at: datetime) -> bool:
    async with reading_apart(self.connection):
        taken = await self.is_claimed(kind, value)
    await self.connection.execute(
        self.insert(single_use)
        .values(kind=kind, value_hash=hash_secret(value), used_at=self.now, expires_at=expires_at)
        .on_conflict_do_nothing()
    )
    return not taken


def install() -> None:
    """Put the twin in its place."""
    SingleUseStore.claim = _claim  # type: ignore[method-assign]  # that is what a twin is

"""Counters that are looked at before a guess and written with what was seen, plus one."""

from datetime import timedelta

from sqlalchemy import select, update

from ciam.storage.stores.attempts import Attempt, AttemptStore, _part
from ciam.storage.stores.proofs import Proof, ProofStore
from ciam.storage.tables.journeys import proof
from ciam.storage.tables.protection import attempt_counter
from tests.races.twins.apart import reading_apart


async def _reserve(
    self: AttemptStore,
    limit: str,
    *key: str,
    allowed: int,
    window: timedelta,
) -> Attempt:
    del allowed  # whoever asked compares it with the count
    key_hash, start = self.index_hash("attempt", limit, *key), self._part_start(window)
    async with reading_apart(self.connection):
        count, _oldest = await self._sum(limit, [key_hash], window)
    expires_at = start + window + _part(window)
    await self.connection.execute(
        self.insert(attempt_counter)
        .values(limit=limit, key_hash=key_hash, window_start=start, count=1, expires_at=expires_at)
        .on_conflict_do_update(
            index_elements=["limit", "key_hash", "window_start"], set_={"count": count + 1}
        )
    )
    return Attempt(limit, key_hash, start, count + 1, expires_at)


async def _reserve_attempt(self: ProofStore, found: Proof, allowed: int) -> bool:
    async with reading_apart(self.connection):
        attempts = await self.connection.scalar(
            select(proof.c.attempts).where(proof.c.id == found.id)
        )
    if attempts is None or attempts >= allowed:
        return False
    await self.connection.execute(
        update(proof).where(proof.c.id == found.id).values(attempts=attempts + 1)
    )
    return True


def install() -> None:
    """Put the twin in its place."""
    AttemptStore.reserve = _reserve  # type: ignore[method-assign]  # that is a twin
    ProofStore.reserve_attempt = _reserve_attempt  # type: ignore[method-assign]  # the same

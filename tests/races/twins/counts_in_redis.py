"""Attempts that are counted in Redis alone, as most rate limiters do it."""

from datetime import timedelta
from typing import cast

from redis.exceptions import RedisError

from ciam.storage import UnitOfWork
from ciam.storage.stores.attempts import Attempt, AttemptStore


async def _reserve(
    self: AttemptStore, limit: str, *key: str, allowed: int, window: timedelta
) -> Attempt:
    refusals = cast("UnitOfWork", self.stores).refusals
    assert refusals is not None
    name = self.name(limit, *key)
    try:
        count = int(await refusals.client.incr(f"twin:{name.hex()}"))
    except (RedisError, OSError, ValueError):
        count = 1  # a limiter that is away lets through
    return Attempt(limit, name, self.now, count, self.now + window, is_counted=count <= allowed)


def install() -> None:
    """Put the twin in its place."""
    AttemptStore.reserve = _reserve  # type: ignore[method-assign]  # that is what a twin is

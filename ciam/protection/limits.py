"""Limits: an attempt is reserved and committed before it is evaluated, so none goes uncounted.

A refused attempt is not counted itself: who keeps knocking does not make the wait longer, neither
for themselves nor for the customer whom they name.
"""

from datetime import timedelta
from typing import Final

from ciam.errors import TooManyAttempts
from ciam.storage import UnitOfWork
from ciam.storage.stores.attempts import Attempt

_SOON: Final = timedelta(seconds=1)


async def reserve(
    transaction: UnitOfWork, limit: str, *key: str, allowed: int, window: timedelta
) -> Attempt:
    """Count one attempt; raise TooManyAttempts, which rolls the count back, above the limit.

    `key` names what is counted: a customer, an address, a network. It is stored as a keyed hash.
    """
    attempt = await transaction.attempts.reserve(limit, *key, allowed=allowed, window=window)
    if attempt.count > allowed:
        wait = max(attempt.room_at - transaction.clock.now(), _SOON)
        raise TooManyAttempts(f"limit {limit}", wait)
    return attempt


async def try_reserve(
    transaction: UnitOfWork, limit: str, *key: str, allowed: int, window: timedelta
) -> Attempt | None:
    """Count one attempt; None, and nothing counted, above the limit: the caller goes on."""
    attempt = await transaction.attempts.reserve(limit, *key, allowed=allowed, window=window)
    if attempt.count <= allowed:
        return attempt
    await transaction.attempts.refund(attempt)
    return None


async def refund(transaction: UnitOfWork, *attempts: Attempt) -> None:
    """Take attempts back that turned out to be no failures."""
    for attempt in attempts:
        await transaction.attempts.refund(attempt)


async def clear(transaction: UnitOfWork, limit: str, *key: str) -> None:
    """Forget what was counted for a key, after a success that only its owner can have."""
    await transaction.attempts.clear(limit, *key)

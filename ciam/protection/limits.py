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
    wait = await _find_refusal(transaction, limit, key)
    if wait is not None:
        raise TooManyAttempts(f"limit {limit}, as another node has told", max(wait, _SOON))
    attempt = await transaction.attempts.reserve(limit, *key, allowed=allowed, window=window)
    if attempt.count > allowed:
        wait = max(attempt.room_at - transaction.clock.now(), _SOON)
        await _tell(transaction, limit, key, wait)
        raise TooManyAttempts(f"limit {limit}", wait)
    return attempt


async def _find_refusal(
    transaction: UnitOfWork, limit: str, key: tuple[str, ...]
) -> timedelta | None:
    """Ask, before the database, whether the limit is known to be reached."""
    if transaction.refusals is None:
        return None
    name, now = transaction.attempts.name(limit, *key), transaction.clock.now()
    return await transaction.refusals.find(transaction.keys.index.newest, name, now)


async def _tell(transaction: UnitOfWork, limit: str, key: tuple[str, ...], wait: timedelta) -> None:
    """Tell the other nodes that the limit is reached."""
    if transaction.refusals is not None:
        name, now = transaction.attempts.name(limit, *key), transaction.clock.now()
        await transaction.refusals.note(transaction.keys.index.newest, name, now, wait)


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

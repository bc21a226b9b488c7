"""A key that is looked up first and taken then."""

from datetime import timedelta
from uuid import UUID

from sqlalchemy import delete

from ciam.storage.stores.idempotent_replies import IdempotentReplyStore
from ciam.storage.tables.api import idempotent_reply
from tests.races.twins.apart import reading_apart

_right_claim = IdempotentReplyStore.claim


async def _claim(
    self: IdempotentReplyStore, *key: str, request_hash: bytes, lifetime: timedelta
) -> UUID | None:
    async with reading_apart(self.connection):
        taken = await self.find(*key)
    if taken is not None:
        return None
    await self.connection.execute(
        delete(idempotent_reply).where(idempotent_reply.c.request_hash == request_hash)
    )
    return await _right_claim(self, *key, request_hash=request_hash, lifetime=lifetime)


async def _is_in_progress(self: IdempotentReplyStore, *key: str) -> bool:
    del self, key
    return False


def install() -> None:
    """Put the twin in its place."""
    IdempotentReplyStore.claim = _claim  # type: ignore[method-assign]  # that is what a twin is
    IdempotentReplyStore.is_in_progress = _is_in_progress  # type: ignore[method-assign]  # the same

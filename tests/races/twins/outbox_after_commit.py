"""A job that is written in a transaction of its own, once the act it belongs to is committed."""

import asyncio
from datetime import datetime
from typing import Any, cast
from uuid import UUID

from ciam.identifiers import new_id
from ciam.storage import UnitOfWork
from ciam.storage.stores.outbox import OutboxStore

_put = OutboxStore.put
_PAUSE = 1.0  # longer than the load before a kill: whatever was acknowledged is still to be written
_writing: set[asyncio.Task[None]] = set()


async def _put_later(
    self: OutboxStore,
    kind: str,
    payload: dict[str, Any],
    *,
    due_at: datetime | None = None,
    cause: UUID | None = None,
) -> UUID:
    database = cast("UnitOfWork", self.stores).database

    async def write() -> None:
        await asyncio.sleep(_PAUSE)
        async with database.write() as transaction:
            await _put(transaction.outbox, kind, payload, due_at=due_at, cause=cause)

    task = asyncio.create_task(write())
    _writing.add(task)
    task.add_done_callback(_writing.discard)
    return new_id()


def install() -> None:
    """Put the twin in its place."""
    OutboxStore.put = _put_later  # type: ignore[method-assign]  # that is what a twin is

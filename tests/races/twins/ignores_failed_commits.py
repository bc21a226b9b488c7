"""A server that answers as if a commit had succeeded when it has failed."""

from contextlib import suppress

from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncTransaction

_commit = AsyncTransaction.commit


async def _ignore(self: AsyncTransaction) -> None:
    with suppress(DBAPIError, OSError):
        await _commit(self)


def install() -> None:
    """Put the twin in its place."""
    AsyncTransaction.commit = _ignore  # type: ignore[method-assign]  # that is what a twin is

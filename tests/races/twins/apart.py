"""What twins need to be as broken as code without one statement: reading outside the write."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy.ext.asyncio import AsyncConnection

_PAUSE = 0.005  # as long as a slow page or a busy machine would make it anyway


@asynccontextmanager
async def reading_apart(connection: AsyncConnection) -> AsyncIterator[None]:
    """End the transaction, read without one, and begin another: a decision on old facts."""
    begin = "BEGIN IMMEDIATE" if connection.dialect.name == "sqlite" else "BEGIN"
    await connection.exec_driver_sql("COMMIT")
    try:
        yield
        await asyncio.sleep(_PAUSE)
    finally:
        await connection.exec_driver_sql(begin)

"""What twins need to be as broken as code without one statement: reading outside the write."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy.ext.asyncio import AsyncConnection

_PAUSE = 0.05  # longer than two nodes need to come to the same request, on a busy machine too


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

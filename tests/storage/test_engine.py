"""Commits are on disk before they are acknowledged (R-02)."""

from sqlalchemy import text

from ciam.storage import Database


async def test_a_commit_is_synced(database: Database) -> None:
    async with database.engines.writing.connect() as connection:
        if database.is_sqlite:
            level = (await connection.execute(text("PRAGMA synchronous"))).scalar_one()
            mode = (await connection.execute(text("PRAGMA journal_mode"))).scalar_one()
            assert (level, mode) == (2, "wal")
        else:
            level = (await connection.execute(text("SHOW synchronous_commit"))).scalar_one()
            assert level == "on"


async def test_a_reader_of_the_embedded_database_cannot_write(database: Database) -> None:
    if not database.is_sqlite:
        assert database.engines.reading.dialect.name == "postgresql"
        return
    async with database.engines.reading.connect() as connection:
        assert (await connection.execute(text("PRAGMA query_only"))).scalar_one() == 1

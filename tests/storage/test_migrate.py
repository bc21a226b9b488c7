"""Migrations run forward and back with data in them, and leave what the code declares."""

import pytest
from sqlalchemy import func, select, text

from ciam.errors import Misconfigured
from ciam.sealing import KeyRing, new_key
from ciam.storage import Database
from ciam.storage.engine import Engines, open_engines
from ciam.storage.migrate import downgrade, find_drift, find_pending, migrate
from ciam.storage.revision import head, is_at_head
from ciam.storage.tables.outbox import outbox
from tests.customers.people import make_customer
from tests.parts.clock import FakeClock


async def _tables(engines: Engines) -> int:
    query = (
        "SELECT count(*) FROM sqlite_master WHERE type='table' AND name <> 'alembic_version'"
        if engines.is_sqlite
        else "SELECT count(*) FROM information_schema.tables"
        " WHERE table_schema = 'public' AND table_name <> 'alembic_version'"
    )
    async with engines.reading.connect() as connection:
        found: int = (await connection.execute(text(query))).scalar_one()
        return found


async def test_the_migrated_database_is_what_the_code_declares(database_url: str) -> None:
    engines = open_engines(database_url)
    try:
        assert await find_drift(engines) == []
        assert await find_pending(engines) == []
    finally:
        await engines.dispose()


async def test_a_server_knows_without_alembic_whether_a_migration_is_missing(
    database_url: str,
) -> None:
    engines = open_engines(database_url)
    try:
        assert await is_at_head(engines)
        await downgrade(engines, "-1")
        assert not await is_at_head(engines)
        assert await find_pending(engines) == [head()], "what Alembic takes for the newest"
        await downgrade(engines, "base")
        assert not await is_at_head(engines)
    finally:
        await engines.dispose()


async def test_back_to_nothing_and_forward_again_with_data_in_it(database_url: str) -> None:
    database = Database.open(database_url, FakeClock(), KeyRing.of(new_key()))
    engines = database.engines
    try:
        async with database.write() as transaction:
            await transaction.outbox.put("mail", {"n": 1})
        await downgrade(engines, "base")
        assert await _tables(engines) == 0
        await migrate(engines)
        assert await find_drift(engines) == []
        async with database.read() as transaction:
            count = await transaction.connection.scalar(select(func.count()).select_from(outbox))
        assert count == 0
    finally:
        await database.close()


async def test_migrating_twice_changes_nothing(database_url: str) -> None:
    engines = open_engines(database_url)
    try:
        await migrate(engines)
        await migrate(engines)
        assert await find_drift(engines) == []
    finally:
        await engines.dispose()


def test_another_kind_of_database_is_refused() -> None:
    with pytest.raises(Misconfigured, match="CIAM_DATABASE_URL"):
        open_engines("mysql://localhost/ciam")


async def test_names_of_identities_are_found_again_after_going_back_and_forward(
    database_url: str,
) -> None:
    database = Database.open(database_url, FakeClock(), KeyRing.of(new_key()))
    try:
        customer = (await make_customer(database)).id
        async with database.write() as transaction:
            link = transaction.external_identities.link
            assert await link(customer, "https://idp.example.com", "one", connection="line")
        await downgrade(database.engines, "0001_first_tables")
        await migrate(database.engines)
        assert await find_drift(database.engines) == []
        async with database.write() as transaction:
            identities = transaction.external_identities
            found = await identities.find("https://idp.example.com", "one")
            assert found is not None
            assert found.customer == customer
            link = identities.link
            assert not await link(customer, "https://idp.example.com", "one", connection="line")
    finally:
        await database.close()

"""Server keys: made where missing, once, and opened by the right master key alone."""

import asyncio

import pytest

from ciam.errors import Misconfigured
from ciam.keys.server import KNOWN_AFTER, load_server_keys, rotate_server_key
from ciam.sealing import SERVER_KEY_USES, KeyRing, new_key
from ciam.storage import Database
from tests.parts.clock import FakeClock


async def test_they_are_made_once(database: Database) -> None:
    made = await load_server_keys(database)
    again = await load_server_keys(database)
    assert made == again
    secrets = {getattr(made, use).newest.secret for use in SERVER_KEY_USES}
    assert len(secrets) == len(SERVER_KEY_USES)
    assert database.keys is again


async def test_processes_that_start_together_agree(database: Database) -> None:
    loaded = await asyncio.gather(*(load_server_keys(database) for _ in range(5)))
    assert all(keys == loaded[0] for keys in loaded)
    async with database.read() as transaction:
        assert len(await transaction.server_keys.list_live()) == len(SERVER_KEY_USES) + 1


async def test_another_master_key_opens_nothing(
    database: Database, database_url: str, clock: FakeClock
) -> None:
    await load_server_keys(database)
    other = Database.open(database_url, clock, KeyRing.of(new_key()))
    try:
        with pytest.raises(Misconfigured, match="does not fit"):
            await load_server_keys(other)
    finally:
        await other.close()


async def test_a_rotated_key_seals_once_every_node_knows_it_and_the_old_one_still_opens(
    database: Database, clock: FakeClock
) -> None:
    before = (await load_server_keys(database)).cookie
    async with database.write() as transaction:
        assert await rotate_server_key(transaction, "cookie") == 2
    known = (await load_server_keys(database)).cookie
    assert known.newest.version == 1
    assert set(known.keys) == {1, 2}
    clock.advance(KNOWN_AFTER)
    after = (await load_server_keys(database)).cookie
    assert after.newest.version == 2
    assert after.keys[1] == before.newest


async def test_an_unknown_use_cannot_be_rotated(database: Database) -> None:
    await load_server_keys(database)
    with pytest.raises(Misconfigured, match="one of"):
        async with database.write() as transaction:
            await rotate_server_key(transaction, "nothing")

"""The server's symmetric keys: opened with the master key, made where missing, loaded again.

Every node loads them every few seconds. A new version opens at once and seals only a minute after
it was made: by then each node can open what another one seals.
"""

from datetime import datetime, timedelta
from typing import Final

from ciam.errors import Misconfigured
from ciam.sealing import SERVER_KEY_USES, KeyRing, SealBroken, ServerKeys, new_key
from ciam.storage import Database, UnitOfWork
from ciam.storage.stores.server_keys import ServerKey

KNOWN_AFTER: Final = timedelta(seconds=60)


async def load_server_keys(database: Database) -> ServerKeys:
    """Open every key and hand them to the database; make what is missing first."""
    try:
        async with database.read() as transaction:
            found = await _rings(transaction)
        if set(found) != set(SERVER_KEY_USES):
            async with database.write() as transaction:
                for use in SERVER_KEY_USES:
                    if use not in found:
                        await transaction.server_keys.add(use, new_key())
                found = await _rings(transaction)
    except SealBroken as error:
        cause = "the master key does not fit this database: set the one it was made with"
        raise Misconfigured(cause) from error
    database.keys = ServerKeys(master=database.keys.master, **found)
    return database.keys


async def rotate_server_key(transaction: UnitOfWork, use: str) -> int:
    """Add a newer version of a key: it seals in a minute, older ones go on opening."""
    live = [key for key in await transaction.server_keys.list_live() if key.use == use]
    if not live:
        raise Misconfigured(f"there is no key {use!r}: one of {', '.join(SERVER_KEY_USES)}")
    version = max(key.version for key in live) + 1
    await transaction.server_keys.add(use, new_key(version))
    await transaction.config.raise_generation()
    return version


async def _rings(transaction: UnitOfWork) -> dict[str, KeyRing]:
    keys: dict[str, list[ServerKey]] = {}
    for live in await transaction.server_keys.list_live():
        keys.setdefault(live.use, []).append(live)
    now = transaction.clock.now()
    return {use: _ring(versions, now) for use, versions in keys.items()}


def _ring(versions: list[ServerKey], now: datetime) -> KeyRing:
    known = [one.version for one in versions if now - one.created_at >= KNOWN_AFTER]
    sealing = max(known) if known else min(one.version for one in versions)
    return KeyRing({one.version: one.key for one in versions}, sealing)

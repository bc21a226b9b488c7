"""The server's symmetric keys: opened with the master key, made where missing, loaded again.

Every node loads them every few seconds. A new version opens at once and seals only a minute after
it was made: by then each node can open what another one seals. The master key itself is outside
the database; which of its versions seals is noted there, so that all nodes change together.
"""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from ciam.clock import monotonic
from ciam.errors import Misconfigured
from ciam.sealing import SERVER_KEY_USES, KeyRing, SealBroken, ServerKeys, new_key
from ciam.storage import Database, UnitOfWork
from ciam.storage.stores.server_keys import ServerKey

MASTER: Final = "master"
KNOWN_AFTER: Final = timedelta(seconds=60)


async def load_server_keys(database: Database, *, makes_missing: bool = True) -> ServerKeys:
    """Open every key and hand them to the database; make what is missing first.

    Raise Misconfigured when the master key opens them not, or not all.
    """
    try:
        async with database.read() as transaction:
            live = await transaction.server_keys.list_live()
        if makes_missing and {key.use for key in live} != {MASTER, *SERVER_KEY_USES}:
            async with database.write() as transaction:
                await _make_missing(transaction)
                live = await transaction.server_keys.list_live()
    except SealBroken as error:
        cause = (
            "the master key does not fit this database: set the one it was made with, and every "
            "newer one that `ciam keys list` names"
        )
        raise Misconfigured(cause) from error
    now = database.clock.now()
    rings = {use: _ring([key for key in live if key.use == use], now) for use in SERVER_KEY_USES}
    known = [key for key in live if key.use == MASTER]
    sealing = _ring(known, now).newest.version if known else _present_master(live)
    master = replace(database.keys.master, sealing_version=sealing)
    database.keys = ServerKeys(master=master, **rings)
    database.keys_loaded_at = monotonic()
    return database.keys


def knows_keys(database: Database) -> bool:
    """Whether this process has loaded the keys so lately that no other node seals with a newer."""
    loaded_at = database.keys_loaded_at
    return loaded_at is not None and monotonic() - loaded_at < KNOWN_AFTER.total_seconds()


async def rotate_server_key(transaction: UnitOfWork, use: str) -> int:
    """Add a newer version of a key: it seals in a minute, older ones go on opening."""
    live = await transaction.server_keys.list_live()
    versions = [key.version for key in live if key.use == use]
    if not versions:
        raise Misconfigured(
            f"there is no key {use!r}: one of {', '.join((MASTER, *SERVER_KEY_USES))}"
        )
    if use == MASTER:
        return await _rotate_master(transaction, max(versions))
    version = max(versions) + 1
    await transaction.server_keys.add(use, new_key(version))
    await transaction.config.raise_generation()
    return version


async def _rotate_master(transaction: UnitOfWork, present: int) -> int:
    """Let the newer master key seal that every node was given before."""
    ring = transaction.keys.master
    version = max(ring.keys)
    if version <= present:
        raise Misconfigured(
            f"there is no master key newer than version {present}: append {present + 1}:KEY to "
            "the key of every node and start each anew, then rotate"
        )
    await transaction.server_keys.add(MASTER, new_key(version), under=ring.keys[version])
    await transaction.config.raise_generation()
    return version


async def _make_missing(transaction: UnitOfWork) -> None:
    """Make what is missing; other nodes may do the same, and one of them is first."""
    live = await transaction.server_keys.list_live()
    uses, master = {key.use for key in live}, transaction.keys.master
    present = _present_master(live) or master.newest.version
    under = master.keys[present]
    if MASTER not in uses:
        await transaction.server_keys.add(MASTER, new_key(present), under=under)
    for use in SERVER_KEY_USES:
        if use not in uses:
            await transaction.server_keys.add(use, new_key(), under=under)


def _present_master(live: list[ServerKey]) -> int | None:
    """Give the master key that seals where none is noted yet, as before there were several."""
    return max((key.sealed_under for key in live), default=None)


def _ring(versions: list[ServerKey], now: datetime) -> KeyRing:
    known = [one.version for one in versions if now - one.created_at >= KNOWN_AFTER]
    sealing = max(known) if known else min(one.version for one in versions)
    return KeyRing({one.version: one.key for one in versions}, sealing)

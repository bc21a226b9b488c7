"""Delete what has expired: every table with an end, in small transactions (R-18)."""

from datetime import timedelta
from typing import Final

from ciam.keys.rotation import DESTROYED_AFTER
from ciam.storage import Database
from ciam.storage.stores.expiry import ExpiryStore
from ciam.storage.stores.external_identities import SUBJECTS
from ciam.storage.stores.identifiers import LOGINS
from ciam.storage.stores.operators import ADDRESSES

KEPT_AFTER_EXPIRY: Final = timedelta(minutes=30)
DONE_KEPT: Final = timedelta(days=7)
FAILED_KEPT: Final = timedelta(days=30)
BATCH: Final = 1000
"""Rows of one transaction: short, since on SQLite every other writer waits for it."""


async def purge_expired(database: Database) -> int:
    """Delete rows that ended half an hour ago, jobs of last week and failed ones of last month."""
    now = database.clock.now()
    deleted = 0
    for name in ExpiryStore.names:
        while True:
            async with database.write() as transaction:
                gone = await transaction.expiry.purge(name, now - KEPT_AFTER_EXPIRY, limit=BATCH)
            deleted += gone
            if gone < BATCH:
                break
    async with database.write() as transaction:
        deleted += await transaction.outbox.purge(
            done_before=now - DONE_KEPT, failed_before=now - FAILED_KEPT
        )
        await transaction.schedule.purge(now - DONE_KEPT)
        await transaction.server_keys.purge(now - DESTROYED_AFTER)
    return deleted + await _forget_names(database)


async def _forget_names(database: Database) -> int:
    """Delete names under index keys that were removed."""
    deleted = 0
    for index in (LOGINS, SUBJECTS, ADDRESSES):
        gone = BATCH
        while gone == BATCH:
            async with database.write() as transaction:
                gone = await index.forget_removed(transaction.identifiers, limit=BATCH)
            deleted += gone
    return deleted

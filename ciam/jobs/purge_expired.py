"""Delete what has expired: every table with an end, in small transactions (R-18)."""

from datetime import timedelta
from typing import Final

from ciam.storage import Database

KEPT_AFTER_EXPIRY: Final = timedelta(hours=1)
OUTBOX_KEPT: Final = timedelta(days=7)


async def purge_expired(database: Database) -> int:
    """Delete rows that ended more than an hour ago; gives how many."""
    before = database.clock.now() - KEPT_AFTER_EXPIRY
    deleted = 0
    async with database.read() as transaction:
        names = transaction.expiry.names
    for name in names:
        async with database.write() as transaction:
            deleted += await transaction.expiry.purge(name, before)
    async with database.write() as transaction:
        deleted += await transaction.outbox.purge_done(database.clock.now() - OUTBOX_KEPT)
        await transaction.schedule.purge(database.clock.now() - OUTBOX_KEPT)
    return deleted

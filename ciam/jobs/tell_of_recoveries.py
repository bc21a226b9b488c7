"""Tell every contact that a lost second factor waits, and when the wait is over.

A notice is claimed by planning the next one, in the commit that puts it into the outbox.
"""

from typing import Final

from ciam.customers.factor_recovery import Stage, announce, next_notice
from ciam.storage import Database

BATCH: Final = 100


async def tell_of_recoveries(database: Database) -> int:
    """Send the notices that are due; after a pause one for each request, not all it missed."""
    told = 0
    while True:
        async with database.read() as transaction:
            due = await transaction.factor_recoveries.list_due(BATCH)
            policy = (await transaction.policies.get()).recovery
        for found in due:
            async with database.write() as transaction:
                now = transaction.clock.now()
                at = next_notice(found, policy, now)
                if not await transaction.factor_recoveries.plan_notice(found, at):
                    continue  # cancelled, or told by another node, in this very moment
                await announce(
                    transaction, found, Stage.READY if now >= found.ready_at else Stage.WAITS
                )
                told += 1
        if len(due) < BATCH:
            return told

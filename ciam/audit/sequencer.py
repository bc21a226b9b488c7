"""Order events into the Merkle log: one leased sequencer, within a second of the commit.

The lease keeps two nodes from trying at once; the unique leaf index keeps the log from forking even
if both do, since the second transaction fails as a whole.
"""

from datetime import timedelta
from typing import Final

from ciam.audit.merkle import hash_leaf
from ciam.storage import Database

LEASE: Final = "audit_sequencer"
_LEASE_TIME: Final = timedelta(seconds=30)
_BATCH: Final = 500


async def sequence_pending(database: Database, holder: str) -> int:
    """Put every pending event into the log; gives how many, 0 while another node has the lease."""
    sequenced = 0
    while True:
        async with database.read() as transaction:
            if not await transaction.audit_events.count_pending():
                return sequenced
        async with database.write() as transaction:
            if not await transaction.schedule.take_lease(LEASE, holder, _LEASE_TIME):
                return sequenced
            pending = await transaction.audit_events.list_pending(_BATCH)
            if pending:
                first = await transaction.audit_events.get_size()
                entries = [(event, hash_leaf(event.commitment())) for event in pending]
                await transaction.audit_events.append(first, entries)
        sequenced += len(pending)
        if len(pending) < _BATCH:
            return sequenced

"""Order events into the Merkle log: one leased sequencer, within a second of the commit.

The lease is taken in the transaction that appends. Its row stays locked until the commit, so two
nodes never append side by side, not even when a lease runs out meanwhile; its duration only says
how soon another node takes over from a dead one.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from ciam.audit.events import EventKind
from ciam.audit.merkle import hash_leaf
from ciam.audit.trail import Actor, record
from ciam.audit.tree import store_full_tiles

if TYPE_CHECKING:
    from ciam.storage import Database, UnitOfWork

LEASE: Final = "audit_sequencer"
BATCH: Final = 500
LEASE_TIME: Final = timedelta(seconds=5)


async def sequence_pending(database: Database, holder: str) -> int:
    """Put every pending event into the log; gives how many, 0 while another node does it."""
    sequenced = 0
    while True:
        async with database.read() as transaction:
            if not await transaction.audit_events.has_pending():
                return sequenced
        async with database.write() as transaction:
            if not await transaction.schedule.take_lease(LEASE, holder, LEASE_TIME):
                return sequenced
            appended = await append_pending(transaction)
        sequenced += appended
        if appended < BATCH:
            return sequenced


async def append_pending(transaction: UnitOfWork) -> int:
    """Append one batch; the caller holds the lease.

    A row that the server did not write is appended too, since the log is evidence, and an event
    that names it follows.
    """
    pending = await transaction.audit_events.list_pending(BATCH)
    if not pending:
        return 0
    size = await transaction.audit_log.get_size()
    entries = [(event.id, hash_leaf(event.entry())) for event in pending]
    await transaction.audit_log.append(size, entries)
    await store_full_tiles(transaction, size, size + len(entries))
    for event in pending:
        if transaction.audit_events.is_ours(event) is False:
            await record(
                transaction,
                EventKind.LOG_FORGERY_FOUND,
                actor=Actor.server(),
                event=str(event.id),
            )
    return len(pending)

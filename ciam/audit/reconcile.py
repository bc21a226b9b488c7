"""Whether state, outbox and audit tell the same story (R-03): the checker of kill tests.

Each act writes its state, its event and its jobs in one commit, so after any crash all three are
there or none is.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from ciam.audit.events import MAILED, EventKind
from ciam.audit.trail import pseudonym_of
from ciam.storage.stores.customer_keys import CustomerKeyDestroyed

if TYPE_CHECKING:
    from ciam.storage import Database, UnitOfWork

JOBS_KEPT: Final = timedelta(days=6)
"""Younger than what the purge of done jobs removes (ciam.jobs.purge_expired)."""


async def find_orphans(database: Database) -> list[str]:
    """List what has no counterpart; empty is right."""
    async with database.read() as transaction:
        found = transaction.reconciliation
        since = transaction.clock.now() - JOBS_KEPT
        return [
            *(f"the job {job} has no event {one}" for job, one in await found.list_lost_causes()),
            *(
                f"the event {one} ({kind}) has no job"
                for one, kind in await found.list_without_job(sorted(MAILED), since)
            ),
            *(
                f"the receipt {one} has no event"
                for one in await found.list_receipts_without_event()
            ),
            *(
                f"an event names the receipt {one}, which is not there"
                for one in await found.list_events_without_receipt()
            ),
            *await _compare_customers(transaction),
        ]


async def _compare_customers(transaction: UnitOfWork) -> list[str]:
    """Compare customers with the events of their creation, by pseudonym.

    After an erasure nobody can tell whose event it was, so as many may be left over as customers
    have lost their key.
    """
    orphans, erased = [], 0
    created = await transaction.reconciliation.count_by_customer(EventKind.CUSTOMER_CREATED)
    for customer, has_key in await transaction.reconciliation.list_customers():
        if not has_key:
            orphans.append(f"the customer {customer} has no key")
            continue
        try:
            pseudonym = await pseudonym_of(transaction, customer)
        except CustomerKeyDestroyed:
            erased += 1
            continue
        events = created.pop(pseudonym, 0)
        if events != 1:
            orphans.append(f"the customer {customer} has {events} events of being created")
    left = sum(created.values())
    if left != erased:
        orphans.append(f"{left} events of a creation without a customer, {erased} were erased")
    return orphans

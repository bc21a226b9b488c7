"""History of decisions, in two times: what held at a moment, and what we believed about it then.

A decision takes effect when it is made and is believed from when it is recorded; on paper or by
phone the two differ. Both questions are answered from the receipts alone.
"""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from ciam.storage import UnitOfWork
from ciam.storage.stores.receipts import NOTICE, PURPOSE, Receipt


async def find_decision(
    transaction: UnitOfWork,
    customer: UUID,
    *,
    subject_kind: str,
    subject: UUID,
    held_at: datetime,
    believed_at: datetime | None = None,
) -> Receipt | None:
    """Give the decision that held at `held_at`, by what was recorded until `believed_at` (now).

    `subject` is the purpose, notice or client. None: nothing had been decided.
    """
    versions = await _versions(transaction, subject_kind, subject)
    until = believed_at or transaction.clock.now()
    decided = [
        receipt
        for receipt in await transaction.receipts.list_for(customer)
        if _subject(receipt) in versions
        and receipt.subject_kind == subject_kind
        and receipt.effective_at <= held_at
        and receipt.recorded_at <= until
    ]
    return max(decided, key=_order, default=None)


def _order(receipt: Receipt) -> tuple[datetime, datetime, UUID]:
    return receipt.effective_at, receipt.recorded_at, receipt.id


def _subject(receipt: Receipt) -> UUID | None:
    return receipt.purpose_version or receipt.notice_version or receipt.client


async def _versions(transaction: UnitOfWork, kind: str, subject: UUID) -> set[UUID]:
    if kind == PURPOSE:
        found: Iterable[UUID] = [
            item.id
            for item in await transaction.purposes.list_versions()
            if item.purpose == subject
        ]
    elif kind == NOTICE:
        found = [
            item.id for item in await transaction.notices.list_versions() if item.notice == subject
        ]
    else:
        found = [subject]
    return set(found)

"""What this package writes to the audit trail, in one place: kinds and keys, no personal data."""

from uuid import UUID

from ciam.audit import trail
from ciam.audit.events import EventKind
from ciam.audit.trail import Actor, Detail
from ciam.storage import UnitOfWork
from ciam.storage.stores.receipts import (
    ACCEPTED,
    CLIENT,
    GIVEN,
    NOTICE,
    PURPOSE,
    REFUSED,
    WITHDRAWN,
)

_KINDS = {
    (PURPOSE, GIVEN): EventKind.PURPOSE_GIVEN,
    (PURPOSE, REFUSED): EventKind.PURPOSE_REFUSED,
    (PURPOSE, WITHDRAWN): EventKind.PURPOSE_WITHDRAWN,
    (NOTICE, ACCEPTED): EventKind.NOTICE_ACCEPTED,
    (CLIENT, GIVEN): EventKind.CLIENT_GRANT_GIVEN,
    (CLIENT, WITHDRAWN): EventKind.CLIENT_GRANT_REMOVED,
}


async def decided(
    transaction: UnitOfWork,
    customer: UUID,
    subject_kind: str,
    act: str,
    *,
    client: str | None = None,
    **details: Detail,
) -> UUID:
    """Record a decision of a customer; give the event, as the cause of what follows from it."""
    return await trail.record(
        transaction,
        _KINDS[subject_kind, act],
        actor=Actor.customer(customer),
        customer=customer,
        client=client,
        **details,
    )


async def narrowed(
    transaction: UnitOfWork,
    customer: UUID,
    client: str | None,
    **details: Detail,
) -> UUID:
    """Record that a client may see less than before."""
    return await trail.record(
        transaction,
        EventKind.CLIENT_GRANT_NARROWED,
        actor=Actor.customer(customer),
        customer=customer,
        client=client,
        **details,
    )


async def changed(transaction: UnitOfWork, kind: str, key: str, version: str) -> UUID:
    """Record that an operator changed a purpose or a notice."""
    return await trail.record(
        transaction,
        EventKind.CONFIG_APPLIED,
        actor=Actor.server(),
        subject_kind=kind,
        subject=key,
        version=version,
    )

"""A lost second factor: the request that waits, who is told of it, and what cancels it.

It is announced to every proven address and number when it is made, in between, and when the wait is
over; each notice has a link that cancels it. So do a sign-in with the second factor, the owner, an
operator, and every credential event in its own commit (C-13).
"""

from datetime import datetime
from enum import StrEnum
from typing import Final
from urllib.parse import urlencode
from uuid import UUID

from ciam.audit.events import EventKind
from ciam.audit.trail import Actor, record
from ciam.customers.identifiers import EMAIL, PHONE
from ciam.identifiers import new_secret
from ciam.messaging.messages import SecondFactorLost
from ciam.messaging.outgoing import send, send_sms
from ciam.messaging.short_messages import FactorLost, FactorRequestEnded
from ciam.policies import RecoveryPolicy
from ciam.storage import UnitOfWork
from ciam.storage.stores.factor_recoveries import FactorRecovery

CANCEL_PATH: Final = "/cancel-recovery"


class Stage(StrEnum):
    """What a notice tells."""

    BEGUN = "begun"
    WAITS = "waits"
    READY = "ready"
    CANCELLED = "cancelled"
    DONE = "done"


class CancelledBy(StrEnum):
    """What cancelled a request, as the audit log has it."""

    LINK = "link"
    OWNER = "owner"
    OPERATOR = "operator"
    SIGN_IN = "sign_in"
    CREDENTIALS = "credentials"


async def begin_recovery(transaction: UnitOfWork, customer: UUID, *, device: str) -> FactorRecovery:
    """Have a request wait and tell every contact; the caller holds the lock and found none open."""
    policy, now = (await transaction.policies.get()).recovery, transaction.clock.now()
    ready_at = now + policy.wait
    made = await transaction.factor_recoveries.add(
        customer,
        cancel=new_secret("ln"),
        device=device,
        ready_at=ready_at,
        next_notice_at=min(now + policy.notice_every, ready_at),
        expires_at=ready_at + policy.open_for,
    )
    event = await record(
        transaction,
        EventKind.SECOND_FACTOR_LOST,
        actor=Actor.customer(customer),
        customer=customer,
        hours=int(policy.wait.total_seconds() // 3600),
    )
    await announce(transaction, made, Stage.BEGUN, cause=event)
    return made


async def cancel_recovery(
    transaction: UnitOfWork,
    customer: UUID,
    by: CancelledBy,
    *,
    actor: Actor | None = None,
    reason: str | None = None,
) -> bool:
    """End the request of a customer, if one is open, and tell every contact; the lock is held.

    `actor` is who did it when it was not the customer, with the `reason` an operator gave.
    """
    found = await transaction.factor_recoveries.find_open(customer)
    if found is None or not await transaction.factor_recoveries.cancel(found.id):
        return False
    event = await record(
        transaction,
        EventKind.SECOND_FACTOR_RECOVERY_CANCELLED,
        actor=actor or Actor.customer(customer),
        customer=customer,
        by=by.value,
        **({} if reason is None else {"reason": reason}),
    )
    await announce(transaction, found, Stage.CANCELLED, cause=event)
    return True


async def cancel_by_link(transaction: UnitOfWork, token: str) -> bool:
    """End the request that a mailed link belongs to; the caller says the same either way."""
    found = await transaction.factor_recoveries.find_by_link(token)
    if found is None:
        return False
    await transaction.customers.lock(found.customer)
    if await transaction.factor_recoveries.find_by_link(token) is None:
        return False
    return await cancel_recovery(
        transaction, found.customer, CancelledBy.LINK, actor=Actor.anyone()
    )


def next_notice(found: FactorRecovery, policy: RecoveryPolicy, now: datetime) -> datetime:
    """Give when the notice after this one is due; its end where the wait is over: none more."""
    if now >= found.ready_at:
        return found.expires_at
    return min(now + policy.notice_every, found.ready_at)


async def announce(
    transaction: UnitOfWork, found: FactorRecovery, stage: Stage, *, cause: UUID | None = None
) -> None:
    """Write to every proven address and text every proven number, whatever else there is."""
    holder = await transaction.customers.find(found.customer)
    language = (holder.language if holder else None) or "en"
    link = f"{CANCEL_PATH}?{urlencode({'token': found.cancel})}"
    is_open = stage in {Stage.BEGUN, Stage.WAITS, Stage.READY}
    mail = SecondFactorLost(
        stage=stage.value,
        asked_at=found.created_at,
        device=found.device,
        ready_at=found.ready_at,
        expires_at=found.expires_at,
        cancel_link=link if is_open else "",
    )
    text = FactorLost(cancel_link=link) if is_open else FactorRequestEnded()
    for identifier in await transaction.identifiers.list_for(found.customer):
        if identifier.verified_at is None:
            continue
        to = identifier.value
        if identifier.kind == EMAIL:
            await send(transaction, mail, to=to, language=language, cause=cause)
        elif identifier.kind == PHONE:
            await send_sms(transaction, text, to=to, language=language, cause=cause)

"""Undo a change of the phone number, from the old number or the e-mail address, for 72 hours.

Whoever changed it may be a thief, so the undo ends every session, token, device and pending step.
"""

from datetime import timedelta
from typing import Final
from urllib.parse import urlencode
from uuid import UUID

from ciam.audit.events import EventKind
from ciam.audit.trail import Actor, record
from ciam.customers.credentials import end_access
from ciam.customers.identifiers import EMAIL, PHONE
from ciam.customers.phones import mask_phone
from ciam.errors import PageRefusal
from ciam.identifiers import new_secret
from ciam.messaging.messages import PhoneChanged
from ciam.messaging.outgoing import send, send_sms
from ciam.messaging.short_messages import NumberChanged
from ciam.storage import Database, UnitOfWork
from ciam.storage.stores.identifiers import Identifier
from ciam.storage.stores.phone_changes import PhoneChange
from ciam.texts import Text

UNDO_PATH: Final = "/undo-phone-change"
UNDO_TIME: Final = timedelta(hours=72)


async def keep_undo(
    transaction: UnitOfWork,
    customer: UUID,
    kind: EventKind,
    *,
    old: Identifier | None,
    new: Identifier | None,
) -> None:
    """Record it, and tell the old number and every proven address, with the way to undo it."""
    event = await record(transaction, kind, actor=Actor.customer(customer), customer=customer)
    person = await transaction.customers.find(customer)
    language = (person.language if person else None) or "en"
    undo, now = new_secret("ln"), transaction.clock.now()
    link = f"{UNDO_PATH}?{urlencode({'token': undo})}"
    await transaction.phone_changes.add(
        customer,
        old=old.id if old else None,
        new=new.id if new else None,
        undo=undo,
        expires_at=now + UNDO_TIME,
    )
    if old is not None and old.verified_at is not None:
        notice = NumberChanged(undo_link=link)
        await send_sms(transaction, notice, to=old.value, language=language, cause=event)
    changed = new or old
    assert changed is not None  # noqa: S101 - one of the two is why we are here
    for identifier in await transaction.identifiers.list_for(customer):
        if identifier.kind == EMAIL and identifier.verified_at is not None:
            await send(
                transaction,
                PhoneChanged(
                    when=now,
                    change=kind.value,
                    number=mask_phone(changed.value),
                    undo_link=link,
                    undo_until=now + UNDO_TIME,
                ),
                to=identifier.value,
                language=language,
                cause=event,
            )


async def find_undo(transaction: UnitOfWork, token: str) -> PhoneChange:
    """Give the change that a link undoes; raise PageRefusal when it cannot any more."""
    found = await transaction.phone_changes.find_open(token)
    if found is None:
        raise _too_late("no such change, or it is over")
    return found


async def undo_change(database: Database, token: str) -> None:
    """Put things back as they were and end every session; a thief's number is let go of."""
    async with database.write() as transaction:
        found = await find_undo(transaction, token)
        await transaction.customers.lock(found.customer)
        if not await transaction.phone_changes.claim_undo(found):
            raise _too_late("undone in this very moment")
        if found.new_identifier is not None:
            await transaction.identifiers.remove(found.new_identifier)
        if found.old_identifier is not None:
            await _restore(transaction, found.customer, found.old_identifier)
        await end_access(transaction, found.customer, reason="phone_change_undone")
        await record(
            transaction,
            EventKind.PHONE_CHANGE_UNDONE,
            actor=Actor.customer(found.customer),
            customer=found.customer,
        )


async def _restore(transaction: UnitOfWork, customer: UUID, old: UUID) -> None:
    """Take the old number up again; whatever number came after it goes."""
    for later in await transaction.identifiers.list_for(customer):
        if later.kind == PHONE and later.is_login:
            await transaction.identifiers.remove(later.id)
    kept = await transaction.identifiers.find_removed(customer, old)
    if kept is None or not await transaction.identifiers.restore(kept.id, kept.value):
        raise _too_late("another customer has the old number now")


def _too_late(cause: str) -> PageRefusal:
    return PageRefusal(
        cause,
        code="undo_gone",
        text=Text(
            "This change can no longer be undone with this link."
            " If your account is not in your hands, please write to us."
        ),
    )

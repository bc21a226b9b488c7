"""Change the address one signs in with: a code to the new one, a notice to the old one, an undo.

The page says the same whether the new address is free or not; whose it is stands in the mail alone.
The change is a credential event (C-13): every other session, token, device and pending step ends
with it. The old address can undo it for 72 hours (`undo_contact_change.py`).
"""

from dataclasses import replace
from typing import Final
from urllib.parse import urlencode
from uuid import UUID

from ciam.audit.events import EventKind
from ciam.audit.trail import Actor, record
from ciam.authentication.contact_change import ContactKind, ask_for_code, load_change
from ciam.authentication.context import BrowserContext
from ciam.authentication.journey import finish
from ciam.authentication.methods import email_code
from ciam.authentication.sent_code import check_code, code_gone
from ciam.authentication.state import Step
from ciam.authentication.undo_contact_change import EMAIL_UNDO, UNDO_TIME
from ciam.customers.credentials import end_access, lock_signed_in
from ciam.customers.identifiers import EMAIL, PHONE, parse_email
from ciam.errors import FormRefused
from ciam.identifiers import new_secret
from ciam.messaging.messages import EmailChanged
from ciam.messaging.outgoing import send, send_sms
from ciam.messaging.short_messages import AccessChanged
from ciam.storage import Database, UnitOfWork
from ciam.storage.stores.identifiers import Identifier
from ciam.storage.stores.sessions import Session
from ciam.texts import Text

KIND: Final = ContactKind(email_code, Step.CHANGE_CODE, "/account/email")
_REASON: Final = "email_changed"


async def begin_change(
    database: Database, session: Session, context: BrowserContext, typed: str
) -> str:
    """Send a code to the new address; gives the handle of the journey.

    Raise FormRefused for what is no address, TooManyAttempts for a network that causes too many.
    """
    address = parse_email(typed)
    async with database.write() as transaction:
        await lock_signed_in(transaction, session.customer, session.id)
        holder = await transaction.identifiers.find_login(address.lookup)
        if holder is not None and holder.customer == session.customer:
            raise FormRefused(
                "the address is theirs already",
                errors={"email": Text("This is your address already.")},
            )
        target = email_code.target_of(address)
        is_free = holder is None
        return await ask_for_code(transaction, session, context, KIND, target, is_free=is_free)


async def finish_change(
    database: Database, session: Session, context: BrowserContext, handle: str, typed: str
) -> None:
    """Use the code up and change the address; raise FormRefused for a wrong or spent code."""
    async with database.read() as transaction:
        await load_change(transaction, handle, context, session, KIND)
    _, proof = await check_code(database, handle, context, typed)
    async with database.write() as transaction:
        person = await lock_signed_in(transaction, session.customer, session.id)
        journey = await load_change(transaction, handle, context, session, KIND)
        old = await _current(transaction, session.customer)
        state = replace(journey.state, proven_at=transaction.clock.now())
        await finish(transaction, journey, state, customer=session.customer)
        added = await transaction.identifiers.add(
            session.customer,
            EMAIL,
            journey.state.address,
            source="account",
            verified_at=transaction.clock.now(),
            login=journey.state.lookup,
        )
        if added is None or not await transaction.proofs.use(proof):
            raise code_gone("the address was taken, or the code used, in the meantime")
        await end_access(
            transaction,
            session.customer,
            reason=_REASON,
            keep_session=session.id,
            keep_journey=journey.id,
        )
        await _note_change(
            transaction, session.customer, old=old, new=added, language=person.language or "en"
        )


async def _current(transaction: UnitOfWork, customer: UUID) -> Identifier | None:
    for identifier in await transaction.identifiers.list_for(customer):
        if identifier.kind == EMAIL and identifier.is_login:
            return identifier
    return None


async def _note_change(
    transaction: UnitOfWork,
    customer: UUID,
    *,
    old: Identifier | None,
    new: Identifier,
    language: str,
) -> None:
    """Record it, let go of the old address, and tell it, with the way to undo it."""
    event = await record(
        transaction, EventKind.EMAIL_CHANGED, actor=Actor.customer(customer), customer=customer
    )
    if old is None:  # a first address: told to the number that was the only contact
        for identifier in await transaction.identifiers.list_for(customer):
            if identifier.kind == PHONE and identifier.verified_at is not None:
                notice = AccessChanged()
                await send_sms(
                    transaction, notice, to=identifier.value, language=language, cause=event
                )
        return
    await transaction.identifiers.remove(old.id)
    undo, now = new_secret("ln"), transaction.clock.now()
    await transaction.email_changes.add(
        customer, old=old.id, new=new.id, undo=undo, expires_at=now + UNDO_TIME
    )
    await send(
        transaction,
        EmailChanged(
            when=now,
            undo_link=f"{EMAIL_UNDO.path}?{urlencode({'token': undo})}",
            undo_until=now + UNDO_TIME,
        ),
        to=old.value,
        language=language,
        cause=event,
    )

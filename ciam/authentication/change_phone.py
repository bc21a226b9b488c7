"""Add, change or remove the phone number: a code to the new one, a notice to the old ones, an undo.

The page says the same whether the new number is free or not; whose it is stands in the message
alone. A change and a removal are credential events (C-13): every other session, token, device and
pending step ends with them. The old number and the e-mail address can undo each for 72 hours.
"""

from dataclasses import replace
from typing import Final
from urllib.parse import urlencode
from uuid import UUID

from ciam.audit.events import EventKind
from ciam.audit.trail import Actor, record
from ciam.authentication.contact_change import ContactKind, ask_for_code, load_change
from ciam.authentication.contacts import read_number
from ciam.authentication.context import BrowserContext
from ciam.authentication.journey import StepTaken, finish
from ciam.authentication.methods import sms_code
from ciam.authentication.sent_code import check_code, code_gone
from ciam.authentication.state import Step
from ciam.authentication.undo_contact_change import PHONE_UNDO, UNDO_TIME
from ciam.customers.credentials import end_access, lock_signed_in
from ciam.customers.identifiers import EMAIL, PHONE
from ciam.customers.phones import PhoneNumber, mask_phone
from ciam.errors import FormRefused
from ciam.identifiers import new_secret
from ciam.messaging.messages import PhoneChanged
from ciam.messaging.outgoing import send, send_sms
from ciam.messaging.short_messages import NumberChanged
from ciam.policies import Policies
from ciam.storage import Database, UnitOfWork
from ciam.storage.stores.identifiers import Identifier
from ciam.storage.stores.passkeys import PASSKEY
from ciam.storage.stores.proofs import Proof
from ciam.storage.stores.sessions import Session
from ciam.texts import Text

KIND: Final = ContactKind(sms_code, Step.CHANGE_PHONE_CODE, "/account/phone")
_LAST_WAY: Final = Text(
    "You could no longer sign in without this number. Add an e-mail address or a passkey first."
)
_SECOND_FACTOR: Final = Text(
    "The second step of your sign-in uses this number. Choose another second step first."
)


def has_phones(policies: Policies) -> bool:
    """Tell whether accounts have numbers here at all."""
    return policies.names.phone != "off" or policies.methods.sms_code != "off"


async def begin_change(
    database: Database, session: Session, context: BrowserContext, typed: str
) -> str:
    """Send a code to the new number; gives the handle of the journey.

    Raise FormRefused for what is no number, TooManyAttempts for a network that causes too many.
    """
    async with database.write() as transaction:
        await lock_signed_in(transaction, session.customer, session.id)
        policies = await transaction.policies.get()
        number = read_number(policies, typed)
        holder = await transaction.identifiers.find_login(number.lookup)
        is_own = holder is not None and holder.customer == session.customer
        if holder is not None and is_own and holder.verified_at is not None:
            raise FormRefused(
                "the number is theirs already",
                errors={"phone": Text("This is your number already.")},
            )
        target = sms_code.target_of(number)
        is_free = holder is None or is_own
        return await ask_for_code(transaction, session, context, KIND, target, is_free=is_free)


async def finish_change(
    database: Database, session: Session, context: BrowserContext, handle: str, typed: str
) -> None:
    """Use the code up and take the number; raise FormRefused for a wrong or spent code."""
    async with database.read() as transaction:
        await load_change(transaction, handle, context, session, KIND)
    _, proof = await check_code(database, handle, context, typed)
    async with database.write() as transaction:
        await lock_signed_in(transaction, session.customer, session.id)
        journey = await load_change(transaction, handle, context, session, KIND)
        old = await find_phone(transaction, session.customer)
        state = replace(journey.state, proven_at=transaction.clock.now())
        await finish(transaction, journey, state, customer=session.customer)
        number = PhoneNumber(journey.state.address)
        if old is not None and old.value == number.address:
            await _confirm(transaction, old, proof)
            return
        added = await transaction.identifiers.add(
            session.customer,
            PHONE,
            number.address,
            source="account",
            verified_at=transaction.clock.now(),
            login=number.lookup,
        )
        if added is None or not await transaction.proofs.use(proof):
            raise code_gone("the number was taken, or the code used, in the meantime")
        await sms_code.note_used(transaction, sms_code.target_of(number))
        if old is not None:  # a further way in, as a linked login, ends nothing
            await end_access(
                transaction,
                session.customer,
                reason="phone_changed",
                keep_session=session.id,
                keep_journey=journey.id,
            )
            await transaction.identifiers.remove(old.id)
        kind = EventKind.PHONE_ADDED if old is None else EventKind.PHONE_CHANGED
        await _keep_undo(transaction, session.customer, kind, old=old, new=added)


async def _confirm(transaction: UnitOfWork, phone: Identifier, proof: Proof) -> None:
    """Note that the number that was there already is theirs: a service may have named it."""
    if not await transaction.proofs.use(proof):
        raise code_gone("the code was used in the meantime")
    await sms_code.note_used(transaction, sms_code.target_of(PhoneNumber(phone.value)))
    await transaction.identifiers.mark_verified(phone.id)
    await record(
        transaction,
        EventKind.PHONE_VERIFIED,
        actor=Actor.customer(phone.customer),
        customer=phone.customer,
    )


async def remove_phone(database: Database, session: Session) -> None:
    """Let go of the number; raise FormRefused when it is the last way in, or a second factor."""
    async with database.write() as transaction:
        await lock_signed_in(transaction, session.customer, session.id)
        old = await find_phone(transaction, session.customer)
        if old is None:
            raise StepTaken("there is no number")
        if await transaction.authenticators.find_one(session.customer, sms_code.METHOD):
            raise FormRefused("it is a second factor", alert=_SECOND_FACTOR)
        if not await _has_other_way_in(transaction, session.customer):
            raise FormRefused("it is the last way in", alert=_LAST_WAY)
        await end_access(
            transaction, session.customer, reason="phone_removed", keep_session=session.id
        )
        await transaction.identifiers.remove(old.id)
        await _keep_undo(transaction, session.customer, EventKind.PHONE_REMOVED, old=old, new=None)


async def find_phone(transaction: UnitOfWork, customer: UUID) -> Identifier | None:
    """Give the number that a customer signs in with."""
    for identifier in await transaction.identifiers.list_for(customer):
        if identifier.kind == PHONE and identifier.is_login:
            return identifier
    return None


async def _has_other_way_in(transaction: UnitOfWork, customer: UUID) -> bool:
    """Tell whether a customer can be reached or come in without a number.

    A password needs a name beside it, and a way to be set anew: that is an e-mail address.
    """
    identifiers = await transaction.identifiers.list_for(customer)
    if any(one.kind == EMAIL and one.is_login and one.verified_at for one in identifiers):
        return True
    enrolled = await transaction.authenticators.list_for(customer)
    if any(one.method == PASSKEY for one in enrolled):
        return True
    return bool(await transaction.external_identities.list_for(customer))


async def _keep_undo(
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
    link = f"{PHONE_UNDO.path}?{urlencode({'token': undo})}"
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

"""Change the address one signs in with: a code to the new one, a notice to the old one, an undo.

The page says the same whether the new address is free or not; whose it is stands in the mail alone.
The change is a credential event (C-13): every other session, token, device and pending step ends
with it. The old address can undo it for 72 hours (`undo_email_change.py`).
"""

from dataclasses import replace
from datetime import timedelta
from typing import Final
from urllib.parse import urlencode
from uuid import UUID

from ciam.audit.events import EventKind
from ciam.audit.trail import Actor, record
from ciam.authentication.context import BrowserContext
from ciam.authentication.journey import CHANGE, Journey, StepTaken, finish, load, path_to
from ciam.authentication.requirement import Requirement
from ciam.authentication.sent_code import check_code
from ciam.authentication.state import State, Step
from ciam.customers.credentials import end_access, lock_signed_in
from ciam.customers.identifiers import EMAIL, PHONE, EmailAddress, parse_email
from ciam.errors import FormRefused
from ciam.identifiers import new_digits, new_opaque, new_secret
from ciam.messaging.messages import AddressKnown, EmailChanged, Message, VerifyAddress
from ciam.messaging.outgoing import send, send_sms
from ciam.messaging.short_messages import AccessChanged
from ciam.protection.mail_caps import may_mail
from ciam.storage import Database, UnitOfWork
from ciam.storage.stores.identifiers import Identifier
from ciam.storage.stores.sessions import Session
from ciam.texts import Text

PATH: Final = "/account/email"
CODE_PATH: Final = f"{PATH}/code"
UNDO_PATH: Final = "/undo-email-change"
UNDO_TIME: Final = timedelta(hours=72)
_REASON: Final = "email_changed"


async def begin_change(
    database: Database, session: Session, context: BrowserContext, typed: str
) -> str:
    """Send a code to the new address; gives the handle of the journey. Raise FormRefused."""
    address = parse_email(typed)
    async with database.write() as transaction:
        await lock_signed_in(transaction, session.customer, session.id)
        holder = await transaction.identifiers.find_login(address.lookup)
        if holder is not None and holder.customer == session.customer:
            raise FormRefused(
                "the address is theirs already",
                errors={"email": Text("This is your address already.")},
            )
        policies = await transaction.policies.get()
        now = transaction.clock.now()
        state = State(
            Step.CHANGE_CODE,
            PATH,
            Requirement(),
            address=address.address,
            lookup=address.lookup,
            sent_at=now,
            code_expires_at=now + policies.sign_in.code_lifetime,
        )
        begun = await transaction.journeys.begin(
            new_opaque(),
            context.browser_hash,
            kind=CHANGE,
            state=state.to_json(),
            expires_at=now + policies.sign_in.journey_lifetime,
        )
        await transaction.journeys.change(begun, state.to_json(), customer=session.customer)
        journey = Journey(begun, state)
        if await may_mail(transaction, policies.limits, address.lookup, address=context.address):
            await _send_code(transaction, journey, address, context, is_free=holder is None)
        return begun.handle


async def load_change(
    transaction: UnitOfWork, handle: str, context: BrowserContext, session: Session
) -> Journey:
    """Give a change of this customer that waits for its code; raise StepTaken when it is over."""
    journey = await load(transaction, handle, context)
    is_theirs = journey.kind == CHANGE and journey.record.customer == session.customer
    if not is_theirs or journey.is_finished or journey.state.step is not Step.CHANGE_CODE:
        raise StepTaken("no change of theirs waits for a code")
    return journey


async def finish_change(
    database: Database, session: Session, context: BrowserContext, handle: str, typed: str
) -> None:
    """Use the code up and change the address; raise FormRefused for a wrong or spent code."""
    async with database.read() as transaction:
        await load_change(transaction, handle, context, session)
    _, proof = await check_code(database, handle, context, typed)
    async with database.write() as transaction:
        person = await lock_signed_in(transaction, session.customer, session.id)
        journey = await load_change(transaction, handle, context, session)
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
            raise FormRefused(
                "the address was taken, or the code used, in the meantime",
                errors={
                    "code": Text("This code can no longer be used. Please have a new one sent.")
                },
            )
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


async def _send_code(
    transaction: UnitOfWork,
    journey: Journey,
    address: EmailAddress,
    context: BrowserContext,
    *,
    is_free: bool,
) -> None:
    """Write the proof either way, so that both take the same time; the mail tells them apart."""
    code, expires_at = new_digits(), journey.state.code_expires_at
    assert expires_at is not None  # noqa: S101 - set where the journey begins
    await transaction.proofs.issue(
        journey.id,
        "change_email",
        address.lookup,
        code=code,
        link=new_secret("ln"),
        expires_at=expires_at,
    )
    message: Message = AddressKnown()
    if is_free:
        link = path_to(CODE_PATH, journey.handle)
        message = VerifyAddress(code=code, link=link, expires_at=expires_at, purpose="change")
    await send(transaction, message, to=address.address, language=context.language)


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
            undo_link=f"{UNDO_PATH}?{urlencode({'token': undo})}",
            undo_until=now + UNDO_TIME,
        ),
        to=old.value,
        language=language,
        cause=event,
    )

"""Add, change or remove the phone number: a code to the new one, a notice to the old ones, an undo.

The page says the same whether the new number is free or not; whose it is stands in the message
alone. A change and a removal are credential events (C-13): every other session, token, device and
pending step ends with them. The old number and the e-mail address can undo each for 72 hours.
"""

from dataclasses import replace
from typing import Final
from uuid import UUID

from ciam.audit.events import EventKind
from ciam.authentication.context import BrowserContext
from ciam.authentication.journey import CHANGE, Journey, StepTaken, finish, load
from ciam.authentication.method import CodeMessage, Occasion
from ciam.authentication.methods import sms_code
from ciam.authentication.requirement import Requirement
from ciam.authentication.sent_code import check_code, code_gone, issue
from ciam.authentication.state import State, Step
from ciam.authentication.undo_phone_change import keep_undo
from ciam.customers.credentials import end_access
from ciam.customers.identifiers import EMAIL, PHONE
from ciam.customers.phones import PhoneNumber, parse_phone
from ciam.errors import FormRefused
from ciam.identifiers import new_opaque
from ciam.policies import Policies
from ciam.storage import Database, UnitOfWork
from ciam.storage.stores.identifiers import Identifier
from ciam.storage.stores.passkeys import PASSKEY
from ciam.storage.stores.sessions import Session
from ciam.texts import Text

PATH: Final = "/account/phone"
_FOREIGN: Final = Text("We cannot send messages to numbers of that country.")
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
        policies = await transaction.policies.get()
        number = parse_phone(typed, policies.names.region)
        if number.country not in policies.sms.countries:
            raise FormRefused("a country that gets no messages", errors={"phone": _FOREIGN})
        holder = await transaction.identifiers.find_login(number.lookup)
        if holder is not None and holder.customer == session.customer:
            raise FormRefused(
                "the number is theirs already",
                errors={"phone": Text("This is your number already.")},
            )
        now = transaction.clock.now()
        state = State(
            Step.CHANGE_PHONE_CODE,
            PATH,
            Requirement(),
            address=number.address,
            lookup=number.lookup,
            sent_by=sms_code.METHOD,
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
        await _send_code(transaction, Journey(begun, state), context, is_free=holder is None)
        return begun.handle


async def load_change(
    transaction: UnitOfWork, handle: str, context: BrowserContext, session: Session
) -> Journey:
    """Give a change of this customer that waits for its code; raise StepTaken when it is over."""
    journey = await load(transaction, handle, context)
    is_theirs = journey.kind == CHANGE and journey.record.customer == session.customer
    if not is_theirs or journey.is_finished or journey.state.step is not Step.CHANGE_PHONE_CODE:
        raise StepTaken("no change of theirs waits for a code")
    return journey


async def finish_change(
    database: Database, session: Session, context: BrowserContext, handle: str, typed: str
) -> None:
    """Use the code up and take the number; raise FormRefused for a wrong or spent code."""
    async with database.read() as transaction:
        await load_change(transaction, handle, context, session)
    _, proof = await check_code(database, handle, context, typed)
    async with database.write() as transaction:
        person = await transaction.customers.lock(session.customer)
        journey = await load_change(transaction, handle, context, session)
        if person is None or not await transaction.sessions.is_live(session.id):
            raise StepTaken("the session ended in this moment")
        old = await find_phone(transaction, session.customer)
        state = replace(journey.state, proven_at=transaction.clock.now())
        await finish(transaction, journey, state, customer=session.customer)
        number = PhoneNumber(journey.state.address)
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
        await keep_undo(transaction, session.customer, kind, old=old, new=added)


async def remove_phone(database: Database, session: Session) -> None:
    """Let go of the number; raise FormRefused when it is the last way in, or a second factor."""
    async with database.write() as transaction:
        await transaction.customers.lock(session.customer)
        if not await transaction.sessions.is_live(session.id):
            raise StepTaken("the session ended in this moment")
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
        await keep_undo(transaction, session.customer, EventKind.PHONE_REMOVED, old=old, new=None)


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


async def _send_code(
    transaction: UnitOfWork, journey: Journey, context: BrowserContext, *, is_free: bool
) -> None:
    """Write the proof either way, so that both take the same time; the message tells them apart."""
    target = sms_code.target_of(PhoneNumber(journey.state.address))
    expires_at = journey.state.code_expires_at
    assert expires_at is not None  # noqa: S101 - set where the journey begins
    if not await sms_code.may_send(transaction, target, context):
        return
    code = await issue(
        transaction, journey.id, Occasion.CHANGE_PHONE, target, expires_at=expires_at
    )
    occasion = Occasion.CHANGE_PHONE if is_free else Occasion.KNOWN
    await sms_code.send(
        transaction,
        target,
        CodeMessage(occasion, code.digits, "", expires_at),
        language=context.language,
    )

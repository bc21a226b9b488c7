"""A lost second factor: the first factor, a code to another contact, and time; never one alone.

    page of the second factor      "I have none of these any more"
    a code to a contact            another one than what proved the first factor
    the request waits              every contact is told, each time with a link that cancels it
    after the wait                 sign in again, the first factor and a code to the contact:
                                   the second factors go, and everything ends (C-13)

It is never offered where a session is stepped up (its first factor was proven long ago), where the
contact is itself a way to prove the second factor, and where the installation, the brand or an app
that the customer uses says `off`. NIST SP 800-63B-4 §4.2: two different proofs, and notice.
"""

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final
from uuid import UUID

from ciam.audit.events import EventKind
from ciam.audit.trail import Actor, record
from ciam.authentication.answer_again import answer_code_again
from ciam.authentication.challenge import Sent, brand_of
from ciam.authentication.completion import SignedIn, answer_hash, lock_holder
from ciam.authentication.context import BrowserContext
from ciam.authentication.journey import StepTaken, move
from ciam.authentication.method import CodeMessage, Occasion, Proven, SentCode, Target
from ciam.authentication.methods import SENT_CODES, email_code, federated, passkey
from ciam.authentication.proceed import OnTheWay, proceed
from ciam.authentication.second_factor import Pending, load_pending, reserve_second
from ciam.authentication.sent_code import WRONG, claim_second, issue, read_code
from ciam.authentication.user_agent import name_device
from ciam.customers.factor_recovery import Stage, announce, begin_recovery
from ciam.customers.second_factors import remove_lost_factors
from ciam.errors import FormRefused
from ciam.identifiers import is_same
from ciam.protection.limits import reserve
from ciam.protection.lockout import take_back
from ciam.sessions.levels import methods_for
from ciam.storage import Database, UnitOfWork
from ciam.storage.stores.factor_recoveries import FactorRecovery

METHOD: Final = "lost_factor"
_WEEK: Final = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class WayOn:
    """How a customer may go on without the second factor.

    waiting   the request that was made before
    is_ready  its wait is over
    """

    channel: SentCode
    target: Target
    waiting: FactorRecovery | None
    is_ready: bool

    @property
    def stage(self) -> str:
        """How far it is: `asked` for a code to make the request, `waits`, or `ready`."""
        if self.waiting is None:
            return "asked"
        return "ready" if self.is_ready else "waits"

    @property
    def occasion(self) -> Occasion:
        """What a code is sent for now."""
        return Occasion.LOST_FACTOR if self.waiting is None else Occasion.WITHOUT_FACTOR

    @property
    def takes_code(self) -> bool:
        """Whether a code is asked for now: to make the request, or to go on."""
        return self.waiting is None or self.is_ready


@dataclass(frozen=True, slots=True)
class Waits:
    """The request waits: nothing has changed yet."""


async def find_way_on(transaction: UnitOfWork, pending: Pending) -> WayOn | None:
    """Give how it goes on without the second factor; None where it does not."""
    state, customer = pending.journey.state, pending.customer
    if state.session is not None or not await _is_allowed(transaction, pending):
        return None
    used = {one.method for one in state.proofs}
    ways = {one.METHOD for one in pending.ways.codes}
    waiting = await transaction.factor_recoveries.find_open(customer)
    for channel in SENT_CODES:
        if channel.METHOD in used | ways:
            continue
        target = await channel.find_target(transaction, customer)
        if target is not None and not await _is_same_proof(transaction, used, customer, target):
            is_ready = waiting is not None and waiting.ready_at <= transaction.clock.now()
            return WayOn(channel, target, waiting, is_ready)
    return None


async def load_lost(
    transaction: UnitOfWork, handle: str, context: BrowserContext
) -> tuple[Pending, WayOn]:
    """Give the journey and the way on; raise StepTaken where there is none."""
    pending = await load_pending(transaction, handle, context)
    way = await find_way_on(transaction, pending)
    if way is None:
        raise StepTaken("the second factor cannot be gone without here")
    return pending, way


async def send_lost_code(database: Database, handle: str, context: BrowserContext) -> Sent:
    """Send a code to the contact; raise StepTaken where none is asked for.

    Raise TooManyAttempts when the network has caused too many messages.
    """
    async with database.write() as transaction:
        pending, way = await load_lost(transaction, handle, context)
        if not way.takes_code:
            raise StepTaken("the request waits")
        channel, state = way.channel, pending.journey.state
        policy, now = (await transaction.policies.get()).sign_in, transaction.clock.now()
        was_sent = state.sent_by == channel.METHOD and state.sent_at is not None
        if was_sent and now - (state.sent_at or now) < policy.resend_wait:
            return Sent.TOO_EARLY
        if not await channel.may_send(transaction, way.target, context):
            return Sent.CAPPED
        until = now + policy.code_lifetime
        state = replace(state, sent_by=channel.METHOD, sent_at=now, code_expires_at=until)
        await move(transaction, pending.journey, state, customer=pending.customer)
        code = await issue(
            transaction, pending.journey.id, way.occasion, way.target, expires_at=until
        )
        device = name_device(context.user_agent)
        await channel.send(
            transaction,
            way.target,
            CodeMessage(way.occasion, code.digits, "", until, device=device),
            language=context.language,
            brand=await brand_of(transaction, state.client),
        )
        return Sent.SENT


async def prove_contact(
    database: Database, handle: str, context: BrowserContext, typed: str
) -> Waits | SignedIn | OnTheWay:
    """Take the code: make the request, or, when its wait is over, go on without the factor.

    The same form sent twice has one effect. Raise FormRefused for a wrong code, TooManyAttempts
    above a limit, StepTaken where none is asked for.
    """
    code = read_code(typed)
    try:
        return await _prove(database, handle, context, code)
    except StepTaken:
        again = await answer_code_again(database, handle, context, [(METHOD, code)])
        if again is None:
            raise
        return again


async def _prove(
    database: Database, handle: str, context: BrowserContext, code: str
) -> Waits | SignedIn | OnTheWay:
    async with database.write() as transaction:
        pending, way = await load_lost(transaction, handle, context)
        if await _was_answered(transaction, pending, way, code):
            return Waits()
        guess = await reserve_second(transaction, pending)
    async with database.write() as transaction:
        pending, way = await load_lost(transaction, handle, context)
        await transaction.customers.lock(pending.customer)
        # Read again under the lock: the same form, or another one of theirs, may have come first.
        pending, way = await load_lost(transaction, handle, context)
        epoch = -1 if pending.journey.state.epoch is None else pending.journey.state.epoch
        await lock_holder(transaction, Proven(pending.customer, epoch, METHOD, ()))
        if await _was_answered(transaction, pending, way, code):
            return Waits()
        is_right = way.takes_code and await claim_second(
            transaction, pending.journey, way.target, code, occasion=way.occasion
        )
        if is_right:
            await way.channel.note_used(transaction, way.target)
            await take_back(transaction, guess)
            if way.waiting is None:
                return await _ask(transaction, pending, context, code)
            return await _go_on(transaction, pending, way, context, code)
    async with database.write() as transaction:
        await load_pending(transaction, handle, context)  # ended by the same form a moment ago?
        await record(
            transaction,
            EventKind.SIGN_IN_REFUSED,
            actor=Actor.anyone(),
            customer=pending.customer,
            method=METHOD,
        )
    raise FormRefused("a wrong or used code", errors={"code": WRONG})


async def _ask(
    transaction: UnitOfWork, pending: Pending, context: BrowserContext, code: str
) -> Waits:
    allowed = (await transaction.policies.get()).recovery.requests
    await reserve(transaction, METHOD, str(pending.customer), allowed=allowed, window=_WEEK)
    answer = answer_hash(transaction, pending.journey, METHOD, code)
    state = replace(pending.journey.state, answer=answer, sent_by="", sent_at=None)
    await move(transaction, pending.journey, state, customer=pending.customer)
    await begin_recovery(transaction, pending.customer, device=name_device(context.user_agent))
    return Waits()


async def _go_on(
    transaction: UnitOfWork, pending: Pending, way: WayOn, context: BrowserContext, code: str
) -> SignedIn | OnTheWay:
    """Claim the request, remove the factors, and take the journey to what is still missing."""
    journey, customer = pending.journey, pending.customer
    if way.waiting is None or not await transaction.factor_recoveries.claim(way.waiting.id):
        raise StepTaken("used or cancelled in this very moment")
    used = {one.method for one in journey.state.proofs}
    await remove_lost_factors(
        transaction, customer, keep_journey=journey.id, keep_passkeys=passkey.METHOD in used
    )
    event = await record(
        transaction,
        EventKind.SECOND_FACTOR_RECOVERED,
        actor=Actor.customer(customer),
        customer=customer,
        method=way.channel.METHOD,
    )
    await announce(transaction, way.waiting, Stage.DONE, cause=event)
    holder = await transaction.customers.find(customer)
    assert holder is not None  # noqa: S101 - it was locked just now
    methods = await methods_for(transaction, journey.state.client)
    counts = methods.allows(way.channel.METHOD, "second")
    proven = Proven(
        customer,
        holder.credential_epoch,
        # What may be a second factor here has just been proven; else it raises no level.
        way.channel.METHOD if counts else "",
        way.channel.AMR if counts else (),
        tells_owner=journey.state.tells_owner,
        is_second=True,
    )
    answer = answer_hash(transaction, journey, METHOD, code)
    return await proceed(transaction, journey, proven, context, answer=answer)


async def _was_answered(transaction: UnitOfWork, pending: Pending, way: WayOn, code: str) -> bool:
    """Tell whether this very form has made the request that waits."""
    kept = pending.journey.state.answer
    if way.waiting is None or kept == "":
        return False
    return is_same(kept, answer_hash(transaction, pending.journey, METHOD, code))


async def _is_allowed(transaction: UnitOfWork, pending: Pending) -> bool:
    """Tell whether this app, and every app that the customer has allowed something, allows it."""
    granted = await transaction.client_grants.list_for(pending.customer)
    for client in {pending.journey.state.client, *(one.client for one in granted)}:
        if (await methods_for(transaction, client)).lost_second_factor == "off":
            return False
    return (await methods_for(transaction, None)).lost_second_factor != "off"


async def _is_same_proof(
    transaction: UnitOfWork, used: set[str], customer: UUID, target: Target
) -> bool:
    """Tell whether a social login may have been opened by the very mailbox that a code goes to."""
    if federated.METHOD not in used:
        return False
    for identity in await transaction.external_identities.list_for(customer):
        mailbox = email_code.read_target(identity.label)
        if mailbox is not None and mailbox.lookup == target.lookup:
            return True
    return False

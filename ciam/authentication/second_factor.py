"""The second factor: after a first proof, a code or a passkey, in one of the ways that may be used.

A guess is counted for the journey and, over all journeys, for the customer, and committed before it
is looked at (C-11). What is right is claimed in the transaction that goes on from it.
"""

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final
from uuid import UUID

from ciam.audit.events import EventKind
from ciam.audit.trail import Actor, record
from ciam.authentication.answer_again import answer_code_again
from ciam.authentication.challenge import Sent, brand_of
from ciam.authentication.completion import SignedIn, answer_hash, check_session
from ciam.authentication.context import BrowserContext
from ciam.authentication.journey import Journey, StepTaken, load, move
from ciam.authentication.method import CodeMessage, Occasion, Proven, SecondFactor
from ciam.authentication.methods import SECOND_FACTORS, find_sent_code, passkey
from ciam.authentication.methods.passkey import prove_passkey, use_proof
from ciam.authentication.policy import Ways, find_ways, needs_two
from ciam.authentication.proceed import OnTheWay, proceed
from ciam.authentication.sent_code import issue
from ciam.authentication.state import Step
from ciam.authentication.user_agent import name_device
from ciam.customers.passkey_ceremonies import RelyingParty
from ciam.errors import FormRefused, PageRefusal
from ciam.protection.limits import reserve
from ciam.protection.lockout import Guess
from ciam.sessions.devices import find_device
from ciam.sessions.levels import methods_for
from ciam.storage import Database, UnitOfWork
from ciam.storage.stores.attempts import Attempt
from ciam.texts import Text

_HOUR: Final = timedelta(hours=1)
_DAY: Final = timedelta(days=1)
_ENDED: Final = Text("The way of signing in was changed meanwhile. Please start again.")


@dataclass(frozen=True, slots=True)
class Pending:
    """A journey that waits for a second factor: whose it is, and in which ways it may be proven."""

    journey: Journey
    customer: UUID
    ways: Ways

    def way(self, name: str) -> SecondFactor | None:
        """Give a way whose code is typed; the first one for another name, None without any."""
        codes = self.ways.codes
        return next((one for one in codes if name == one.METHOD), codes[0] if codes else None)


async def load_pending(transaction: UnitOfWork, handle: str, context: BrowserContext) -> Pending:
    """Give the journey; raise StepTaken when no second factor is asked for."""
    journey = await load(transaction, handle, context)
    customer = journey.record.customer
    if journey.is_finished or journey.state.step is not Step.SECOND_FACTOR or customer is None:
        raise StepTaken("no second factor is asked for")
    await check_session(transaction, journey.state, context)
    ways = await find_ways(transaction, journey.state, customer)
    if not ways:
        raise PageRefusal(
            "the second factor was removed meanwhile", code="second_factor_gone", text=_ENDED
        )
    return Pending(journey, customer, ways)


async def may_trust_device(transaction: UnitOfWork, pending: Pending) -> timedelta | None:
    """Give how long a device may be trusted from here; None where the wish would change nothing.

    What an app, the brand or the installation asks for is asked for everywhere, and a sign-in that
    much speaks against is none to trust a device by.
    """
    policy, state = (await transaction.policies.get()).devices, pending.journey.state
    methods = await methods_for(transaction, state.client)
    is_own = pending.ways.is_own and not needs_two(methods, state.requirement)
    is_risky = state.risk is not None and state.risk.asks
    return policy.trusted_for if policy.trust != "off" and is_own and not is_risky else None


async def send_second_factor(
    database: Database, handle: str, context: BrowserContext, *, way: str
) -> Sent:
    """Send a code to where the customer has proven to be reached, at their wish.

    Raise TooManyAttempts when the network has caused too many messages, StepTaken for a way that
    sends none.
    """
    async with database.write() as transaction:
        pending = await load_pending(transaction, handle, context)
        channel, state = find_sent_code(way), pending.journey.state
        if channel is None or pending.way(way) is not channel:
            raise StepTaken("no code is sent this way")
        target = await channel.find_target(transaction, pending.customer)
        policy, now = (await transaction.policies.get()).sign_in, transaction.clock.now()
        was_sent = state.sent_by == channel.METHOD and state.sent_at is not None
        if was_sent and now - (state.sent_at or now) < policy.resend_wait:
            return Sent.TOO_EARLY
        if target is None or not await channel.may_send(transaction, target, context):
            return Sent.CAPPED
        until = now + policy.code_lifetime
        state = replace(state, sent_by=channel.METHOD, sent_at=now, code_expires_at=until)
        # The journey before its proofs, as everywhere.
        await move(transaction, pending.journey, state, customer=pending.customer)
        code = await issue(
            transaction, pending.journey.id, Occasion.SECOND_FACTOR, target, expires_at=until
        )
        device = name_device(context.user_agent)
        await channel.send(
            transaction,
            target,
            CodeMessage(Occasion.SECOND_FACTOR, code.digits, "", until, device=device),
            language=context.language,
            brand=await brand_of(transaction, state.client),
        )
        return Sent.SENT


async def prove_second_factor(
    database: Database,
    handle: str,
    context: BrowserContext,
    *,
    way: str,
    typed: str,
    trusts_device: bool = False,
) -> SignedIn | OnTheWay:
    """Prove the second factor and go on; the same form sent twice gets the same answer.

    `trusts_device` is the wish not to be asked here again (`ciam.sessions.trusted_devices`).
    Raise FormRefused for a wrong or used code, TooManyAttempts above a limit.
    """
    try:
        return await _prove(database, handle, context, way, typed, trusts_device=trusts_device)
    except StepTaken:
        return await _answer_again(database, handle, context, typed)


async def prove_second_passkey(
    database: Database,
    party: RelyingParty,
    handle: str,
    context: BrowserContext,
    text: str,
    *,
    trusts_device: bool = False,
) -> SignedIn | OnTheWay:
    """Prove a passkey of the customer whose journey it is, and go on; as often as it is sent.

    `trusts_device` as for a code. Raise SignInRefused for whatever does not prove it,
    TooManyAttempts above a limit.
    """
    async with database.read() as transaction:
        journey = await load(transaction, handle, context)
    owner = journey.record.customer
    is_asked = journey.is_finished or journey.state.step is Step.SECOND_FACTOR
    if owner is None or not is_asked:  # whose journey it is, is no proof: a code may be under way
        raise StepTaken("nobody was proven yet")
    proof = await prove_passkey(database, party, journey, context, text, owner=owner)
    given = (passkey.METHOD, proof.answer.challenge.value.hex())
    try:
        async with database.write() as transaction:
            pending = await load_pending(transaction, handle, context)
            _check_passkey(pending, owner)
            await use_proof(transaction, proof)
            state = pending.journey.state
            proven = replace(
                proof.proven,
                epoch=-1 if state.epoch is None else state.epoch,
                tells_owner=state.tells_owner,
                trusts_device=trusts_device,
            )
            answer = answer_hash(transaction, pending.journey, *given)
            return await proceed(transaction, pending.journey, proven, context, answer=answer)
    except StepTaken:
        again = await answer_code_again(database, handle, context, [given])
        if again is None:
            raise
        return again


def _check_passkey(pending: Pending, owner: UUID) -> None:
    if pending.customer != owner or not pending.ways.passkey:
        raise StepTaken("no passkey of theirs is asked for")


async def _prove(
    database: Database,
    handle: str,
    context: BrowserContext,
    way: str,
    typed: str,
    *,
    trusts_device: bool,
) -> SignedIn | OnTheWay:
    async with database.write() as transaction:
        pending = await load_pending(transaction, handle, context)
        method = pending.way(way)
        if method is None:
            raise StepTaken("no code is asked for")
        code = method.read(typed)
        guess = await reserve_second(transaction, pending)
    async with database.write() as transaction:
        pending = await load_pending(transaction, handle, context)
        # Locked first: an account page that changes the second factor has the same order.
        await transaction.customers.lock(pending.customer)
        if await method.claim(transaction, pending.journey, pending.customer, code):
            answer = answer_hash(transaction, pending.journey, method.METHOD, code)
            proven = await _proven(transaction, pending, method, context, guess)
            proven = replace(proven, trusts_device=trusts_device)
            return await proceed(transaction, pending.journey, proven, context, answer=answer)
    async with database.write() as transaction:
        await load_pending(transaction, handle, context)  # ended by the same form a moment ago?
        await record(
            transaction,
            EventKind.SIGN_IN_REFUSED,
            actor=Actor.anyone(),
            customer=pending.customer,
            method=method.METHOD,
        )
    raise FormRefused("a wrong or used code", errors={"code": method.WRONG})


async def _proven(
    transaction: UnitOfWork,
    pending: Pending,
    method: SecondFactor,
    context: BrowserContext,
    guess: Guess,
) -> Proven:
    state = pending.journey.state
    return Proven(
        pending.customer,
        -1 if state.epoch is None else state.epoch,
        method.METHOD,
        method.AMR,
        known_device=await find_device(transaction, pending.customer, context.device),
        guess=guess,
        tells_owner=state.tells_owner,
        is_second=True,
    )


async def reserve_second(transaction: UnitOfWork, pending: Pending) -> Guess:
    """Count a guess for the journey and the customer; raise TooManyAttempts above a limit."""
    limits = (await transaction.policies.get()).limits
    counted: list[Attempt] = []
    for limit, key, allowed, window in (
        ("second_factor_journey", pending.journey.id, limits.code_attempts, _DAY),
        ("second_factor_hour", pending.customer, limits.code_attempts_hour, _HOUR),
        ("second_factor_day", pending.customer, limits.code_attempts_day, _DAY),
    ):
        counted.append(await reserve(transaction, limit, str(key), allowed=allowed, window=window))
    return Guess(tuple(counted), ())


async def _answer_again(
    database: Database, handle: str, context: BrowserContext, typed: str
) -> SignedIn:
    """Give the answer again to who sends the code with which the journey has just ended."""
    given = [(one.METHOD, code) for one in SECOND_FACTORS if (code := _read(one, typed))]
    again = await answer_code_again(database, handle, context, given)
    if again is None:
        raise StepTaken("the journey is elsewhere, or ended with another code")
    return again


def _read(method: SecondFactor, typed: str) -> str | None:
    try:
        return method.read(typed)
    except FormRefused:
        return None

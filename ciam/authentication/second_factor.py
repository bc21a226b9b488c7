"""The second factor: after a first proof, a code of one of the ways that the customer has set up.

A guess is counted for the journey and, over all journeys, for the customer, and committed before it
is looked at (C-11). What is right is claimed in the transaction that goes on from it.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from uuid import UUID

from ciam.audit.events import EventKind
from ciam.audit.trail import Actor, record
from ciam.authentication.completion import SignedIn, answer_hash, recall
from ciam.authentication.context import BrowserContext
from ciam.authentication.journey import Journey, StepTaken, load
from ciam.authentication.method import Proven, SecondFactor
from ciam.authentication.methods import SECOND_FACTORS
from ciam.authentication.policy import list_second_factors
from ciam.authentication.proceed import OnTheWay, proceed
from ciam.authentication.state import Step
from ciam.errors import FormRefused, PageRefusal
from ciam.identifiers import is_same
from ciam.protection.limits import reserve
from ciam.protection.lockout import Guess
from ciam.sessions.devices import find_device
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
    ways: tuple[SecondFactor, ...]

    def way(self, name: str) -> SecondFactor:
        """Give a way by its name; the first one for a name that is none of them."""
        return next((one for one in self.ways if name == one.METHOD), self.ways[0])


async def load_pending(transaction: UnitOfWork, handle: str, context: BrowserContext) -> Pending:
    """Give the journey; raise StepTaken when no second factor is asked for."""
    journey = await load(transaction, handle, context)
    customer = journey.record.customer
    if journey.is_finished or journey.state.step is not Step.SECOND_FACTOR or customer is None:
        raise StepTaken("no second factor is asked for")
    ways = await list_second_factors(transaction, customer)
    if not ways:
        raise PageRefusal(
            "the second factor was removed meanwhile", code="second_factor_gone", text=_ENDED
        )
    return Pending(journey, customer, ways)


async def prove_second_factor(
    database: Database, handle: str, context: BrowserContext, *, way: str, typed: str
) -> SignedIn | OnTheWay:
    """Prove the second factor and go on; the same form sent twice gets the same answer.

    Raise FormRefused for a wrong or used code, TooManyAttempts above a limit.
    """
    try:
        return await _prove(database, handle, context, way, typed)
    except StepTaken:
        return await _answer_again(database, handle, context, typed)


async def _prove(
    database: Database, handle: str, context: BrowserContext, way: str, typed: str
) -> SignedIn | OnTheWay:
    async with database.write() as transaction:
        pending = await load_pending(transaction, handle, context)
        method = pending.way(way)
        code = method.read(typed)
        guess = await _reserve(transaction, pending)
    async with database.write() as transaction:
        pending = await load_pending(transaction, handle, context)
        # Locked first: an account page that changes the second factor has the same order.
        await transaction.customers.lock(pending.customer)
        if await method.claim(transaction, pending.customer, code):
            answer = answer_hash(transaction, pending.journey, method.METHOD, code)
            proven = await _proven(transaction, pending, method, context, guess)
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


async def _reserve(transaction: UnitOfWork, pending: Pending) -> Guess:
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
    async with database.write() as transaction:
        journey = await load(transaction, handle, context)
        customer = journey.record.customer
        if customer is None or not journey.is_finished:
            raise StepTaken("the journey is elsewhere")
        allowed = (await transaction.policies.get()).limits.code_attempts
        key = str(journey.id)
        await reserve(transaction, "second_factor_again", key, allowed=allowed, window=_HOUR)
    async with database.read() as transaction:
        if not any(_is_answer(transaction, journey, one, typed) for one in SECOND_FACTORS):
            raise StepTaken("the journey ended with another code")
        return await recall(transaction, journey, customer, context, is_last=True)


def _is_answer(transaction: UnitOfWork, journey: Journey, method: SecondFactor, typed: str) -> bool:
    try:
        code = method.read(typed)
    except FormRefused:
        return False
    given = answer_hash(transaction, journey, method.METHOD, code)
    return journey.state.answer != "" and is_same(journey.state.answer, given)

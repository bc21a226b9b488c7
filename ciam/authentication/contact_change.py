"""What the change of an e-mail address and of a phone number share: the code to the new one.

The page says the same whether the new one is free or not; whose it is stands in the message alone.
"""

from dataclasses import dataclass

from ciam.authentication.context import BrowserContext
from ciam.authentication.journey import CHANGE, Journey, StepTaken, load, path_of
from ciam.authentication.method import CodeMessage, Occasion, SentCode, Target
from ciam.authentication.requirement import Requirement
from ciam.authentication.sent_code import issue
from ciam.authentication.state import State, Step
from ciam.identifiers import new_opaque
from ciam.storage import UnitOfWork
from ciam.storage.stores.sessions import Session


@dataclass(frozen=True, slots=True)
class ContactKind:
    """What is changed: the way its codes go, the step that waits for one, the page of the form."""

    channel: SentCode
    step: Step
    path: str


async def ask_for_code(
    transaction: UnitOfWork,
    session: Session,
    context: BrowserContext,
    kind: ContactKind,
    target: Target,
    *,
    is_free: bool,
) -> str:
    """Send a code to the new address or number; gives the handle of the journey.

    The caller holds the lock of the session's customer (`lock_signed_in`). The same form sent twice
    begins one change and sends one message. Raise TooManyAttempts for a network that causes too
    many.
    """
    policy = (await transaction.policies.get()).sign_in
    now = transaction.clock.now()
    for waiting in await transaction.journeys.list_open(
        session.customer, context.browser_hash, kind=CHANGE
    ):
        state = State.from_json(waiting.state)
        is_same = state.step is kind.step and state.lookup == target.lookup
        if is_same and state.sent_at and now - state.sent_at < policy.resend_wait:
            return waiting.handle
    handle = new_opaque()
    state = State(
        kind.step,
        kind.path,
        Requirement(),
        address=target.address,
        lookup=target.lookup,
        sent_by=kind.channel.METHOD,
        sent_at=now,
        code_expires_at=now + policy.code_lifetime,
        handle=handle,
    )
    begun = await transaction.journeys.begin(
        handle,
        context.browser_hash,
        kind=CHANGE,
        state=state.to_json(),
        expires_at=now + policy.journey_lifetime,
        customer=session.customer,
    )
    if await kind.channel.may_send(transaction, target, context):
        await _send(transaction, Journey(begun, state), context, kind.channel, is_free=is_free)
    return handle


async def load_change(
    transaction: UnitOfWork,
    handle: str,
    context: BrowserContext,
    session: Session,
    kind: ContactKind,
) -> Journey:
    """Give a change of this customer that waits for its code; raise StepTaken when it is over."""
    journey = await load(transaction, handle, context)
    is_theirs = journey.kind == CHANGE and journey.record.customer == session.customer
    if not is_theirs or journey.is_finished or journey.state.step is not kind.step:
        raise StepTaken("no change of theirs waits for a code")
    return journey


async def _send(
    transaction: UnitOfWork,
    journey: Journey,
    context: BrowserContext,
    channel: SentCode,
    *,
    is_free: bool,
) -> None:
    """Write the proof either way, so that both take the same time; the message tells them apart."""
    state = journey.state
    target, expires_at = Target(state.address, state.lookup), state.code_expires_at
    assert expires_at is not None  # noqa: S101 - set where the journey begins
    code = await issue(transaction, journey.id, Occasion.CHANGE, target, expires_at=expires_at)
    message = CodeMessage(
        Occasion.CHANGE if is_free else Occasion.KNOWN,
        code.digits,
        path_of(state.step, journey.handle),
        expires_at,
    )
    await channel.send(transaction, target, message, language=context.language)

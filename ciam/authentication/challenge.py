"""Send a code and a link to an address, with the same work whether there is an account or not.

Who registers with an address that has an account learns it from the message alone; who has lost a
password or signs in by a code gets one only where there is an account. The page says the same every
time.
"""

from dataclasses import replace
from enum import StrEnum
from typing import Final
from urllib.parse import urlencode
from uuid import UUID

from ciam.audit.events import EventKind
from ciam.authentication.candidate import Candidate, find_candidate, record_about
from ciam.authentication.contacts import channel_for, find_reachable
from ciam.authentication.context import BrowserContext
from ciam.authentication.journey import RECOVERY, SIGN_IN, SIGN_UP, Journey, StepTaken, load, move
from ciam.authentication.method import CodeMessage, Occasion, SentCode, Target
from ciam.authentication.methods import SENT_CODES, find_sent_code
from ciam.authentication.pending_link import find_pending
from ciam.authentication.sent_code import issue
from ciam.authentication.state import State, Step
from ciam.authentication.user_agent import name_device
from ciam.customers.identifiers import EMAIL
from ciam.federation.linking import provider_name
from ciam.federation.pending import from_document
from ciam.protection.failure_rate import note_code
from ciam.storage import Database, UnitOfWork

_OCCASIONS: Final = {
    SIGN_UP: Occasion.SIGN_UP,
    RECOVERY: Occasion.RECOVERY,
    SIGN_IN: Occasion.SIGN_IN,
}
_EVENTS: Final = {
    SIGN_UP: EventKind.SIGN_UP_BEGUN,
    RECOVERY: EventKind.RECOVERY_BEGUN,
    SIGN_IN: EventKind.SIGN_IN_CODE_ASKED,
}
_NO_SECOND_FACTOR: Final = frozenset({"password", "passkey"})


class Sent(StrEnum):
    """What came of the wish for another code."""

    SENT = "sent"
    TOO_EARLY = "too_early"
    CAPPED = "capped"


async def challenge(
    transaction: UnitOfWork,
    journey: Journey,
    channel: SentCode,
    target: Target,
    context: BrowserContext,
) -> Sent:
    """Have a code sent, void the ones before, and move the journey to where it is asked for.

    The same target again within moments, as a form posted twice, sends nothing more. Beyond the
    target's cap nothing is sent either, and the code before stays good; the journey moves all the
    same. What was proven before, of whoever it was, is forgotten.
    """
    policies = await transaction.policies.get()
    now, before = transaction.clock.now(), journey.state
    is_same = before.step is Step.CODE and before.lookup == target.lookup
    if is_same and before.sent_at and now - before.sent_at < policies.sign_in.resend_wait:
        return Sent.TOO_EARLY
    candidate = await find_candidate(transaction, target.lookup)
    may = await channel.may_send(transaction, target, context)
    goes = await find_reachable(transaction, journey.kind, channel, target, candidate.id)
    keeps_code = is_same and not may
    state = replace(
        before.without_proofs(),
        step=Step.CODE,
        sent_by=goes[0].METHOD,
        address=target.address,
        lookup=target.lookup,
        sent_at=now,
        code_expires_at=before.code_expires_at
        if keeps_code
        else now + policies.sign_in.code_lifetime,
    )
    is_owner = journey.kind != SIGN_UP or await _may_connect(transaction, journey, candidate)
    owner = candidate.id if candidate.is_active and is_owner else None
    # The journey before its proofs, as a credential event does it: neither waits for the other.
    await move(transaction, journey, state, customer=owner)
    if may:
        await _send(transaction, replace(journey, state=state), candidate, context, goes=goes)
    elif not keeps_code:
        await transaction.proofs.void(journey.id)
    return Sent.SENT if may else Sent.CAPPED


async def resend(database: Database, handle: str, context: BrowserContext) -> Sent:
    """Send a new code; raise StepTaken when the journey asks for none."""
    async with database.write() as transaction:
        journey = await load(transaction, handle, context)
        state = journey.state
        if journey.is_finished or state.step is not Step.CODE:
            raise StepTaken("no code is asked for")
        target = Target(state.address, state.lookup)
        channel = channel_for(state.lookup)
        return await challenge(transaction, journey, channel, target, context)


def channel_of(state: State) -> SentCode:
    """Give the way that the newest code of a journey went."""
    return find_sent_code(state.sent_by) or SENT_CODES[0]


async def _send(
    transaction: UnitOfWork,
    journey: Journey,
    candidate: Candidate,
    context: BrowserContext,
    *,
    goes: tuple[SentCode, Target],
) -> None:
    """Write the proof and the message; one that must not go out is withheld."""
    channel, reached = goes
    state = journey.state
    assert state.code_expires_at is not None  # noqa: S101 - set by the caller
    target, occasion = Target(state.address, state.lookup), _OCCASIONS[journey.kind]
    code = await issue(transaction, journey.id, occasion, target, expires_at=state.code_expires_at)
    provider = None
    if occasion is Occasion.SIGN_UP and candidate.identifier is not None:
        occasion = Occasion.KNOWN
        if await _may_connect(transaction, journey, candidate):
            identity = from_document(state.pending or {})
            occasion = Occasion.CONNECT
            provider = await provider_name(transaction, identity.connection, context.language)
    message = CodeMessage(
        occasion,
        code.digits,
        f"/verify/link?{urlencode({'journey': journey.handle, 'token': code.token})}",
        code.expires_at,
        provider=provider,
        device=name_device(context.user_agent),
    )
    event = await record_about(transaction, _EVENTS[journey.kind], candidate)
    # To the address that was kept, never to one that merely looks alike.
    kept = candidate.identifier
    is_wanted = journey.kind == SIGN_UP or candidate.is_active
    await channel.send(
        transaction,
        reached if kept is None or reached != target else Target(kept.value, target.lookup),
        message,
        language=context.language,
        brand=await brand_of(transaction, state.client),
        cause=event,
        withheld=not is_wanted,
    )
    await note_code(transaction)  # last: everybody's codes wait for this row


async def _may_connect(transaction: UnitOfWork, journey: Journey, candidate: Candidate) -> bool:
    """Whether a code may prove the account, so that a pending social identity can be linked.

    Where there is a second factor a code is too little, and a text message is: its owner signs in
    as ever, and links.
    """
    is_mailed = candidate.identifier is not None and candidate.identifier.kind == EMAIL
    if not (candidate.is_active and is_mailed) or await find_pending(transaction, journey) is None:
        return False
    enrolled = await transaction.authenticators.list_for(candidate.id)
    return all(one.method in _NO_SECOND_FACTOR for one in enrolled)


async def brand_of(transaction: UnitOfWork, client: UUID | None) -> str | None:
    """Give the key of the brand that an app's messages wear."""
    return None if client is None else (await transaction.clients.get(client)).brand

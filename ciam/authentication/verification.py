"""Prove an address, by the mailed code or by the mailed link in the browser where it was begun.

In another browser the link does nothing at all. If it did, whoever enters a stranger's address and
waits for the click would have it confirmed for them.
"""

from dataclasses import replace

from ciam.authentication.candidate import Candidate, find_candidate
from ciam.authentication.challenge import channel_of
from ciam.authentication.context import BrowserContext
from ciam.authentication.first_proof import prove_without_password
from ciam.authentication.journey import RECOVERY, SIGN_UP, Journey, StepTaken, load, move
from ciam.authentication.method import Proven, Target
from ciam.authentication.pending_link import find_pending, link_proof_gone
from ciam.authentication.proceed import proceed
from ciam.authentication.sent_code import check_code, code_gone
from ciam.authentication.state import Step
from ciam.errors import PageRefusal
from ciam.storage import Database, UnitOfWork
from ciam.storage.stores.proofs import Proof
from ciam.texts import Text

_NEXT = {SIGN_UP: Step.DETAILS, RECOVERY: Step.NEW_PASSWORD}


async def verify_code(
    database: Database, handle: str, context: BrowserContext, typed: str
) -> Journey:
    """Use a code up and take the journey to its next step."""
    _journey, proof = await check_code(database, handle, context, typed)
    async with database.write() as transaction:
        journey = await load(transaction, handle, context)
        return await _use(transaction, journey, proof, context)


async def verify_link(
    database: Database, handle: str, context: BrowserContext, token: str
) -> Journey:
    """Use a mailed link up; raise PageRefusal for one that is used, replaced or too old."""
    async with database.write() as transaction:
        journey = await load(transaction, handle, context)
        proof = await transaction.proofs.find_by_link(token)
        if proof is None or proof.journey != journey.id:
            journey = await load(transaction, handle, context)  # used in this very moment?
            if journey.is_finished or journey.state.step is not Step.CODE:
                raise StepTaken("the link was used, and the journey went on")
            raise PageRefusal(
                "no such link",
                code="link_gone",
                text=Text("This link can no longer be used. Please have a new code sent."),
            )
        return await _use(transaction, journey, proof, context)


async def _use(
    transaction: UnitOfWork, journey: Journey, proof: Proof, context: BrowserContext
) -> Journey:
    if journey.is_finished or journey.state.step is not Step.CODE or journey.kind not in _NEXT:
        raise StepTaken("the code was used, and the journey went on, or it is a sign-in's")
    owner = None
    if journey.kind == RECOVERY:
        candidate = await find_candidate(transaction, journey.state.lookup)
        if not candidate.is_active:  # a code that was never sent was guessed
            raise code_gone("no account for this address")
        owner = candidate.id
    state = replace(journey.state, step=_NEXT[journey.kind], proven_at=transaction.clock.now())
    known = None
    if journey.kind == SIGN_UP and journey.record.customer is not None:
        known = await find_candidate(transaction, journey.state.lookup)
        if not known.is_active or known.id != journey.record.customer:
            raise code_gone("the address is another's by now")
    if known is not None:  # before the journey, as a credential event does it
        await transaction.customers.lock(known.id)
    await move(transaction, journey, state, customer=owner)
    if not await transaction.proofs.use(proof):
        raise StepTaken("the code was used or replaced in the meantime")
    target = Target(state.address, state.lookup)
    await channel_of(state).note_used(transaction, target)
    if known is not None:
        return await _prove_account(transaction, journey.handle, context, known)
    return await load(transaction, journey.handle, context)


async def _prove_account(
    transaction: UnitOfWork, handle: str, context: BrowserContext, known: Candidate
) -> Journey:
    """Ask whether to link what is pending to the account that the code has just proven."""
    assert known.identifier is not None  # noqa: S101 - it is how the candidate was found
    journey = await load(transaction, handle, context)
    await prove_without_password(transaction, known.identifier, keep_journey=journey.id)
    customer = await transaction.customers.find(known.id)
    assert customer is not None  # noqa: S101 - it is the candidate's
    proven = Proven(
        known.id,
        customer.credential_epoch,
        channel_of(journey.state).METHOD,
        channel_of(journey.state).AMR,
        tells_owner=False,
    )
    if await find_pending(transaction, journey) is None:
        raise link_proof_gone()  # linked, switched off or too old by now
    await proceed(transaction, journey, proven, context)
    return await load(transaction, handle, context)

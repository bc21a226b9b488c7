"""Sign in by a code that is sent: no password, and the same page whether anybody has the name.

The code counts in the browser that asked, and so does the link; whoever reads the message on
another device types the code. A first proof of an address removes what had been attached to it
without proof, as everywhere.
"""

from typing import Final

from ciam.audit.events import EventKind
from ciam.authentication.answer_again import answer_code_again
from ciam.authentication.candidate import find_candidate, record_about
from ciam.authentication.challenge import Sent, challenge, channel_of
from ciam.authentication.completion import SignedIn, answer_hash
from ciam.authentication.contacts import read_name
from ciam.authentication.context import BrowserContext
from ciam.authentication.first_proof import prove_without_password
from ciam.authentication.journey import SIGN_IN, Journey, StepTaken, load, move
from ciam.authentication.method import Proven, Target
from ciam.authentication.methods import SENT_CODES
from ciam.authentication.policy import check_first
from ciam.authentication.proceed import OnTheWay, proceed
from ciam.authentication.sent_code import WrongCode, check_code, code_gone, read_code
from ciam.authentication.sign_in import check_kind
from ciam.authentication.state import Step
from ciam.authentication.work import check_work
from ciam.errors import FormRefused, PageRefusal
from ciam.sessions.devices import find_device
from ciam.sessions.levels import methods_for
from ciam.storage import Database, UnitOfWork
from ciam.storage.stores.proofs import Proof
from ciam.texts import Text

LINK: Final = "link"
"""What the answer of a link is told apart by from that of a code."""


async def ask_for_code(
    database: Database,
    handle: str,
    context: BrowserContext,
    typed: str,
    *,
    work: str | None = None,
) -> Sent:
    """Send a code to whoever has the name; nothing tells whether anybody has it.

    Raise FormRefused for a name that no code can go to, TooManyAttempts above a limit, WorkAsked
    where a browser that is not known has to work first.
    """
    async with database.write() as transaction:
        journey = await load(transaction, handle, context)
        check_kind(journey, SIGN_IN)
        methods = await methods_for(transaction, journey.state.client)
        if not any(methods.allows(one.METHOD, "first") for one in SENT_CODES):
            await check_first(transaction, journey, SENT_CODES[0].METHOD)
        channel, target = read_name(await transaction.policies.get(), methods, typed)
        await check_work(transaction, journey, target, context, work)
        return await challenge(transaction, journey, channel, target, context)


async def sign_in_with_code(
    database: Database, handle: str, context: BrowserContext, typed: str
) -> SignedIn | OnTheWay:
    """Use the code up and go on; the same form sent twice gets the same answer.

    Raise FormRefused for a wrong or spent code, TooManyAttempts above a limit.
    """
    code = read_code(typed)
    try:
        _journey, proof = await check_code(database, handle, context, code)
        async with database.write() as transaction:
            journey = await load(transaction, handle, context)
            given = (channel_of(journey.state).METHOD, code)
            return await _use(transaction, journey, context, proof, given)
    except WrongCode:
        await _note_wrong(database, handle, context)
        raise
    except (FormRefused, StepTaken):
        answers = [(one.METHOD, code) for one in SENT_CODES]
        again = await answer_code_again(database, handle, context, answers)
        if again is None:
            raise
        return again


async def sign_in_with_link(
    database: Database, handle: str, context: BrowserContext, token: str
) -> SignedIn | OnTheWay:
    """Use the link up and go on; raise PageRefusal for one that is used, replaced or too old."""
    try:
        async with database.write() as transaction:
            journey = await load(transaction, handle, context)
            _check_waits(journey)
            proof = await transaction.proofs.find_by_link(token)
            if proof is None or proof.journey != journey.id:
                raise PageRefusal(
                    "no such link",
                    code="link_gone",
                    text=Text("This link can no longer be used. Please have a new code sent."),
                )
            return await _use(transaction, journey, context, proof, (LINK, token))
    except StepTaken:
        again = await answer_code_again(database, handle, context, [(LINK, token)])
        if again is None:
            raise
        return again


async def _use(
    transaction: UnitOfWork,
    journey: Journey,
    context: BrowserContext,
    proof: Proof,
    given: tuple[str, str],
) -> SignedIn | OnTheWay:
    """Claim the proof for who has the name; `given` is what a form sent twice is known by."""
    _check_waits(journey)
    channel = channel_of(journey.state)
    await check_first(transaction, journey, channel.METHOD)
    candidate = await find_candidate(transaction, journey.state.lookup)
    if candidate.identifier is None or not candidate.is_active:  # never sent, so it was guessed
        raise code_gone("nobody who may sign in has the name")
    # In the order of a credential event: the customer, the journey, its proofs.
    await transaction.customers.lock(candidate.id)
    await move(transaction, journey, journey.state, customer=candidate.id)
    if not await transaction.proofs.use(proof):
        raise StepTaken("the code was used or replaced in the meantime")
    await channel.note_used(transaction, Target(journey.state.address, journey.state.lookup))
    journey = await load(transaction, journey.handle, context)
    await prove_without_password(transaction, candidate.identifier, keep_journey=journey.id)
    customer = await transaction.customers.find(candidate.id)
    assert customer is not None  # noqa: S101 - it was locked just now
    proven = Proven(
        customer.id,
        customer.credential_epoch,
        channel.METHOD,
        channel.AMR,
        known_device=await find_device(transaction, customer.id, context.device),
    )
    answer = answer_hash(transaction, journey, *given)
    return await proceed(transaction, journey, proven, context, answer=answer)


def _check_waits(journey: Journey) -> None:
    check_kind(journey, SIGN_IN)
    if journey.state.step is not Step.CODE:
        raise StepTaken("no code is asked for")


async def _note_wrong(database: Database, handle: str, context: BrowserContext) -> None:
    async with database.write() as transaction:
        journey = await load(transaction, handle, context)
        candidate = await find_candidate(transaction, journey.state.lookup)
        method = channel_of(journey.state).METHOD
        await record_about(transaction, EventKind.SIGN_IN_REFUSED, candidate, method=method)

"""The one way on after any proof: note it, ask the policy what is missing, ask on, or end.

A first proof begins the list of proofs anew, whoever proved something before in this journey: what
one customer has proven is never counted for another.
"""

from dataclasses import replace

from ciam.authentication.completion import OnTheWay, SignedIn, lock_holder
from ciam.authentication.context import BrowserContext
from ciam.authentication.journey import Journey, move, path_of
from ciam.authentication.method import Proven
from ciam.authentication.new_password import make_count, may_count
from ciam.authentication.pending_link import offer_link
from ciam.authentication.policy import find_missing
from ciam.authentication.profile_question import ask_or_complete
from ciam.authentication.risk import assess
from ciam.authentication.state import NotedProof, State
from ciam.protection.lockout import take_back
from ciam.sessions.trusted_devices import find_trust
from ciam.storage import UnitOfWork

__all__ = ["OnTheWay", "proceed"]


async def proceed(
    transaction: UnitOfWork,
    journey: Journey,
    proven: Proven,
    context: BrowserContext,
    *,
    answer: str = "",
) -> SignedIn | OnTheWay:
    """Bind the journey to who was proven, and end it in a session or take it to its next step.

    Raise StepTaken when the journey has moved on, SignInRefused when the customer's credentials
    changed since the proof. The caller's own writes belong into the same transaction, before this.
    `answer` is kept, to know a last form that is sent twice.
    """
    state = replace(_note(transaction, journey.state, proven), answer=answer)
    trust = None
    if not proven.is_second:
        state = replace(state, risk=await assess(transaction, proven, context))
        # Who lost the password proves all there is, wherever they are.
        if not proven.new_password:
            trust = await find_trust(transaction, proven.customer, context.trusted)
    step = await find_missing(
        transaction,
        state,
        proven.customer,
        is_trusted=trust is not None,
        risk_asks=state.risk is not None and state.risk.asks,
    )
    if may_count(state, step):
        state, proven = await make_count(transaction, journey, state, proven)
    if trust is not None and step is None:
        await transaction.trusted_devices.touch(trust.id)
    if step is None:
        proved = replace(journey, state=state)
        asked = await offer_link(transaction, proved, proven, context)
        if asked is not None:
            return OnTheWay(asked.path)
        return await ask_or_complete(transaction, proved, proven, context)
    holder = await lock_holder(transaction, proven)
    if proven.guess is not None:
        await take_back(transaction, proven.guess)
    # No code was sent for this step yet, whatever was sent before.
    state = replace(state, step=step, sent_by="", sent_at=None, code_expires_at=None)
    await move(transaction, journey, state, customer=holder.id)
    return OnTheWay(path_of(step, journey.handle))


def _note(transaction: UnitOfWork, before: State, proven: Proven) -> State:
    """Give the state with the proof in it; only a second factor joins those that were there."""
    now = transaction.clock.now()
    noted = (NotedProof(proven.method, proven.amr, now),) if proven.method else ()
    before = before if proven.is_second else before.without_proofs()
    return replace(
        before,
        proofs=(*before.proofs, *noted),
        epoch=proven.epoch,
        tells_owner=proven.tells_owner,
        new_password=before.new_password if proven.is_second else proven.new_password,
    )

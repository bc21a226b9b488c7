"""Work before a code is sent, as before a password is looked at: while there is an attack.

The answer is used up in the transaction that sends, so what is refused for another reason costs
nothing, and the same form sent twice finds the code on its way and leads to where it is asked for.
"""

from ciam.authentication.candidate import find_candidate
from ciam.authentication.context import BrowserContext
from ciam.authentication.journey import Journey, StepTaken, load
from ciam.authentication.method import Target
from ciam.authentication.state import Step
from ciam.protection.proof_of_work import WorkAsked, WorkRefused, is_asked, use_solution
from ciam.sessions.devices import find_device
from ciam.storage import UnitOfWork


async def check_work(
    transaction: UnitOfWork,
    journey: Journey,
    target: Target,
    context: BrowserContext,
    given: str | None,
) -> None:
    """Raise WorkAsked where a browser that is not known has to work before a code goes to a target.

    `given` is the answer to the challenge that the page carried, if it did. Raise StepTaken where
    the same form is being answered already.
    """
    policies = await transaction.policies.get()
    if not await is_asked(transaction, policies, address=context.address):
        return
    owner = (await find_candidate(transaction, target.lookup)).id
    if await find_device(transaction, owner, context.device) is not None:
        return
    try:
        await use_solution(
            transaction, policies, given or "", journey.kind, address=context.address
        )
    except WorkRefused as refused:
        present = await load(transaction, journey.handle, context)
        if await _is_on_its_way(transaction, present, target):
            raise StepTaken("the same form, a moment later") from None
        raise WorkAsked(refused.cause) from refused


async def _is_on_its_way(transaction: UnitOfWork, journey: Journey, target: Target) -> bool:
    """Tell whether a code went to a target moments ago, so that none is sent by the same form."""
    state, wait = journey.state, (await transaction.policies.get()).sign_in.resend_wait
    if state.step is not Step.CODE or state.lookup != target.lookup or state.sent_at is None:
        return False
    return transaction.clock.now() - state.sent_at < wait

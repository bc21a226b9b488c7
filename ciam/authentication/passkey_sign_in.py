"""Sign in with a passkey: one answer of the authenticator, and the journey goes on."""

from typing import Final

from ciam.authentication.completion import SignedIn, recall
from ciam.authentication.context import BrowserContext
from ciam.authentication.journey import SIGN_IN, StepTaken, load
from ciam.authentication.methods.passkey import METHOD, prove_passkey, use_proof
from ciam.authentication.policy import check_first
from ciam.authentication.proceed import OnTheWay, proceed
from ciam.authentication.state import Step
from ciam.customers.passkey_ceremonies import RelyingParty
from ciam.storage import Database

_STEPS: Final = frozenset({Step.PASSWORD, Step.CODE})
"""Where a first method is asked for: by a form, or by a code that is on its way."""


async def sign_in_with_passkey(
    database: Database, party: RelyingParty, handle: str, context: BrowserContext, answer: str
) -> SignedIn | OnTheWay:
    """Prove a passkey and go on from it; the same answer again gets the same reply for a while.

    Raise SignInRefused for whatever does not prove it, TooManyAttempts above a limit.
    """
    async with database.read() as transaction:
        journey = await load(transaction, handle, context)
        await check_first(transaction, journey, METHOD)
    if journey.kind != SIGN_IN or not (journey.is_finished or journey.state.step in _STEPS):
        raise StepTaken("no first method is asked for")
    proof = await prove_passkey(database, party, journey, context, answer)
    try:
        async with database.write() as transaction:
            journey = await load(transaction, handle, context)
            await use_proof(transaction, proof)
            return await proceed(transaction, journey, proof.proven, context)
    except StepTaken:
        async with database.read() as transaction:
            journey = await load(transaction, handle, context)
            return await recall(transaction, journey, proof.proven.customer, context)

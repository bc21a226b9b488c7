"""Register with a passkey in place of a password: made on the last page, enrolled at the end."""

from ciam.authentication.completion import SignedIn, recall
from ciam.authentication.context import BrowserContext
from ciam.authentication.journey import Journey, StepTaken, load
from ciam.customers.passkey_ceremonies import Registered, RelyingParty
from ciam.customers.passkey_challenges import SIGN_UP, Scope
from ciam.customers.passkeys import new_customer_options, read_registration
from ciam.sealing import ServerKeys
from ciam.storage import Database


def passkey_options(
    keys: ServerKeys,
    party: RelyingParty,
    journey: Journey,
    context: BrowserContext,
    *,
    shown_name: str,
) -> str:
    """Give the options of a passkey in place of a password, as JSON."""
    return new_customer_options(
        keys,
        party,
        _scope(journey, context),
        name=journey.state.address,
        shown_name=shown_name,
        expires_at=journey.record.expires_at,
    )


async def answer_passkey_again(
    database: Database,
    party: RelyingParty,
    handle: str,
    context: BrowserContext,
    made: str,
) -> SignedIn:
    """Give the answer of a finished sign-up again to who sends the passkey it ended with."""
    async with database.read() as transaction:
        journey = await load(transaction, handle, context)
        passkey = read_passkey(database, party, journey, context, made)
        enrolled = await transaction.passkeys.find(passkey.credential.id)
        if enrolled is None or enrolled.customer != journey.record.customer:
            raise StepTaken("the journey did not end with this passkey")
        return await recall(transaction, journey, enrolled.customer, context)


def read_passkey(
    database: Database,
    party: RelyingParty,
    journey: Journey,
    context: BrowserContext,
    made: str,
) -> Registered:
    """Verify the passkey that was made; raise FormRefused, the same for every cause."""
    scope = _scope(journey, context)
    return read_registration(database.keys, party, scope, made, database.clock.now())


def _scope(journey: Journey, context: BrowserContext) -> Scope:
    return Scope(SIGN_UP, context.browser_hash, str(journey.id))

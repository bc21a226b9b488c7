"""A last form sent twice: the answer is given again to who knows the password it ended with."""

from datetime import timedelta
from typing import Final

from ciam.authentication.completion import SignedIn, is_recallable, recall
from ciam.authentication.context import BrowserContext
from ciam.authentication.journey import StepTaken, load
from ciam.customers.passwords import PasswordHasher
from ciam.protection.limits import reserve
from ciam.storage import Database

_GUESSES: Final = 5
_HOUR: Final = timedelta(hours=1)


async def answer_again(
    database: Database,
    hasher: PasswordHasher,
    handle: str,
    context: BrowserContext,
    password: str,
) -> SignedIn:
    """Give the answer of a finished journey again; raise StepTaken for anything else."""
    async with database.write() as transaction:
        journey = await load(transaction, handle, context)
        customer = journey.record.customer
        if customer is None or not is_recallable(transaction, journey):
            raise StepTaken("the journey is at another step, or ended too long ago")
        await reserve(transaction, "answer_again", str(journey.id), allowed=_GUESSES, window=_HOUR)
        stored = await transaction.authenticators.find_password(customer)
    if stored is None or stored.secret is None:
        raise StepTaken("the customer has no password")
    verdict = await hasher.verify(stored.secret.decode(), password, database.keys)
    if not verdict.matches:
        raise StepTaken("the journey ended with another password")
    async with database.read() as transaction:
        return await recall(transaction, journey, customer, context)

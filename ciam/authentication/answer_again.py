"""A last form sent twice: the answer is given again to who knows what the journey ended with."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Final

from ciam.authentication.completion import SignedIn, answer_hash, is_recallable, recall
from ciam.authentication.context import BrowserContext
from ciam.authentication.journey import StepTaken, load
from ciam.customers.passwords import PasswordHasher
from ciam.identifiers import is_same
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


async def answer_code_again(
    database: Database,
    handle: str,
    context: BrowserContext,
    answers: Iterable[tuple[str, str]],
) -> SignedIn | None:
    """Give the answer again to who sends the code that the journey has just ended with.

    `answers` are what the form may have meant: methods, and the code as each of them reads it.
    None for another code, and for a journey that is under way or ended too long ago.
    """
    async with database.write() as transaction:
        journey = await load(transaction, handle, context)
        customer = journey.record.customer
        if customer is None or not is_recallable(transaction, journey, is_last=True):
            return None
        key = str(journey.id)
        await reserve(transaction, "answer_again", key, allowed=_GUESSES, window=_HOUR)
    async with database.read() as transaction:
        kept = journey.state.answer
        given = [answer_hash(transaction, journey, method, code) for method, code in answers]
        if kept == "" or not any(is_same(kept, one) for one in given):
            return None
        return await recall(transaction, journey, customer, context, is_last=True)

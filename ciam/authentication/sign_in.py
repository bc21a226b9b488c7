"""Sign in: a name and a password, on one page or one after the other."""

from dataclasses import replace

from ciam.authentication.completion import SignedIn, recall
from ciam.authentication.context import BrowserContext
from ciam.authentication.journey import SIGN_IN, Journey, StepTaken, load, move
from ciam.authentication.methods.password import METHOD, prove_password
from ciam.authentication.names import missing_name
from ciam.authentication.policy import check_first
from ciam.authentication.proceed import OnTheWay, proceed
from ciam.authentication.state import Step
from ciam.customers.passwords import PasswordHasher
from ciam.errors import FormRefused, SignInRefused
from ciam.policies import NamePolicy
from ciam.storage import Database
from ciam.texts import Text

MAX_IDENTIFIER_LENGTH = 512


async def name_identifier(
    database: Database, handle: str, context: BrowserContext, identifier: str
) -> Journey:
    """Take the name first; the next page asks for the password, whether anybody has the name."""
    async with database.write() as transaction:
        _check_typed((await transaction.policies.get()).names, identifier=identifier)
        journey = await load(transaction, handle, context)
        check_kind(journey, SIGN_IN)
        # Another name: what was proven before, of whoever it was, is forgotten.
        state = replace(
            journey.state.without_proofs(), step=Step.PASSWORD, identifier=identifier.strip()
        )
        await move(transaction, journey, state)
        return await load(transaction, handle, context)


async def sign_in(
    database: Database,
    hasher: PasswordHasher,
    handle: str,
    context: BrowserContext,
    *,
    identifier: str,
    password: str,
) -> SignedIn | OnTheWay:
    """Prove the password, and go on to what else is asked or to a session.

    Raise FormRefused for an empty field, SignInRefused for whatever does not match,
    TooManyAttempts above a limit.
    """
    async with database.read() as transaction:
        journey = await load(transaction, handle, context)
        await check_first(transaction, journey, METHOD)
        names = (await transaction.policies.get()).names
    if journey.kind != SIGN_IN:
        raise StepTaken("not a sign-in")
    _check_typed(names, identifier=identifier, password=password)
    try:
        proven = await prove_password(
            database, hasher, context, identifier=identifier, password=password
        )
    except SignInRefused:
        if journey.is_finished:
            raise StepTaken("the journey has ended") from None
        raise
    try:
        async with database.write() as transaction:
            journey = await load(transaction, handle, context)
            return await proceed(transaction, journey, proven, context)
    except StepTaken:
        async with database.read() as transaction:
            journey = await load(transaction, handle, context)
            return await recall(transaction, journey, proven.customer, context)


def check_kind(journey: Journey, kind: str) -> None:
    """Raise StepTaken for a journey of another kind, or one that has ended."""
    if journey.kind != kind or journey.is_finished:
        raise StepTaken("another journey, or one that has ended")


def _check_typed(names: NamePolicy, **typed: str) -> None:
    missing = {
        "identifier": missing_name(names),
        "password": Text("Enter your password."),
    }
    errors = {name: missing[name] for name, value in typed.items() if not value.strip()}
    if len(typed.get("identifier", "")) > MAX_IDENTIFIER_LENGTH:
        errors["identifier"] = missing_name(names)
    if errors:
        raise FormRefused("an empty field", errors=errors)

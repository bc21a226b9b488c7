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
from ciam.protection.proof_of_work import SIGN_IN as SIGN_IN_WORK
from ciam.protection.proof_of_work import WorkRefused, use_solution
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
    work: str | None = None,
) -> SignedIn | OnTheWay:
    """Prove the password, and go on to what else is asked or to a session.

    Raise FormRefused for an empty field, SignInRefused for whatever does not match,
    TooManyAttempts above a limit, WorkAsked where work has to be proven first. `work` is the answer
    to the challenge that the page carried, if it did.
    """
    async with database.read() as transaction:
        journey = await load(transaction, handle, context)
        await check_first(transaction, journey, METHOD)
        names = (await transaction.policies.get()).names
    if journey.kind != SIGN_IN:
        raise StepTaken("not a sign-in")
    _check_typed(names, identifier=identifier, password=password)
    has_worked = await _use_work(database, context, work, form=f"{handle} {identifier}")
    try:
        proven = await prove_password(
            database,
            hasher,
            context,
            identifier=identifier,
            password=password,
            has_worked=has_worked,
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


async def _use_work(
    database: Database, context: BrowserContext, work: str | None, *, form: str
) -> bool:
    """Use the answer to a challenge up; False for none and a bad one, which may be asked again."""
    if not work:
        return False
    try:
        async with database.write() as transaction:
            policies = await transaction.policies.get()
            await use_solution(
                transaction, policies, work, SIGN_IN_WORK, address=context.address, form=form
            )
    except WorkRefused:
        return False
    return True


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

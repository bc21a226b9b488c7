"""Lost password: the address, a code, a new password, and back where one came from, signed in."""

from ciam.authentication.answer_again import answer_again
from ciam.authentication.candidate import find_candidate
from ciam.authentication.challenge import challenge, channel_of
from ciam.authentication.completion import SignedIn
from ciam.authentication.contacts import channel_for, read_contact
from ciam.authentication.context import BrowserContext
from ciam.authentication.first_proof import note_proof
from ciam.authentication.journey import RECOVERY, Journey, StepTaken, load
from ciam.authentication.method import Proven
from ciam.authentication.methods import password
from ciam.authentication.policy import check_first
from ciam.authentication.proceed import OnTheWay, proceed
from ciam.authentication.sign_in import check_kind
from ciam.authentication.state import Step
from ciam.authentication.work import check_work
from ciam.customers.credentials import CredentialChanged, personal_words
from ciam.customers.identifiers import EMAIL
from ciam.customers.passwords import PasswordHasher, check_password_rules
from ciam.customers.profile import read_profile
from ciam.errors import PageRefusal
from ciam.storage import Database, UnitOfWork
from ciam.texts import Text


async def give_lost_address(
    database: Database,
    handle: str,
    context: BrowserContext,
    typed: str,
    *,
    kind: str = EMAIL,
    work: str | None = None,
) -> None:
    """Take an address or a number; a code goes out where there is an account, nothing says so.

    Where there is a proven e-mail address it is mailed, whatever was given. Raise WorkAsked where
    a browser that is not known has to work first.
    """
    async with database.write() as transaction:
        journey = await load(transaction, handle, context)
        check_kind(journey, RECOVERY)
        await check_first(transaction, journey, password.METHOD)
        if journey.state.step not in {Step.RECOVERY_ADDRESS, Step.CODE}:
            raise StepTaken("the address was proven before")
        policies = await transaction.policies.get()
        channel, target = read_contact(policies, RECOVERY, typed, kind)
        await check_work(transaction, journey, target, context, work)
        await challenge(transaction, journey, channel, target, context)


async def load_proven(transaction: UnitOfWork, handle: str, context: BrowserContext) -> Journey:
    """Give a recovery whose address is proven; raise StepTaken when it is elsewhere."""
    journey = await load(transaction, handle, context)
    check_kind(journey, RECOVERY)
    if journey.state.step is not Step.NEW_PASSWORD or journey.record.customer is None:
        raise StepTaken("the address is not proven yet")
    return journey


async def set_new_password(
    database: Database,
    hasher: PasswordHasher,
    handle: str,
    context: BrowserContext,
    new_password: str,
) -> SignedIn | OnTheWay:
    """Take the password, end whatever the old one opened, and sign in.

    Where a second factor is asked for, all of that waits until it is proven
    (`ciam.authentication.new_password`). Raise FormRefused for an unfit password.
    """
    try:
        async with database.read() as transaction:
            journey = await load_proven(transaction, handle, context)
            assert journey.record.customer is not None  # noqa: S101 - checked there
            policy = (await transaction.policies.get()).passwords
            profile = await read_profile(transaction, journey.record.customer)
    except StepTaken:
        return await answer_again(database, hasher, handle, context, new_password)
    check_password_rules(new_password, policy, personal=personal_words(profile))
    new_hash = await hasher.hash_new(new_password, database.keys)
    try:
        async with database.write() as transaction:
            return await _go_on(transaction, handle, context, new_hash)
    except StepTaken:
        return await answer_again(database, hasher, handle, context, new_password)
    except CredentialChanged as error:
        raise PageRefusal(
            error.cause,
            code="recovery_gone",
            text=Text("A new password cannot be set on this page any more. Please start again."),
        ) from error


async def _go_on(
    transaction: UnitOfWork, handle: str, context: BrowserContext, new_hash: str
) -> SignedIn | OnTheWay:
    journey = await load_proven(transaction, handle, context)
    owner = journey.record.customer
    candidate = await find_candidate(transaction, journey.state.lookup)
    if owner is None or candidate.identifier is None or candidate.id != owner:
        raise CredentialChanged("the address belongs to somebody else by now")
    customer = await transaction.customers.lock(owner)
    if customer is None or not customer.is_active:
        raise CredentialChanged("no active customer")
    channel = channel_of(journey.state)
    if channel is channel_for(journey.state.lookup):  # else another address of theirs was proven
        await note_proof(transaction, candidate.identifier)
    proven = Proven(
        owner,
        customer.credential_epoch,
        channel.METHOD,
        channel.AMR,
        tells_owner=False,
        new_password=new_hash,
    )
    return await proceed(transaction, journey, proven, context)

"""Register: the address, its proof, then password or passkey, name, notices, optional purposes.

Until the last step there is no customer: everything lies in the sealed journey. The transaction
that claims the end of the journey makes the customer with all that was decided, or nothing of it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final

from ciam.audit.events import EventKind
from ciam.audit.trail import Actor, record
from ciam.authentication.answer_again import answer_again
from ciam.authentication.challenge import challenge
from ciam.authentication.completion import SignedIn
from ciam.authentication.contacts import channel_for, read_contact
from ciam.authentication.context import BrowserContext
from ciam.authentication.invitation import InvitationGone, use_invitation
from ciam.authentication.journey import SIGN_UP, StepTaken, load
from ciam.authentication.method import Proven
from ciam.authentication.methods import federated
from ciam.authentication.passkey_sign_up import answer_passkey_again, read_passkey
from ciam.authentication.proceed import OnTheWay, proceed
from ciam.authentication.sign_in import check_kind
from ciam.authentication.sign_up_details import check_details, check_is_open, load_details
from ciam.authentication.state import Step
from ciam.authentication.user_agent import name_device
from ciam.authentication.work import check_work
from ciam.consent.decisions import (
    Decisions,
    record_decisions,
)
from ciam.consent.screens import Screen
from ciam.customers.customer import AddressTaken, create_customer
from ciam.customers.identifiers import EMAIL
from ciam.customers.passkey_ceremonies import Registered, RelyingParty
from ciam.customers.passkeys import enrol
from ciam.customers.passwords import PasswordHasher
from ciam.customers.phones import PhoneNumber, is_phone
from ciam.customers.usernames import UserName
from ciam.federation.linking import IdentityTaken, link
from ciam.protection.limits import reserve
from ciam.protection.networks import network_of
from ciam.storage import Database, UnitOfWork

_SOURCE: Final = "sign_up"
_NAMES_TRIED: Final = 30
_HOUR: Final = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class _Answers:
    """What the last page was answered with, checked; the password as it is stored."""

    password_hash: str | None = field(repr=False)
    passkey: Registered | None
    attributes: Mapping[str, Any] = field(repr=False)
    username: UserName | None = field(repr=False)
    decisions: Decisions
    screen: Screen


async def give_address(
    database: Database,
    handle: str,
    context: BrowserContext,
    typed: str,
    *,
    kind: str = EMAIL,
    work: str | None = None,
) -> None:
    """Take an address or a number and have a code sent there, whether or not it has an account.

    Raise WorkAsked where a browser that is not known has to work first.
    """
    async with database.write() as transaction:
        await check_is_open(transaction)
        journey = await load(transaction, handle, context)
        check_kind(journey, SIGN_UP)
        if journey.state.step not in {Step.SIGN_UP_ADDRESS, Step.CODE}:
            raise StepTaken("the address was proven before")
        channel, target = read_contact(await transaction.policies.get(), SIGN_UP, typed, kind)
        await check_work(transaction, journey, target, context, work)
        await challenge(transaction, journey, channel, target, context)


async def finish_sign_up(
    database: Database,
    hasher: PasswordHasher,
    handle: str,
    context: BrowserContext,
    form: Mapping[str, str],
    *,
    origin: str,
    shown_by: str | None = None,
    party: RelyingParty | None = None,
) -> SignedIn | OnTheWay:
    """Make the customer and sign them in; `origin` is the issuer, where the page was shown.

    `shown_by` is the app that showed what we gave it on a screen of its own (its `client_id`);
    `party` is us where a passkey was made there.

    Raise FormRefused with a sentence for each field, AddressTaken when another sign-up for the
    address was first: it made the one account there may be, InvitationGone when it used the
    invitation.
    """
    typed, made = form.get("password", ""), form.get("credential", "")
    party = party or RelyingParty.of(origin)

    async def again() -> SignedIn:
        if made:
            return await answer_passkey_again(database, party, handle, context, made)
        return await answer_again(database, hasher, handle, context, typed)

    try:
        async with database.read() as transaction:
            details = await load_details(transaction, handle, context)
    except StepTaken:
        return await again()
    is_made = bool(made) and details.asks_password
    passkey = read_passkey(database, party, details.journey, context, made) if is_made else None
    today = database.clock.now().date()
    attributes, username, decisions = check_details(details, form, context.language, today)
    if username is not None:
        await _count_names(database, context)
    answers = _Answers(
        await hasher.hash_new(typed, database.keys)
        if details.asks_password and not is_made
        else None,
        passkey,
        attributes,
        username,
        decisions,
        details.questions.shown_on("sign_up", origin, **_told(shown_by)),
    )
    try:
        async with database.write() as transaction:
            return await _create(transaction, handle, context, answers)
    except StepTaken:
        return await again()
    except (AddressTaken, InvitationGone) as taken:
        async with database.read() as transaction:
            journey = await load(transaction, handle, context)
        if not journey.is_finished:  # another journey made the one account, or used the invitation
            raise taken from None
        return await again()


def _told(shown_by: str | None) -> dict[str, str]:
    """Give what the kept screen says of an app that showed it; of a page of ours nothing."""
    return {} if shown_by is None else {"shown_by": shown_by}


async def _count_names(database: Database, context: BrowserContext) -> None:
    """Count who tries user names: that one is taken has to be said, but not to whoever tries all.

    Raise TooManyAttempts.
    """
    async with database.write() as transaction:
        network = network_of(context.address)
        await reserve(transaction, "user_names", network, allowed=_NAMES_TRIED, window=_HOUR)


async def _create(
    transaction: UnitOfWork, handle: str, context: BrowserContext, answers: _Answers
) -> SignedIn | OnTheWay:
    """Make the customer with all that was decided, and claim the end of the journey."""
    details = await load_details(transaction, handle, context)
    journey, identity = details.journey, details.pending
    if details.asks_password and answers.password_hash is None and answers.passkey is None:
        raise IdentityTaken
    state = journey.state
    channel = channel_for(state.lookup)
    number = PhoneNumber(state.lookup) if is_phone(state.lookup) else None
    if state.invitation is not None:
        await use_invitation(transaction, state.invitation)
    customer = await create_customer(
        transaction,
        email=state.address if number is None else None,
        email_verified_at=state.proven_at,
        phone=number,
        phone_verified_at=state.proven_at,
        username=answers.username,
        password_hash=answers.password_hash if details.asks_password else None,
        attributes=answers.attributes,
        language=context.language,
        source=_SOURCE if identity is None else f"{_SOURCE}:{identity.connection}",
    )
    if answers.passkey is not None:
        device = name_device(context.user_agent)
        await enrol(
            transaction,
            customer.id,
            answers.passkey,
            name="",
            device=device,
            session=None,
            tells_owner=False,
        )
    if identity is not None:
        await link(transaction, customer.id, identity, tells=False)
    await record(
        transaction,
        EventKind.EMAIL_VERIFIED if number is None else EventKind.PHONE_VERIFIED,
        actor=Actor.customer(customer.id),
        customer=customer.id,
    )
    await record_decisions(
        transaction,
        customer.id,
        answers.decisions,
        screen=answers.screen,
        via_client=state.client,
    )
    first = channel if identity is None else federated
    proven = Proven(
        customer.id,
        customer.credential_epoch,
        first.METHOD,
        first.AMR,
        tells_owner=False,
    )
    return await proceed(transaction, journey, proven, context)

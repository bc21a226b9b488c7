"""Register: the address, its proof, then password or passkey, name, notices, optional purposes.

Until the last step there is no customer: everything lies in the sealed journey. The transaction
that claims the end of the journey makes the customer with all that was decided, or nothing of it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

from ciam.audit.events import EventKind
from ciam.audit.trail import Actor, record
from ciam.authentication.answer_again import answer_again
from ciam.authentication.challenge import challenge
from ciam.authentication.completion import SignedIn
from ciam.authentication.contacts import channel_for, read_contact
from ciam.authentication.context import BrowserContext
from ciam.authentication.invitation import use_invitation
from ciam.authentication.journey import SIGN_UP, Journey, StepTaken, load
from ciam.authentication.method import Proven
from ciam.authentication.methods import federated, password
from ciam.authentication.passkey_sign_up import answer_passkey_again, read_passkey
from ciam.authentication.pending_link import find_pending
from ciam.authentication.proceed import OnTheWay, proceed
from ciam.authentication.sign_in import check_kind
from ciam.authentication.state import Step
from ciam.authentication.user_agent import name_device
from ciam.authentication.work import check_work
from ciam.consent.decisions import (
    Decisions,
    Questions,
    check_answers,
    questions_for_sign_up,
    record_decisions,
)
from ciam.consent.screens import Screen
from ciam.customers.attributes import read_values
from ciam.customers.customer import AddressTaken, create_customer
from ciam.customers.identifiers import EMAIL
from ciam.customers.passkey_ceremonies import Registered, RelyingParty
from ciam.customers.passkeys import enrol
from ciam.customers.passwords import PasswordHasher, check_password_rules
from ciam.customers.phones import PhoneNumber, is_phone
from ciam.customers.usernames import UserName, parse_username
from ciam.errors import FormRefused, PageRefusal
from ciam.federation.identity import ProvenIdentity
from ciam.federation.linking import IdentityTaken, link
from ciam.policies import PasswordPolicy
from ciam.protection.limits import reserve
from ciam.protection.networks import network_of
from ciam.sessions.levels import methods_for
from ciam.storage import Database, UnitOfWork
from ciam.texts import Text

NAMES: Final = ("family_name", "given_name")
_SOURCE: Final = "sign_up"
_NAMES_TRIED: Final = 30
_HOUR: Final = timedelta(hours=1)
_MISSING: Final = {
    "family_name": Text("Enter your family name."),
    "given_name": Text("Enter your given name."),
}


@dataclass(frozen=True, slots=True)
class Details:
    """What the last page asks."""

    journey: Journey
    questions: Questions
    passwords: PasswordPolicy
    pending: ProvenIdentity | None = None
    username: str = "off"
    """Whether a user name is asked: off, optional or required."""
    region: str = "JP"
    has_passwords: bool = True

    @property
    def asks_password(self) -> bool:
        """Whether a password is asked: not of who comes with a social login, nor where none is."""
        return self.pending is None and self.has_passwords


@dataclass(frozen=True, slots=True)
class _Answers:
    """What the last page was answered with, checked; the password as it is stored."""

    password_hash: str | None = field(repr=False)
    passkey: Registered | None
    names: Mapping[str, str] = field(repr=False)
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


async def load_details(transaction: UnitOfWork, handle: str, context: BrowserContext) -> Details:
    """Give what the last page asks; raise StepTaken when the journey is elsewhere."""
    journey = await load(transaction, handle, context)
    check_kind(journey, SIGN_UP)
    if journey.state.invitation is None:
        await check_is_open(transaction)
    if journey.state.step is not Step.DETAILS:
        raise StepTaken("the address is not proven yet")
    policies = await transaction.policies.get()
    methods = await methods_for(transaction, journey.state.client)
    return Details(
        journey,
        await questions_for_sign_up(transaction, context.language),
        policies.passwords,
        await find_pending(transaction, journey, for_sign_up=True),
        policies.names.username,
        policies.names.region,
        methods.allows(password.METHOD, "first"),
    )


def known_names(details: Details) -> dict[str, str]:
    """Give the names that a provider said, to be looked over; nothing of it is proven."""
    if details.pending is None:
        return {}
    claims = details.pending.claims
    return {name: claims[name] for name in NAMES if claims.get(name)}


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
    address was first: it made the one account there may be.
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
    names, username, decisions = _check(details, form)
    if username is not None:
        await _count_names(database, context)
    answers = _Answers(
        await hasher.hash_new(typed, database.keys)
        if details.asks_password and not is_made
        else None,
        passkey,
        names,
        username,
        decisions,
        details.questions.shown_on("sign_up", origin, **_told(shown_by)),
    )
    try:
        async with database.write() as transaction:
            return await _create(transaction, handle, context, answers)
    except StepTaken:
        return await again()
    except AddressTaken as taken:
        async with database.read() as transaction:
            journey = await load(transaction, handle, context)
        if not journey.is_finished:  # another journey made the one account there may be
            raise taken from None
        return await again()


def _told(shown_by: str | None) -> dict[str, str]:
    """Give what the kept screen says of an app that showed it; of a page of ours nothing."""
    return {} if shown_by is None else {"shown_by": shown_by}


async def check_is_open(transaction: UnitOfWork) -> None:
    """Raise PageRefusal where nobody may register by themselves."""
    if (await transaction.policies.get()).sign_in.sign_up != "open":
        raise PageRefusal(
            "registration is closed",
            status=403,
            code="sign_up_closed",
            title=Text("Registration is closed"),
            text=Text("New accounts cannot be created here. You can still sign in."),
        )


async def _count_names(database: Database, context: BrowserContext) -> None:
    """Count who tries user names: that one is taken has to be said, but not to whoever tries all.

    Raise TooManyAttempts.
    """
    async with database.write() as transaction:
        network = network_of(context.address)
        await reserve(transaction, "user_names", network, allowed=_NAMES_TRIED, window=_HOUR)


def _check(
    details: Details, form: Mapping[str, str]
) -> tuple[dict[str, str], UserName | None, Decisions]:
    """Check everything before saying anything, so that all is mended at once."""
    errors: dict[str, Text] = {}
    names = {name: form.get(name, "").strip() for name in NAMES}
    errors |= {name: _MISSING[name] for name, value in names.items() if not value}
    decisions = Decisions(frozenset(), {})
    try:
        read_values({name: value for name, value in names.items() if value})
    except FormRefused as refused:
        errors |= refused.errors
    username = None
    typed = form.get("username", "").strip() if details.username != "off" else ""
    try:
        if typed or details.username == "required":
            username = parse_username(typed)
    except FormRefused as refused:
        errors |= refused.errors
    if details.asks_password and not form.get("credential"):
        try:
            check_password_rules(
                form.get("password", ""),
                details.passwords,
                personal=[details.journey.state.address, typed, *names.values()],
            )
        except FormRefused as refused:
            errors |= refused.errors
    try:
        decisions = check_answers(details.questions, form)
    except FormRefused as refused:
        errors |= refused.errors
    if errors:
        raise FormRefused("the details have to be corrected", errors=errors)
    return names, username, decisions


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
        attributes=answers.names,
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

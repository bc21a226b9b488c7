"""Register: the address, its proof, then password or passkey, name, notices, optional purposes.

Until the last step there is no customer: everything lies in the sealed journey. The transaction
that claims the end of the journey makes the customer with all that was decided, or nothing of it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from ciam.audit.events import EventKind
from ciam.audit.trail import Actor, record
from ciam.authentication.answer_again import answer_again
from ciam.authentication.challenge import challenge
from ciam.authentication.completion import SignedIn
from ciam.authentication.context import BrowserContext
from ciam.authentication.journey import SIGN_UP, Journey, StepTaken, load
from ciam.authentication.method import Proven
from ciam.authentication.methods import email_code, federated
from ciam.authentication.passkey_sign_up import answer_passkey_again, read_passkey
from ciam.authentication.pending_link import find_pending
from ciam.authentication.proceed import OnTheWay, proceed
from ciam.authentication.sign_in import check_kind
from ciam.authentication.state import Step
from ciam.authentication.user_agent import name_device
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
from ciam.customers.identifiers import parse_email
from ciam.customers.passkey_ceremonies import Registered, RelyingParty
from ciam.customers.passkeys import enrol
from ciam.customers.passwords import PasswordHasher, check_password_rules
from ciam.errors import FormRefused, PageRefusal
from ciam.federation.identity import ProvenIdentity
from ciam.federation.linking import IdentityTaken, link
from ciam.policies import PasswordPolicy
from ciam.storage import Database, UnitOfWork
from ciam.texts import Text

NAMES: Final = ("family_name", "given_name")
_SOURCE: Final = "sign_up"
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

    @property
    def asks_password(self) -> bool:
        """Whether a password is asked: not of who comes with a social login."""
        return self.pending is None


@dataclass(frozen=True, slots=True)
class _Answers:
    """What the last page was answered with, checked; the password as it is stored."""

    password_hash: str | None = field(repr=False)
    passkey: Registered | None
    names: Mapping[str, str] = field(repr=False)
    decisions: Decisions
    screen: Screen


async def give_address(
    database: Database, handle: str, context: BrowserContext, typed: str
) -> None:
    """Take the address and have a code sent to it, whether or not it has an account."""
    address = parse_email(typed)
    async with database.write() as transaction:
        await check_is_open(transaction)
        journey = await load(transaction, handle, context)
        check_kind(journey, SIGN_UP)
        if journey.state.step not in {Step.SIGN_UP_ADDRESS, Step.CODE}:
            raise StepTaken("the address was proven before")
        await challenge(transaction, journey, address, context)


async def load_details(transaction: UnitOfWork, handle: str, context: BrowserContext) -> Details:
    """Give what the last page asks; raise StepTaken when the journey is elsewhere."""
    await check_is_open(transaction)
    journey = await load(transaction, handle, context)
    check_kind(journey, SIGN_UP)
    if journey.state.step is not Step.DETAILS:
        raise StepTaken("the address is not proven yet")
    return Details(
        journey,
        await questions_for_sign_up(transaction, context.language),
        (await transaction.policies.get()).passwords,
        await find_pending(transaction, journey, for_sign_up=True),
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
) -> SignedIn | OnTheWay:
    """Make the customer and sign them in; `origin` is the issuer, where the page was shown.

    Raise FormRefused with a sentence for each field, AddressTaken when another sign-up for the
    address was first: it made the one account there may be.
    """
    password, made = form.get("password", ""), form.get("credential", "")
    party = RelyingParty.of(origin)

    async def again() -> SignedIn:
        if made:
            return await answer_passkey_again(database, party, handle, context, made)
        return await answer_again(database, hasher, handle, context, password)

    try:
        async with database.read() as transaction:
            details = await load_details(transaction, handle, context)
    except StepTaken:
        return await again()
    is_made = bool(made) and details.asks_password
    passkey = read_passkey(database, party, details.journey, context, made) if is_made else None
    names, decisions = _check(details, form)
    answers = _Answers(
        await hasher.hash_new(password, database.keys)
        if details.asks_password and not is_made
        else None,
        passkey,
        names,
        decisions,
        details.questions.shown_on("sign_up", origin),
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


def _check(details: Details, form: Mapping[str, str]) -> tuple[dict[str, str], Decisions]:
    """Check everything before saying anything, so that all is mended at once."""
    errors: dict[str, Text] = {}
    names = {name: form.get(name, "").strip() for name in NAMES}
    errors |= {name: _MISSING[name] for name, value in names.items() if not value}
    decisions = Decisions(frozenset(), {})
    try:
        read_values({name: value for name, value in names.items() if value})
    except FormRefused as refused:
        errors |= refused.errors
    if details.asks_password and not form.get("credential"):
        try:
            check_password_rules(
                form.get("password", ""),
                details.passwords,
                personal=[details.journey.state.address, *names.values()],
            )
        except FormRefused as refused:
            errors |= refused.errors
    try:
        decisions = check_answers(details.questions, form)
    except FormRefused as refused:
        errors |= refused.errors
    if errors:
        raise FormRefused("the details have to be corrected", errors=errors)
    return names, decisions


async def _create(
    transaction: UnitOfWork, handle: str, context: BrowserContext, answers: _Answers
) -> SignedIn | OnTheWay:
    """Make the customer with all that was decided, and claim the end of the journey."""
    details = await load_details(transaction, handle, context)
    journey, identity = details.journey, details.pending
    if identity is None and answers.password_hash is None and answers.passkey is None:
        raise IdentityTaken
    state = journey.state
    customer = await create_customer(
        transaction,
        email=state.address,
        email_verified_at=state.proven_at,
        password_hash=answers.password_hash if identity is None else None,
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
        EventKind.EMAIL_VERIFIED,
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
    proven = Proven(
        customer.id,
        customer.credential_epoch,
        email_code.METHOD if identity is None else federated.METHOD,
        email_code.AMR if identity is None else federated.AMR,
        tells_owner=False,
    )
    return await proceed(transaction, journey, proven, context)

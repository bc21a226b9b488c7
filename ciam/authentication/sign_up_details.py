"""What the last page of a sign-up asks, and what may be answered: attributes, names, choices."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ciam.authentication.journey import SIGN_UP, Journey, StepTaken, load
from ciam.authentication.methods import password
from ciam.authentication.pending_link import find_pending
from ciam.authentication.sign_in import check_kind
from ciam.authentication.state import Step
from ciam.consent.decisions import Decisions, Questions, check_answers, questions_for_sign_up
from ciam.customers.attribute_forms import read_form
from ciam.customers.attributes import NAMES, Attribute, Schema
from ciam.customers.definitions import load_schema
from ciam.customers.passwords import check_password_rules
from ciam.customers.usernames import UserName, parse_username
from ciam.errors import FormRefused, PageRefusal
from ciam.sessions.levels import methods_for
from ciam.texts import Text

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from ciam.authentication.context import BrowserContext
    from ciam.federation.identity import ProvenIdentity
    from ciam.policies import PasswordPolicy
    from ciam.storage import UnitOfWork


@dataclass(frozen=True, slots=True)
class Details:
    """What the last page asks."""

    journey: Journey
    questions: Questions
    passwords: PasswordPolicy
    schema: Schema
    pending: ProvenIdentity | None = None
    username: str = "off"
    """Whether a user name is asked: off, optional or required."""
    region: str = "JP"
    has_passwords: bool = True

    @property
    def attributes(self) -> tuple[Attribute, ...]:
        """What is asked of the profile, in order."""
        return self.schema.at_sign_up

    @property
    def required(self) -> frozenset[str]:
        """What of it has to be answered."""
        return frozenset(one.name for one in self.attributes if one.rules.sign_up == "required")

    @property
    def asks_password(self) -> bool:
        """Whether a password is asked: not of who comes with a social login, nor where none is."""
        return self.pending is None and self.has_passwords


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
        await load_schema(transaction),
        await find_pending(transaction, journey, for_sign_up=True),
        policies.names.username,
        policies.names.region,
        methods.allows(password.METHOD, "first"),
    )


def known_values(details: Details) -> dict[str, str]:
    """Give what a provider said of what is asked, to be looked over; nothing of it is proven."""
    if details.pending is None:
        return {}
    claims = details.pending.claims
    asked = [one.name for one in details.attributes if one.is_standard]
    return {name: claims[name] for name in asked if claims.get(name)}


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


def check_details(
    details: Details, form: Mapping[str, str], language: str, today: date
) -> tuple[dict[str, Any], UserName | None, Decisions]:
    """Check everything before saying anything, so that all is mended at once."""
    errors: dict[str, Text] = {}
    attributes: dict[str, Any] = {}
    decisions = Decisions(frozenset(), {})
    try:
        attributes = read_form(
            details.schema,
            details.attributes,
            form,
            required=details.required,
            language=language,
            today=today,
        )
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
                personal=[
                    details.journey.state.address,
                    typed,
                    *(form.get(name, "").strip() for name in sorted(NAMES)),
                ],
            )
        except FormRefused as refused:
            errors |= refused.errors
    try:
        decisions = check_answers(details.questions, form)
    except FormRefused as refused:
        errors |= refused.errors
    if errors:
        raise FormRefused("the details have to be corrected", errors=errors)
    return attributes, username, decisions

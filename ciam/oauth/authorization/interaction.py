"""What is still needed before a request can be answered: sign in, step up, or consent.

`NEEDS` is asked in order and the first need wins; `prompt=none` turns it into its error (OIDC Core
§3.1.2.6). A sign-in counts as done for this request when it happened after the request was kept, so
`prompt=login` and `max_age=0` ask once and not for ever.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from ciam.consent.client_grants import find_grant, missing_scopes
from ciam.consent.decisions import find_outstanding
from ciam.customers.profile_questions import find_question
from ciam.oauth.authorization.response import refuse
from ciam.oauth.errors import (
    AccessDenied,
    AccountSelectionRequired,
    ConsentRequired,
    InteractionRequired,
    LoginRequired,
    OAuthError,
    UnmetAuthenticationRequirements,
)
from ciam.sessions.levels import can_be_reached, is_enough, is_reached, methods_for
from ciam.sessions.session import ACR_ONE

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from datetime import timedelta

    from ciam.oauth.authorization.request import AuthorizationRequest
    from ciam.storage import UnitOfWork
    from ciam.storage.stores.sessions import Session


@dataclass(frozen=True, slots=True)
class SignIn:
    """The customer has to prove who they are; how is for `ciam.authentication` to know.

    fresh    even with a session: the session is what is not enough
    step_up  the session is good but for its level: a second factor joins it (RFC 9470)
    create   the client wants the sign-up page first
    """

    error: OAuthError
    acr_values: tuple[str, ...] = ()
    max_age: timedelta | None = None
    fresh: bool = False
    step_up: bool = False
    login_hint: str | None = field(default=None, repr=False)
    create: bool = False


@dataclass(frozen=True, slots=True)
class Decide:
    """The customer has to decide: what the client may see, changed notices, new purposes."""

    error: OAuthError


@dataclass(frozen=True, slots=True)
class Answer:
    """The customer has to answer something of their profile that is required."""

    error: OAuthError


Need = SignIn | Answer | Decide


async def find_need(
    transaction: UnitOfWork, request: AuthorizationRequest, session: Session | None
) -> Need | None:
    """Give the first thing that is needed, or None; raise AuthorizationRefused when none may be."""
    if request.kept is not None and (request.kept.decision or {}).get("allowed") is False:
        raise refuse(request, AccessDenied())
    try:
        need = await _first_need(transaction, request, session)
    except OAuthError as error:
        raise refuse(request, error) from error
    if need is not None and not request.may_ask:
        raise refuse(request, need.error)
    return need


async def _first_need(
    transaction: UnitOfWork, request: AuthorizationRequest, session: Session | None
) -> Need | None:
    if session is None:
        return _sign_in(request, LoginRequired("nobody is signed in"), fresh=False)
    for find in NEEDS:
        need = await find(transaction, request, session)
        if need is not None:
            return need
    return None


async def a_prompted_sign_in(
    _transaction: UnitOfWork, request: AuthorizationRequest, session: Session
) -> Need | None:
    """Find that the client prompts for a sign-in, a sign-up or a choice of account."""
    if not request.prompt & {"login", "select_account", "create"} or _is_new(request, session):
        return None
    if "select_account" in request.prompt:
        return _sign_in(request, AccountSelectionRequired("a choice of account was asked for"))
    return _sign_in(request, LoginRequired("a new sign-in was asked for"))


async def a_recent_sign_in(
    transaction: UnitOfWork, request: AuthorizationRequest, session: Session
) -> Need | None:
    """Find that the session is older than `max_age`."""
    if request.max_age is None or _is_new(request, session):
        return None
    age = transaction.clock.now() - session.authenticated_at
    if request.max_age and age <= request.max_age:
        return None
    return _sign_in(request, LoginRequired("the last sign-in is too long ago"))


async def somebody_else(
    _transaction: UnitOfWork, request: AuthorizationRequest, session: Session
) -> Need | None:
    """Find that the client means another customer than the one who is signed in."""
    if request.meant_customer in {None, session.customer}:
        return None
    if _is_new(request, session):
        raise LoginRequired("another customer signed in than the one meant")
    return _sign_in(request, LoginRequired("another customer is signed in than the one meant"))


async def the_level_of_the_app(
    transaction: UnitOfWork, request: AuthorizationRequest, session: Session
) -> Need | None:
    """Find that the session is below what the installation, the brand or the app requires."""
    if is_enough(session.acr, await methods_for(transaction, request.client.id)):
        return None
    need = _sign_in(request, LoginRequired("two factors are required here"))
    return replace(need, step_up=True)


async def a_higher_level(
    transaction: UnitOfWork, request: AuthorizationRequest, session: Session
) -> Need | None:
    """Find that the level of the session is below what is wanted and could be reached.

    Two factors are asked for until they are there, also where `acr_values` alone wants them (RFC
    9470 §5): a sign-in in another tab does not pass for this one. Where there are none to be asked
    for, one new sign-in is all that can be done.
    """
    if not request.acr_values or is_reached(session.acr, request.acr_values):
        return None
    has_second = (await methods_for(transaction, request.client.id)).second_factor != "off"
    is_two = has_second and not is_reached(ACR_ONE, request.acr_values)
    if can_be_reached(request.acr_values) and (is_two or not _is_new(request, session)):
        need = _sign_in(request, LoginRequired("a stronger sign-in was asked for"))
        return replace(need, step_up=True)
    if request.essential_acr:
        raise UnmetAuthenticationRequirements("the level of authentication was not reached")
    return None


async def a_required_answer(
    transaction: UnitOfWork, _request: AuthorizationRequest, session: Session
) -> Need | None:
    """Find that an attribute is required by now that the sign-in would have asked."""
    if await find_question(transaction, session.customer, is_in_session=True) is not None:
        return Answer(InteractionRequired("the customer has to answer something first"))
    return None


async def a_consent(
    transaction: UnitOfWork, request: AuthorizationRequest, session: Session
) -> Need | None:
    """Find that the client may not yet see what it asks for, or asks for the page."""
    if await needs_consent(transaction, request, session):
        return Decide(ConsentRequired("the customer has to allow it first"))
    return None


async def other_decisions(
    transaction: UnitOfWork, request: AuthorizationRequest, session: Session
) -> Need | None:
    """Find notices and purposes that the customer has not decided on."""
    if await find_outstanding(transaction, session.customer, request.client):
        return Decide(InteractionRequired("the customer has to decide something first"))
    return None


NEEDS: Final[
    tuple[
        Callable[[UnitOfWork, AuthorizationRequest, Session], Awaitable[Need | None]],
        ...,
    ]
] = (
    a_prompted_sign_in,
    a_recent_sign_in,
    somebody_else,
    the_level_of_the_app,
    a_higher_level,
    a_required_answer,
    a_consent,
    other_decisions,
)


async def needs_consent(
    transaction: UnitOfWork, request: AuthorizationRequest, session: Session
) -> bool:
    """Tell whether the consent page has to ask for scopes; for our own apps only when prompted."""
    client, is_prompted = request.client, "consent" in request.prompt
    if client.first_party and not is_prompted:
        return False
    if await find_grant(transaction, session.customer, client.id) is None:
        return True
    if _has_decided(request, session):
        return False
    if is_prompted:
        return True
    return bool(await missing_scopes(transaction, session.customer, client, request.asked_scopes))


def _has_decided(request: AuthorizationRequest, session: Session) -> bool:
    """Tell whether this customer decided on this very request; a no is answered before."""
    decision = request.kept.decision if request.kept else None
    return bool(decision) and (decision or {}).get("customer") == session.customer.hex


def _is_new(request: AuthorizationRequest, session: Session) -> bool:
    """Tell whether the sign-in happened for this request."""
    return request.kept is not None and session.authenticated_at >= request.kept.created_at


def _sign_in(request: AuthorizationRequest, error: OAuthError, *, fresh: bool = True) -> SignIn:
    return SignIn(
        error=error,
        acr_values=request.acr_values,
        max_age=request.max_age,
        fresh=fresh,
        login_hint=request.login_hint,
        create="create" in request.prompt,
    )

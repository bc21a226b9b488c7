"""From what a request needs to a journey: `oauth` says what must be proven, `authentication` how.

Only the web knows both. The journey ends where the request goes on.
"""

from dataclasses import dataclass
from urllib.parse import urlencode

from ciam.authentication.context import BrowserContext
from ciam.authentication.journey import (
    FIRST_STEPS,
    SIGN_IN,
    SIGN_UP,
    Requirement,
    begin,
    path_of,
)
from ciam.authentication.profile_question import begin_profile_question
from ciam.authentication.step_up import begin_step_up
from ciam.oauth.authorization.interaction import SignIn
from ciam.oauth.authorization.keeping import handle_of
from ciam.oauth.authorization.request import AuthorizationRequest
from ciam.storage import UnitOfWork
from ciam.storage.stores.sessions import Session


@dataclass(frozen=True, slots=True)
class Begun:
    """A journey that was begun for a request, and the page of its first step."""

    handle: str
    path: str


async def begin_sign_in(
    transaction: UnitOfWork,
    asked: AuthorizationRequest,
    need: SignIn,
    context: BrowserContext,
    session: Session | None,
    *,
    kind: str | None = None,
) -> Begun:
    """Begin the journey that a kept request needs; `kind` when the app says where to begin.

    Where the session is good but for its level, the journey goes on from it.
    """
    chosen = kind or (SIGN_UP if need.create else SIGN_IN)
    requirement = Requirement(
        acr_values=need.acr_values,
        max_age=need.max_age,
        fresh=need.fresh,
        login_hint=need.login_hint,
        create=need.create and kind is None,
    )
    if need.step_up and session is not None and chosen == SIGN_IN:
        journey = await begin_step_up(
            transaction,
            session,
            requirement=requirement,
            return_to=resume_path(asked),
            context=context,
            client=asked.client.id,
        )
        return Begun(journey.handle, journey.path)
    handle = await begin(
        transaction,
        kind=chosen,
        requirement=requirement,
        return_to=resume_path(asked),
        context=context,
        client=asked.client.id,
    )
    return Begun(handle, path_of(FIRST_STEPS[chosen], handle))


async def begin_answer(
    transaction: UnitOfWork, asked: AuthorizationRequest, context: BrowserContext, session: Session
) -> Begun:
    """Begin the journey that asks who is signed in what is required of them."""
    journey = await begin_profile_question(
        transaction,
        session,
        requirement=Requirement(),
        return_to=resume_path(asked),
        context=context,
        client=asked.client.id,
    )
    return Begun(journey.handle, journey.path)


def resume_path(asked: AuthorizationRequest) -> str:
    """Give where a browser lets a kept request go on."""
    return f"/authorize/resume?{urlencode({'request': handle_of(asked)})}"


def consent_path(asked: AuthorizationRequest) -> str:
    """Give the page where a customer decides about a kept request."""
    return f"/consent?{urlencode({'request': handle_of(asked)})}"

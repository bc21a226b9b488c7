"""From what a request needs to a journey: `oauth` says what must be proven, `authentication` how.

Only the web knows both. The journey ends where the request goes on.
"""

from dataclasses import dataclass
from urllib.parse import urlencode

from ciam.authentication.context import BrowserContext
from ciam.authentication.journey import FIRST_STEPS, SIGN_IN, SIGN_UP, Requirement, begin
from ciam.authentication.state import Step
from ciam.oauth.authorization.interaction import SignIn
from ciam.oauth.authorization.keeping import handle_of
from ciam.oauth.authorization.request import AuthorizationRequest
from ciam.storage import UnitOfWork


@dataclass(frozen=True, slots=True)
class Begun:
    """A journey that was begun for a request."""

    handle: str
    kind: str

    @property
    def first_step(self) -> Step:
        """What it asks first."""
        return FIRST_STEPS[self.kind]


async def begin_sign_in(
    transaction: UnitOfWork,
    asked: AuthorizationRequest,
    need: SignIn,
    context: BrowserContext,
    *,
    kind: str | None = None,
) -> Begun:
    """Begin the journey that a kept request needs; `kind` when the app says where to begin."""
    chosen = kind or (SIGN_UP if need.create else SIGN_IN)
    handle = await begin(
        transaction,
        kind=chosen,
        requirement=Requirement(
            acr_values=need.acr_values,
            max_age=need.max_age,
            fresh=need.fresh,
            login_hint=need.login_hint,
            create=need.create and kind is None,
        ),
        return_to=resume_path(asked),
        context=context,
        client=asked.client.id,
    )
    return Begun(handle, chosen)


def resume_path(asked: AuthorizationRequest) -> str:
    """Give where a browser lets a kept request go on."""
    return f"/authorize/resume?{urlencode({'request': handle_of(asked)})}"


def consent_path(asked: AuthorizationRequest) -> str:
    """Give the page where a customer decides about a kept request."""
    return f"/consent?{urlencode({'request': handle_of(asked)})}"

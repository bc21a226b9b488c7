"""A request is kept while a person signs in and decides, bound to the browser it began in.

The handle is no secret: it is worth nothing in another browser. What is kept is what the client
sent; it is checked anew each time, so a client changed in between is not served as it was.
"""

from dataclasses import replace

from ciam.errors import PageRefusal
from ciam.identifiers import new_opaque
from ciam.oauth.authorization.request import AuthorizationRequest
from ciam.oauth.authorization.steps import STEPS, Step, check_request
from ciam.oauth.parameters import Parameters
from ciam.oauth.redirect_uris import form_action
from ciam.storage import UnitOfWork
from ciam.storage.stores.authorization_requests import KeptRequest
from ciam.texts import Text


class RequestOver(PageRefusal):
    """A kept request that this browser cannot go on with."""

    def __init__(self, cause: str) -> None:
        """Take the cause; the page says the same for all of them."""
        super().__init__(
            cause,
            code="authorization_request_over",
            text=Text(
                "This sign-in has ended or was finished already. Go back to the app to start again."
            ),
        )


async def keep(
    transaction: UnitOfWork, request: AuthorizationRequest, browser_hash: bytes | None
) -> AuthorizationRequest:
    """Keep a checked request; without a browser the first one that resumes it is bound."""
    if request.kept is not None:
        return request
    lifetime = (await transaction.policies.get()).tokens.authorization_request
    kept = await transaction.authorization_requests.keep(
        new_opaque(),
        browser_hash,
        client=request.client.id,
        parameters=dict(request.parameters.values),
        expires_at=transaction.clock.now() + lifetime,
    )
    return replace(request, kept=kept)


async def load_kept(
    transaction: UnitOfWork,
    handle: str,
    browser_hash: bytes,
    *,
    issuer: str,
    steps: tuple[Step, ...] = STEPS,
    is_answered: bool = False,
) -> AuthorizationRequest:
    """Give a kept request, checked anew; raise PageRefusal when this browser has none such.

    `is_answered`: one that was answered before is given too.
    """
    kept = await transaction.authorization_requests.find(handle, browser_hash)
    if kept is None:
        raise RequestOver("no such request in this browser")
    if kept.answered_at is not None and not is_answered:
        raise RequestOver("the request was answered before")
    if kept.expires_at <= transaction.clock.now():
        raise RequestOver("the request has expired")
    parameters = Parameters(kept.parameters)
    asked = await check_request(transaction, parameters, issuer=issuer, steps=steps)
    return replace(asked, kept=kept)


async def find_form_action(transaction: UnitOfWork, handle: str, browser_hash: bytes) -> str | None:
    """Give what the pages on the way must allow their forms: they end at the client.

    A browser applies `form-action` to the redirects after a form too, so the policy of the sign-in
    page has to name where the last of them leads.
    """
    kept = await transaction.authorization_requests.find(handle, browser_hash)
    uri = "" if kept is None else kept.parameters.get("redirect_uri", "")
    return form_action(uri) if uri else None


async def bind(transaction: UnitOfWork, request: AuthorizationRequest, browser_hash: bytes) -> None:
    """Bind a kept request to the browser that resumes it; raise PageRefusal when it has another."""
    kept = _kept(request)
    if not await transaction.authorization_requests.bind(kept.id, browser_hash):
        raise RequestOver("the request is bound to another browser")


async def claim(transaction: UnitOfWork, request: AuthorizationRequest) -> None:
    """Claim the one answer of a kept request; raise PageRefusal when it was given before."""
    if request.kept is None:
        return
    if not await transaction.authorization_requests.claim(request.kept.id):
        raise RequestOver("the request was answered before")


def handle_of(request: AuthorizationRequest) -> str:
    """Give the handle of a kept request."""
    return _kept(request).handle


def _kept(request: AuthorizationRequest) -> KeptRequest:
    if request.kept is None:
        raise LookupError("the request was not kept")
    return request.kept

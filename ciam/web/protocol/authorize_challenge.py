"""/authorize-challenge: a native app of ours asks for a code without a browser.

OAuth 2.0 for First-Party Applications (draft-ietf-oauth-first-party-apps-04). The request is the
one of /authorize without a redirect URI.
The answer is a code, or 403 `insufficient_authorization` with an `auth_session` and the journey:
what to ask is there, and is answered at the journeys of the API. What needs a page of ours is
`redirect_to_web`. An auth_session is bound to the client, and to a key of the device where the app
proves one (§9.6.1: DPoP); codes to the client and PKCE, not yet to that key (§9.5.1).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from ciam.errors import PageRefusal
from ciam.oauth.auth_session import (
    AuthSession,
    new_auth_session,
    seal_auth_session,
)
from ciam.oauth.authenticate_client import authenticate_client
from ciam.oauth.authorization import keeping
from ciam.oauth.authorization.respond import respond
from ciam.oauth.authorization.response import AuthorizationRefused
from ciam.oauth.authorization.steps import DIRECT_STEPS, check_request
from ciam.oauth.errors import (
    AccessDenied,
    InsufficientAuthorization,
    InvalidSession,
    RedirectToWeb,
)
from ciam.oauth.parameters import Parameters
from ciam.web.own_interface.beginning import Needed, find_needed
from ciam.web.own_interface.device_key import bind_key
from ciam.web.own_interface.document import CHALLENGE_PATH, HOSTED, describe
from ciam.web.own_interface.holder import app_holder, open_sent
from ciam.web.parts import parts
from ciam.web.protocol.read_body import read_body
from ciam.web.protocol.token import NO_STORE

if TYPE_CHECKING:
    from starlette.requests import Request

    from ciam.oauth.authorization.request import AuthorizationRequest
    from ciam.storage import UnitOfWork

_NOT_ASKED: Final = frozenset({"auth_session", "client_secret"})


async def authorize_challenge(request: Request) -> Response:
    """Give a code, or say what has to be asked first."""
    database = parts(request).database
    parameters = await read_body(request)
    app = await _find_app(request, parameters)
    try:
        needed, code = await _decide(request, app, parameters)
    except AuthorizationRefused as refused:
        raise refused.error from refused
    except keeping.RequestOver as over:
        raise InvalidSession(cause=over.cause) from over
    except PageRefusal as refused:
        raise AccessDenied(str(refused.text), cause=refused.cause) from refused
    if code is not None:
        done = seal_auth_session(database, app.going_on(request="", journey=""))
        return JSONResponse({"authorization_code": code, "auth_session": done}, headers=NO_STORE)
    app = app.going_on(request=keeping.handle_of(needed.asked), journey=needed.journey)
    document: dict[str, Any] = {"step": HOSTED}
    if needed.journey:
        document = await describe(request, app_holder(request, app), needed.journey)
    sealed = seal_auth_session(database, app)
    if document["step"] == HOSTED:
        raise RedirectToWeb(auth_session=sealed)
    raise InsufficientAuthorization(auth_session=sealed, journey=document)


async def _decide(
    request: Request, app: AuthSession, parameters: dict[str, str]
) -> tuple[Needed, str | None]:
    """Give what is needed, and the code when nothing is."""
    found = parts(request)
    wanted = Parameters(
        {name: value for name, value in parameters.items() if name not in _NOT_ASKED}
    )
    async with found.database.write() as transaction:
        asked = await _find_request(transaction, app, wanted, found.settings.issuer)
        before = "" if asked.kept is None else app.journey
        holder = app_holder(request, app)
        needed = await find_needed(transaction, holder, asked, before=before)
        if not needed.is_answerable or needed.session is None:
            return needed, None
        answer = await respond(transaction, needed.asked, needed.session)
        return needed, answer.parameters["code"]


async def _find_app(request: Request, parameters: dict[str, str]) -> AuthSession:
    """Authenticate the client, and give what it holds (§5.1); a new one when it holds nothing."""
    found, header = parts(request), request.headers.get("authorization")
    sent, app = parameters.get("auth_session"), None
    if sent is not None:
        app = await open_sent(request, sent)
        if header is None:
            parameters.setdefault("client_id", app.client_id)
    async with found.database.read() as transaction:
        client = await authenticate_client(transaction, header, parameters)
    if app is not None and app.client_id != client.client_id:
        raise InvalidSession(cause="the auth_session of another client")
    parameters["client_id"] = client.client_id
    return await bind_key(request, app or new_auth_session(client.client_id))


async def _find_request(
    transaction: UnitOfWork, app: AuthSession, parameters: Parameters, issuer: str
) -> AuthorizationRequest:
    """Give the request under way, when nothing else is asked for now; else a new one, checked."""
    if app.request:
        try:
            kept = await keeping.load_kept(
                transaction, app.request, app.browser_hash, issuer=issuer, steps=DIRECT_STEPS
            )
        except PageRefusal:
            kept = None
        if kept is not None and parameters.values.items() <= kept.parameters.values.items():
            return kept
        if kept is None and parameters.values.keys() <= {"client_id", "response_type"}:
            raise InvalidSession(cause="the request was answered before, or is too old")
    return await check_request(transaction, parameters, issuer=issuer, steps=DIRECT_STEPS)


routes = [Route(CHALLENGE_PATH, authorize_challenge, methods=["POST"])]

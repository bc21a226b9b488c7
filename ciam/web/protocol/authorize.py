"""/authorize: from a client's request to its code, over the pages that are needed in between.

    GET  /authorize          check; answer at once, or keep the request and go to a page
    POST /authorize          check, keep, and go on with a GET: a form of another site brings no
                             cookie of ours along (SameSite=Lax), so nobody is signed in on a POST
    GET  /authorize/resume   the pages come back here, until nothing more is needed

`oauth` says what must be proven, `authentication` how; `web/needed_sign_in.py` joins the two.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from ciam.oauth.authorization import keeping
from ciam.oauth.authorization.interaction import Answer, Decide, SignIn, find_need
from ciam.oauth.authorization.respond import note_refusal, respond, respond_again
from ciam.oauth.authorization.response import AuthorizationRefused, AuthorizationResponse
from ciam.oauth.authorization.steps import check_request
from ciam.web.authorization_response import send_authorization_response
from ciam.web.browser import browser_context, language_of, remember_language
from ciam.web.dependencies import current_session
from ciam.web.needed_sign_in import begin_answer, begin_sign_in, consent_path, resume_path
from ciam.web.parts import parts
from ciam.web.protocol.parameters import read_browser_parameters

if TYPE_CHECKING:
    from starlette.requests import Request

    from ciam.oauth.authorization.request import AuthorizationRequest
    from ciam.storage import UnitOfWork

    Next = AuthorizationResponse | str
    """The answer for the client, or the path of one of our pages."""


async def authorize(request: Request) -> Response:
    """Take an authorization request of a client (RFC 6749 §4.1.1, OIDC Core §3.1.2.1)."""
    found = parts(request)
    parameters = await read_browser_parameters(request)
    async with found.database.read() as transaction:
        asked = await check_request(transaction, parameters, issuer=found.settings.issuer)
    going: Next
    async with found.database.write() as transaction:
        if request.method == "POST":
            going = resume_path(await keeping.keep(transaction, asked, None))
        else:
            going = await _go_on(request, transaction, asked)
    if parameters.get("ui_locales") is not None:
        remember_language(request, language_of(request))
    return await _send(request, going)


async def resume(request: Request) -> Response:
    """Go on with a kept request of this browser."""
    found = parts(request)
    handle, browser = request.query_params.get("request", ""), browser_context(request)
    async with found.database.write() as transaction:
        asked = await keeping.load_kept(
            transaction,
            handle,
            browser.browser_hash,
            issuer=found.settings.issuer,
            is_answered=True,
        )
        going: Next
        if asked.kept is not None and asked.kept.answered_at is not None:
            session = await current_session(request, transaction)
            going = await respond_again(transaction, asked, session)
        else:
            await keeping.bind(transaction, asked, browser.browser_hash)
            going = await _go_on(request, transaction, asked)
    return await _send(request, going)


async def _go_on(request: Request, transaction: UnitOfWork, asked: AuthorizationRequest) -> Next:
    """Give the answer for the client, or the path of the page that is needed first."""
    session = await current_session(request, transaction)
    try:
        need = await find_need(transaction, asked, session)
        if need is None and session is not None:
            return await respond(transaction, asked, session)
    except AuthorizationRefused as refused:
        note_refusal(transaction, asked, refused.error.code)
        raise
    kept = await keeping.keep(transaction, asked, browser_context(request).browser_hash)
    if isinstance(need, Decide):
        return consent_path(kept)
    if isinstance(need, Answer) and session is not None:
        return (await begin_answer(transaction, kept, browser_context(request), session)).path
    assert isinstance(need, SignIn)  # noqa: S101 - without a session there is a need
    begun = await begin_sign_in(transaction, kept, need, browser_context(request), session)
    return begun.path


async def _send(request: Request, going: Next) -> Response:
    """Answer after the commit: 303, so that a browser that came by POST goes on with a GET."""
    if isinstance(going, str):
        return RedirectResponse(going, status_code=303)
    return await send_authorization_response(request, going)


routes = [
    Route("/authorize", authorize, methods=["GET", "POST"]),
    Route("/authorize/resume", resume, methods=["GET"]),
]

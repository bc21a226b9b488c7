"""/end-session: logout begun by a client (OpenID Connect RP-Initiated Logout 1.0 §2).

    GET   sign out at once when the client showed an ID token of this session; else ask
    POST  of our own page: the customer agreed. Of another site: no cookie of ours came along, so
          what it says is checked, signed, and read again by a GET

An ID token that was posted stays out of the address: the signed note names it by its content.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Final
from urllib.parse import urlencode
from uuid import UUID

from itsdangerous import BadSignature, URLSafeTimedSerializer
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from ciam.oauth.id_token_hint import IdTokenHint
from ciam.oauth.logout import REASON, LogoutRefused, LogoutRequest, check_logout, is_about
from ciam.oauth.redirect_uris import form_action
from ciam.sessions.session import end_session as end
from ciam.web.browser import language_of, remember_language
from ciam.web.cookies import SESSION, clear_cookie
from ciam.web.csrf import FIELD, check_csrf
from ciam.web.dependencies import current_session
from ciam.web.parts import parts
from ciam.web.protocol.parameters import read_browser_parameters
from ciam.web.rendering import render_page

if TYPE_CHECKING:
    from starlette.requests import Request

    from ciam.oauth.parameters import Parameters
    from ciam.storage import UnitOfWork

_NOTE: Final = "logout"
_NOTE_SECONDS: Final = 3600


async def end_session(request: Request) -> Response:
    """Sign out, or ask first, or carry a posted request over to a GET."""
    parameters = await read_browser_parameters(request)
    token = parameters.get(FIELD)
    if request.method == "POST" and token is None:
        return await _carry_over(request, parameters)
    is_confirmed = token is not None and request.method == "POST"
    if is_confirmed:
        check_csrf(request, token or "")
    found = parts(request)
    async with found.database.write() as transaction:
        asked = await _check(request, transaction, parameters)
        session = await current_session(request, transaction)
        is_asking = session is not None and not (
            is_confirmed or await is_about(transaction, asked, session)
        )
        if session is not None and not is_asking:
            await end(transaction, session, REASON)
    if parameters.get("ui_locales") is not None:
        remember_language(request, language_of(request))
    if is_asking:
        return await _ask(request, asked)
    clear_cookie(request, SESSION)
    return await _signed_out(request, asked)


async def _check(
    request: Request, transaction: UnitOfWork, parameters: Parameters
) -> LogoutRequest:
    """Check the parameters themselves, or take what a note says was checked before."""
    note = parameters.get(_NOTE)
    if note is None:
        issuer = parts(request).settings.issuer
        return await check_logout(transaction, parameters, issuer=issuer)
    try:
        content = _serializer(request).loads(note, max_age=_NOTE_SECONDS)
    except BadSignature as error:
        raise LogoutRefused("the note is not ours or too old") from error
    client = content["client_id"] and await transaction.clients.find(content["client_id"])
    hint = content["hint"] and IdTokenHint(
        content["hint"]["client_id"],
        UUID(content["hint"]["customer"]),
        content["hint"]["sid"],
    )
    return LogoutRequest(
        client or None, hint or None, content["post_logout_redirect_uri"], content["state"]
    )


async def _carry_over(request: Request, parameters: Parameters) -> Response:
    async with parts(request).database.read() as transaction:
        asked = await check_logout(transaction, parameters, issuer=parts(request).settings.issuer)
    query = {_NOTE: _write_note(request, asked)}
    if (locales := parameters.get("ui_locales")) is not None:
        query["ui_locales"] = locales
    return RedirectResponse(f"/end-session?{urlencode(query)}", status_code=303)


async def _ask(request: Request, asked: LogoutRequest) -> Response:
    uri = asked.post_logout_redirect_uri
    language = language_of(request)
    return await render_page(
        request,
        "sign_out",
        brand=asked.client.brand if asked.client else None,
        form_action=[] if uri is None else [form_action(uri)],
        action="/end-session",
        fields={_NOTE: _write_note(request, asked)},
        client_name=asked.client.name_in(language) if asked.client else None,
        customer_label=None,
        stay_href="/account",
    )


async def _signed_out(request: Request, asked: LogoutRequest) -> Response:
    if asked.location is not None:
        return Response(status_code=303, headers={"Location": asked.location})
    return await render_page(
        request,
        "signed_out",
        brand=asked.client.brand if asked.client else None,
        client_name=asked.client.name_in(language_of(request)) if asked.client else None,
        continue_href=asked.client.client_uri if asked.client else None,
        sign_in_href="/sign-in",
    )


def _write_note(request: Request, asked: LogoutRequest) -> str:
    hint = asked.hint and {**asdict(asked.hint), "customer": asked.hint.customer.hex}
    return _serializer(request).dumps(
        {
            "client_id": asked.client.client_id if asked.client else None,
            "hint": hint,
            "post_logout_redirect_uri": asked.post_logout_redirect_uri,
            "state": asked.state,
        }
    )


def _serializer(request: Request) -> URLSafeTimedSerializer:
    secrets = parts(request).database.keys.cookie.secrets
    return URLSafeTimedSerializer(secrets, salt="end-session")


routes = [Route("/end-session", end_session, methods=["GET", "POST"])]

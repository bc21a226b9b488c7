"""The one place that turns an error into an answer: a page, OAuth JSON or a problem document.

Which of the three is told by the route: people get pages, protocol endpoints the JSON of their
specification, the API a problem (RFC 9457). No answer carries a cause, a trace or what was sent.
"""

from math import ceil
from typing import Any, Final

import structlog
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ciam.errors import (
    ApiRefusal,
    CiamError,
    FormRefused,
    PageRefusal,
    Refusal,
    SignInRefused,
    TooManyAttempts,
    Unavailable,
)
from ciam.oauth.authorization.response import AuthorizationRefused
from ciam.oauth.errors import OAuthError
from ciam.oauth.resources import RESOURCE_METADATA
from ciam.texts import Text
from ciam.web.authorization_response import send_authorization_response
from ciam.web.browser import language_of
from ciam.web.headers import request_id
from ciam.web.parts import parts
from ciam.web.rendering import LAST_KNOWN, render_page

log = structlog.get_logger("ciam.errors")

PROTOCOL_PATHS: Final = frozenset(
    {"/token", "/introspect", "/revoke", "/userinfo", "/jwks.json", "/authorize-challenge"}
)
_SERVER_ERROR: Final = 500

_APP_IS_WRONG: Final = (
    Text("The app sent a request that we cannot follow"),
    Text(
        "Please go back to the app and try again. If it happens again, tell the people"
        " who run the app, with the number below."
    ),
)
_BUSY: Final = (
    Text("We are very busy right now"),
    Text("Nothing was lost. Please try again in a few seconds."),
)
_NOT_FOUND: Final = (
    Text("Page not found"),
    Text("The address may be mistyped, or the page has moved."),
)
_OUR_FAULT: Final = (
    Text("Something went wrong on our side"),
    Text("Please try again. If it happens again, tell us the number below."),
)
_OF_STATUS: Final = {
    401: Text("The access token is missing, has ended, or is not for this."),
    403: Text("The access token does not allow this."),
    404: Text("There is nothing here."),
    405: Text("This cannot be done here."),
    413: Text("The request is too large."),
}
_NOT_ACCEPTED: Final = (
    Text("This request could not be accepted"),
    Text("Please go back and try again."),
)


class UnexpectedErrors:
    """Answers what no handler expected, inside the middleware that adds the security headers."""

    def __init__(self, app: ASGIApp) -> None:
        """Wrap an application."""
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request; whatever is raised becomes a page or document without a trace."""
        has_started = False

        async def noted(message: Message) -> None:
            nonlocal has_started
            has_started = True
            await send(message)

        try:
            await self.app(scope, receive, noted)
        except Exception as error:
            if scope["type"] != "http" or has_started:
                raise
            response = await answer_error(Request(scope, receive), error)
            await response(scope, receive, send)


async def answer_error(request: Request, error: Exception) -> Response:
    """Answer any error that a handler let pass."""
    status = _status_of(error)
    _log(request, error, status)
    path = request.url.path
    if isinstance(error, AuthorizationRefused):
        return await send_authorization_response(request, error.response)
    if path in PROTOCOL_PATHS or path.startswith("/.well-known/"):
        response = _oauth_answer(error, status)
    elif path.startswith("/api/"):
        response = _problem(request, error, status)
    else:
        response = await _page(request, error, status)
    retry_after = getattr(error, "retry_after", None)
    if retry_after is not None:
        response.headers["Retry-After"] = str(max(1, ceil(retry_after.total_seconds())))
    if isinstance(error, HTTPException) and error.headers:
        response.headers.update(error.headers)
    return response


def _status_of(error: Exception) -> int:
    if isinstance(error, Refusal):
        return error.status
    if isinstance(error, HTTPException):
        return error.status_code
    return 503 if isinstance(error, Unavailable) else _SERVER_ERROR


def _log(request: Request, error: Exception, status: int) -> None:
    cause = error.cause if isinstance(error, CiamError) else ""
    fields = {"path": request.url.path, "status": status, "request_id": request_id(request)}
    if status >= _SERVER_ERROR:
        unexpected = not isinstance(error, CiamError)
        log.error(
            type(error).__name__, cause=cause, exc_info=error if unexpected else None, **fields
        )
    elif not isinstance(error, HTTPException):
        log.info(type(error).__name__, cause=cause, **fields)


def _oauth_answer(error: Exception, status: int) -> Response:
    if isinstance(error, OAuthError):
        return JSONResponse(error.to_json(), status, headers=error.headers())
    names = {400: "invalid_request", 413: "invalid_request", 429: "slow_down"}
    name = names.get(status, "server_error" if status >= _SERVER_ERROR else "invalid_request")
    if status == 503:  # noqa: PLR2004 - HTTP status
        name = "temporarily_unavailable"
    return JSONResponse({"error": name}, status)


def _problem(request: Request, error: Exception, status: int) -> Response:
    """Give a problem document in the caller's language (RFC 9457 §3)."""
    language = language_of(request)
    say = parts(request).renderer.say
    document: dict[str, Any] = {
        "type": f"urn:ciam:problem:{error.code if isinstance(error, Refusal) else 'error'}",
        "title": say(_title(error, status), language),
        "status": status,
        "instance": f"urn:ciam:request:{request_id(request)}",
    }
    faults = _faults(error)
    if isinstance(error, ApiRefusal):
        document |= error.members
    if isinstance(error, OAuthError) and error.description:
        document["detail"] = error.description
    if faults:
        document["errors"] = [
            {"pointer": pointer, "detail": say(text, language)} for pointer, text in faults.items()
        ]
    headers = {"Content-Language": language}
    if isinstance(error, OAuthError):
        headers |= error.headers()
        if "WWW-Authenticate" in headers:
            where = parts(request).settings.issuer + RESOURCE_METADATA
            headers["WWW-Authenticate"] += f', resource_metadata="{where}"'
    return JSONResponse(document, status, headers, media_type="application/problem+json")


def _title(error: Exception, status: int) -> Text:
    match error:
        case ApiRefusal():
            return error.title
        case TooManyAttempts() | SignInRefused() | PageRefusal():
            return error.text
        case FormRefused(alert=Text() as alert):
            return alert
        case FormRefused():
            return Text("Some values do not fit.")
        case Unavailable():
            return _BUSY[1]
    return _OF_STATUS.get(status) or (
        _OUR_FAULT[0] if status >= _SERVER_ERROR else Text("The request was refused.")
    )


def _faults(error: Exception) -> dict[str, Text]:
    if isinstance(error, ApiRefusal):
        return error.faults
    if isinstance(error, FormRefused):
        return {f"#/{name}": text for name, text in error.errors.items()}
    return {}


async def _page(request: Request, error: Exception, status: int) -> Response:
    title, detail = _words(error, status)
    is_console = request.url.path.startswith("/admin")
    try:
        return await render_page(
            request,
            "error",
            status=status,
            brand=LAST_KNOWN if isinstance(error, Unavailable) else None,
            title=title,
            detail=detail,
            request_id=request_id(request),
            way_on_href="/admin" if is_console else "/account",
            way_on_label=Text("Go to the console") if is_console else Text("Go to your account"),
            client_name=None,
        )
    except CiamError:  # the database is away: the page does without its brand
        return Response(f"{title}\n{detail}\n{request_id(request)}\n", status)


def _words(error: Exception, status: int) -> tuple[Text, Text]:
    match error:
        case PageRefusal():
            words = error.title, error.text
        case TooManyAttempts():
            words = Text("Too many attempts"), error.text
        case SignInRefused():
            words = Text("Sign-in did not work"), error.text
        case FormRefused(alert=Text() as alert):
            words = Text("This form could not be accepted"), alert
        case OAuthError():
            words = _APP_IS_WRONG
        case Unavailable():
            words = _BUSY
        case _ if status == 404:  # noqa: PLR2004 - HTTP status
            words = _NOT_FOUND
        case _:
            words = _OUR_FAULT if status >= _SERVER_ERROR else _NOT_ACCEPTED
    return words

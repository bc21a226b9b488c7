"""Response headers: security headers on every answer, queued cookies, a request id.

Pure ASGI, because a `BaseHTTPMiddleware` costs as much as the cheapest endpoints themselves.
"""

from collections.abc import Iterable
from typing import Final

from starlette.datastructures import MutableHeaders
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ciam.identifiers import new_opaque
from ciam.web.cookies import queued_cookies

_CACHE_CONTROL: Final = "no-store"


class ResponseHeaders:
    """Adds what every answer carries; a route may set stricter or longer-lived values itself."""

    def __init__(self, app: ASGIApp, *, is_https: bool) -> None:
        """Wrap an application; HSTS only where the issuer is https (RFC 6797 §7.2)."""
        self.app = app
        self.lasting = lasting_headers(is_https)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, adding the headers to the start of the response."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        state = scope.setdefault("state", {})
        state["request_id"] = new_opaque(9)

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                self._add(MutableHeaders(scope=message), state)
            await send(message)

        await self.app(scope, receive, send_with_headers)

    def _add(self, headers: MutableHeaders, state: dict[str, object]) -> None:
        headers["X-Request-Id"] = str(state["request_id"])
        headers.setdefault("Cache-Control", _CACHE_CONTROL)
        for name, value in self.lasting.items():
            headers.setdefault(name, value)
        if headers.get("content-type", "").startswith("text/html"):
            headers.setdefault("Content-Security-Policy", _policy(state))
            headers["X-Frame-Options"] = "DENY"
            headers["Cross-Origin-Opener-Policy"] = "same-origin"
            headers["Permissions-Policy"] = "camera=(), geolocation=(), microphone=()"
        added = state.get("headers")
        for name, value in added.items() if isinstance(added, dict) else ():
            headers[name] = value
        for cookie in queued_cookies(state):
            headers.append("Set-Cookie", cookie)


def lasting_headers(is_https: bool) -> dict[str, str]:  # noqa: FBT001 - a fact of the installation
    """Give what every answer of this installation carries."""
    always = {"X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer"}
    if is_https:
        always["Strict-Transport-Security"] = "max-age=63072000; includeSubDomains"
    return always


def request_id(request: HTTPConnection) -> str:
    """Give the id that this answer and its log lines share."""
    found: str = request.scope["state"]["request_id"]
    return found


def add_header(request: HTTPConnection, name: str, value: str) -> None:
    """Have the answer carry a header, whether it will be a success or a refusal."""
    request.scope["state"].setdefault("headers", {})[name] = value


def page_nonce(request: HTTPConnection) -> str:
    """Give the nonce of this answer's own style elements (CSP Level 3 §2.3.1)."""
    nonce: str = request.scope["state"].setdefault("nonce", new_opaque())
    return nonce


def allow_form_action(request: HTTPConnection, origins: Iterable[str]) -> None:
    """Let forms of this page end at these origins, which the caller has validated."""
    request.scope["state"].setdefault("form_action", []).extend(origins)


def _policy(state: dict[str, object]) -> str:
    nonce = state.get("nonce")
    style = "'self'" if nonce is None else f"'self' 'nonce-{nonce}'"
    listed = state.get("form_action", ())
    targets = " ".join(["'self'", *(listed if isinstance(listed, list) else ())])
    return "; ".join(
        (
            "default-src 'none'",
            "script-src 'self'",
            f"style-src {style}",
            "img-src 'self' data:",
            "font-src 'self'",
            "connect-src 'self'",
            f"form-action {targets}",
            "frame-ancestors 'none'",
            "base-uri 'none'",
        )
    )

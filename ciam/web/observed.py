"""What is seen of every request: a measurement, a span, and in the debug log a line.

All are named by the route, never by what a stranger typed into an address. The line is method,
path without its query, status, duration and request id: people paste anything into a query, and
addresses and user agents are personal data that belong in the sealed session.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import structlog
from starlette.routing import Mount

from ciam import telemetry
from ciam.clock import monotonic
from ciam.metrics import REQUESTS

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

log = structlog.get_logger("ciam.access")

UNKNOWN: Final = "(unknown)"
_METHODS: Final = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}
_NOT_FOUND: Final = 404
_SERVER_ERROR: Final = 500


class Observed:
    """Watches the answers of an application."""

    def __init__(self, app: ASGIApp, *, writes_lines: bool) -> None:
        """Wrap an application; `writes_lines`: whether each request has a line in the log."""
        self.app = app
        self.writes_lines = writes_lines

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request and note how it went."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        started, status = monotonic(), _SERVER_ERROR
        method = scope["method"] if scope["method"] in _METHODS else "(other)"

        async def note_status(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        with telemetry.answering(method, scope["headers"]) as span:
            try:
                await self.app(scope, receive, note_status)
            finally:
                seconds, route = monotonic() - started, route_of(scope)
                REQUESTS.labels(method, route, str(status)).observe(seconds)
                if telemetry.is_on():
                    _describe(span, scope, method, route, status)
                if self.writes_lines:
                    _write_line(scope, status, seconds)


def route_of(scope: Scope) -> str:
    """Give the route that answered, with what it is mounted below; a mount alone is none."""
    route = scope.get("route")
    if route is None or isinstance(route, Mount):
        return UNKNOWN
    return f"{scope.get('root_path', '')}{getattr(route, 'path', UNKNOWN)}"


def _describe(span: telemetry.Span, scope: Scope, method: str, route: str, status: int) -> None:
    span.rename(f"{method} {route}")
    facts: dict[str, str | int] = {
        "http.request.method": method,
        "http.route": route,
        "http.response.status_code": status,
    }
    if "request_id" in scope.get("state", {}):
        facts["ciam.request_id"] = scope["state"]["request_id"]
    span.note(facts)
    if status >= _SERVER_ERROR:
        span.fail(str(status))


def _write_line(scope: Scope, status: int, seconds: float) -> None:
    log.debug(
        "request",
        method=scope["method"],
        path=scope["path"] if status != _NOT_FOUND else UNKNOWN,
        status=status,
        milliseconds=round(seconds * 1000, 1),
        request_id=scope.get("state", {}).get("request_id"),
    )

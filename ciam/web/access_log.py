"""One line for each request: method, path without its query, status, duration, request id.

The query is left out because people paste anything into one; addresses and user agents are personal
data and belong in the sealed session, not here.
"""

import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ciam.clock import monotonic

log = structlog.get_logger("ciam.access")


class AccessLog:
    """Writes the line when the answer is complete."""

    def __init__(self, app: ASGIApp) -> None:
        """Wrap an application."""
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request and write its line."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        started, status = monotonic(), 500

        async def note_status(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self.app(scope, receive, note_status)
        finally:
            log.debug(
                "request",
                method=scope["method"],
                path=scope["path"] if status != 404 else "(unknown)",  # noqa: PLR2004 - HTTP status
                status=status,
                milliseconds=round((monotonic() - started) * 1000, 1),
                request_id=scope.get("state", {}).get("request_id"),
            )

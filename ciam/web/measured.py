"""Measure every answer by its route: what a stranger typed into an address is never a label."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ciam.clock import monotonic
from ciam.metrics import REQUESTS

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

_METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}


class Measured:
    """Times the answers of an application."""

    def __init__(self, app: ASGIApp) -> None:
        """Wrap an application."""
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request and note how long it took."""
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
            route = getattr(scope.get("route"), "path", "(unknown)")
            method = scope["method"] if scope["method"] in _METHODS else "(other)"
            REQUESTS.labels(method, route, str(status)).observe(monotonic() - started)

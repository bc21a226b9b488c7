"""No request body grows beyond a bound, whatever its Content-Length says (RFC 9110 §15.5.14)."""

from typing import Final

from starlette.exceptions import HTTPException
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

MAX_BODY_BYTES: Final = 1024 * 1024


class _TooLarge(Exception):
    """The body ran over the bound while it was read."""


class BodyLimit:
    """Answers 413 to a body that is larger than any endpoint of ours needs."""

    def __init__(self, app: ASGIApp) -> None:
        """Wrap an application."""
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, counting what is received."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = dict(scope["headers"])
        declared = headers.get(b"content-length", b"0")
        if not declared.isdigit() or int(declared) > MAX_BODY_BYTES:
            await _refuse(scope, receive, send)
        elif b"transfer-encoding" in headers:
            await self._count(scope, receive, send)
        else:  # the server itself holds a body to its declared length
            await self.app(scope, receive, send)

    async def _count(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request whose body has no declared length, counting what comes."""
        received, has_started = 0, False

        async def counted() -> Message:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            if received > MAX_BODY_BYTES:
                raise _TooLarge
            return message

        async def noted(message: Message) -> None:
            nonlocal has_started
            has_started = True
            await send(message)

        try:
            await self.app(scope, counted, noted)
        except _TooLarge:
            if not has_started:
                await _refuse(scope, receive, send)


async def _refuse(scope: Scope, receive: Receive, send: Send) -> None:
    if scope["path"].startswith("/api/"):  # answered by a problem document, as all of the API
        raise HTTPException(413)
    await PlainTextResponse("The request is too large.\n", 413)(scope, receive, send)

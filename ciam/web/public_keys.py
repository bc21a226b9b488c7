"""/jwks.json answered before anything else looks at the request: the most asked, the most alike.

Every relying app and every API asks for it, and the answer is the same bytes for all. A request
that is not exactly the usual one goes the usual way, and so does one that fails here.
"""

from typing import Final
from urllib.parse import urlsplit

from starlette.types import ASGIApp, Receive, Scope, Send

from ciam.errors import CiamError
from ciam.identifiers import new_opaque
from ciam.web.headers import lasting_headers
from ciam.web.parts import Parts
from ciam.web.protocol import jwks
from ciam.web.protocol.kept_keys import key_set

_PATH: Final = "/jwks.json"


class PublicKeys:
    """Answers the usual request for the keys; hands on every other."""

    def __init__(self, app: ASGIApp, *, issuer: str, is_https: bool) -> None:
        """Wrap an application; the host is the issuer's, as `KnownHost` has it."""
        self.app = app
        self.host = urlsplit(issuer).netloc.lower().encode()
        always = {**jwks.HEADERS, "Content-Type": jwks.MEDIA_TYPE, **lasting_headers(is_https)}
        self.headers = [(name.lower().encode(), value.encode()) for name, value in always.items()]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope.get("path") != _PATH or not self._is_usual(scope):
            await self.app(scope, receive, send)
            return
        scope["route"] = jwks.ROUTE
        parts: Parts = scope["app"].state.parts
        try:
            content = await key_set(parts.database)
        except CiamError:
            await self.app(scope, receive, send)  # which says what is wrong
            return
        headers = [
            *self.headers,
            (b"content-length", str(len(content)).encode()),
            (b"x-request-id", new_opaque(9).encode()),
        ]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": content})

    def _is_usual(self, scope: Scope) -> bool:
        hosts = [value for name, value in scope["headers"] if name == b"host"]
        return scope["type"] == "http" and scope["method"] == "GET" and hosts == [self.host]

"""Only our own host is answered: links, mails and the issuer never follow a Host header (A-17)."""

from urllib.parse import urlsplit

from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from ciam.settings import is_loopback

_HEALTH_PATHS = frozenset({"/livez", "/readyz"})


class KnownHost:
    """Answers 421 (RFC 9110 §15.5.20) to a host that is not the issuer's.

    On loopback any loopback name is let through; health checks come with any host.
    """

    def __init__(self, app: ASGIApp, *, issuer: str) -> None:
        """Wrap an application; `issuer` is the one origin we answer for."""
        self.app = app
        parts = urlsplit(issuer)
        self.host = parts.netloc.lower()
        self.is_local = is_loopback(parts.hostname or "")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request for our host, refuse any other."""
        if scope["type"] != "http" or scope["path"] in _HEALTH_PATHS or self._is_ours(scope):
            await self.app(scope, receive, send)
            return
        await PlainTextResponse("This is not that host.\n", 421)(scope, receive, send)

    def _is_ours(self, scope: Scope) -> bool:
        hosts = [
            value.decode("latin-1").lower() for name, value in scope["headers"] if name == b"host"
        ]
        if len(hosts) != 1:
            return False
        if hosts[0] == self.host:
            return True
        return self.is_local and is_loopback(urlsplit(f"//{hosts[0]}").hostname or "-")

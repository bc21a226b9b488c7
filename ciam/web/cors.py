"""Cross-origin requests of scripts: only from origins that an app is registered with (Fetch §3.2).

An origin counts when it is listed in `allowed_origins` of a client, or is that of a redirect URI of
a public web client, which is a script by nature. No cookie is allowed along: the pages are not open
to other sites, only what is proven by a token or a client's own credentials. The one exception are
the journeys, for apps of ours with screens of their own (`own_interface`): these are held by a
cookie, which on another site's page browsers do not send anyway.
"""

from typing import Final
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import HTTPConnection
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ciam.storage import UnitOfWork
from ciam.storage.stores.clients import Client
from ciam.web.parts import parts

_PATHS: Final = frozenset({"/token", "/revoke", "/userinfo"})
_API: Final = "/api/"
JOURNEYS: Final = "/api/v1/journeys"
_ADMIN_API: Final = "/api/admin/"
"""No page of a browser calls it: operators have the console."""
_PUBLIC: Final = ("/.well-known/", "/jwks")
_METHODS: Final = "GET, POST, PUT, PATCH, DELETE"
_REQUEST_HEADERS: Final = (
    "Authorization, Content-Type, Accept-Language, Idempotency-Key, If-Match, If-None-Match"
)
_EXPOSED: Final = (
    "WWW-Authenticate, ETag, Location, Retry-After, RateLimit, RateLimit-Policy, X-Request-Id"
)
_PREFLIGHT_SECONDS: Final = "600"


class CrossOrigin:
    """Answers preflights, and lets scripts of registered origins read the answers."""

    def __init__(self, app: ASGIApp) -> None:
        """Wrap an application."""
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request; without an Origin, or beyond these paths, nothing changes."""
        headers = Headers(scope=scope) if scope["type"] == "http" else Headers()
        origin = headers.get("origin")
        if origin is None or not _is_open(scope["path"]):
            await self.app(scope, receive, send)
            return
        allowed = await _allowed_origin(scope, origin)
        if scope["method"] == "OPTIONS" and "access-control-request-method" in headers:
            answer = Response(status_code=204, headers=_preflight(scope, allowed))
            await answer(scope, receive, send)
            return

        async def send_with_origin(message: Message) -> None:
            if message["type"] == "http.response.start":
                added = MutableHeaders(scope=message)
                added.add_vary_header("Origin")
                if allowed is not None:
                    added.setdefault("Access-Control-Allow-Origin", allowed)
                    added["Access-Control-Expose-Headers"] = _EXPOSED
                    added.update(_with_cookies(scope, allowed))
            await send(message)

        await self.app(scope, receive, send_with_origin)


def origins_of(client: Client) -> frozenset[str]:
    """Give the origins whose scripts may speak for a client."""
    listed = set(client.allowed_origins).difference(client.app_origins)
    if client.is_public and client.application_type == "web":
        listed |= {_origin(uri) for uri in client.redirect_uris}
    return frozenset(listed)


async def list_origins(transaction: UnitOfWork, *, own_interface: bool = False) -> frozenset[str]:
    """Give the origins of all clients, from the cache while no client changes.

    `own_interface`: only of apps with screens of their own.
    """

    async def load() -> frozenset[str]:
        clients = await transaction.clients.list_all()
        return frozenset[str]().union(
            *(
                origins_of(client)
                for client in clients
                if client.disabled_at is None and (client.own_interface or not own_interface)
            )
        )

    return await transaction.cached(("origins", own_interface), load)


async def _allowed_origin(scope: Scope, origin: str) -> str | None:
    if scope["path"].startswith(_PUBLIC):
        return "*"
    async with parts(HTTPConnection(scope)).database.read() as transaction:
        listed = await list_origins(transaction, own_interface=_is_journey(scope["path"]))
    return origin if origin in listed else None


def _is_journey(path: str) -> bool:
    return path == JOURNEYS or path.startswith(f"{JOURNEYS}/")


def _with_cookies(scope: Scope, allowed: str | None) -> dict[str, str]:
    """Let the cookie along where it holds a journey (Fetch §3.2.5)."""
    if allowed is None or not _is_journey(scope["path"]):
        return {}
    return {"Access-Control-Allow-Credentials": "true"}


def _is_open(path: str) -> bool:
    is_console = path.startswith(_ADMIN_API)
    return not is_console and (path in _PATHS or path.startswith((_API, *_PUBLIC)))


def _preflight(scope: Scope, allowed: str | None) -> dict[str, str]:
    headers = {"Vary": "Origin", "Cache-Control": "no-store"}
    if allowed is None:
        return headers
    return headers | {
        **_with_cookies(scope, allowed),
        "Access-Control-Allow-Origin": allowed,
        "Access-Control-Allow-Methods": _METHODS,
        "Access-Control-Allow-Headers": _REQUEST_HEADERS,
        "Access-Control-Max-Age": _PREFLIGHT_SECONDS,
    }


def _origin(uri: str) -> str:
    """Give the origin of an address as a browser writes it (RFC 6454 §6.2)."""
    found = urlsplit(uri)
    standard = {"https": 443, "http": 80}.get(found.scheme)
    port = "" if found.port in {None, standard} else f":{found.port}"
    host = found.hostname or ""
    return f"{found.scheme}://{f'[{host}]' if ':' in host else host}{port}"

"""/.well-known/webauthn: whose pages may use our passkeys (Web Authentication Level 3 §5.11).

A browser asks here when a page on another host names us as relying party: apps of ours with screens
of their own. It asks at the host alone, on port 443. Whether an answer counts is decided where the
journey is held.
"""

from typing import Final

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from ciam.web.cors import list_origins
from ciam.web.parts import parts

PATH: Final = "/.well-known/webauthn"
_HEADERS: Final = {"Cache-Control": "public, max-age=300"}


async def related_origins(request: Request) -> Response:
    """Give the origins of apps with screens of their own."""
    async with parts(request).database.read() as transaction:
        listed = await list_origins(transaction, own_interface=True)
    return JSONResponse({"origins": sorted(listed)}, headers=_HEADERS)


routes = [Route(PATH, related_origins, methods=["GET"])]

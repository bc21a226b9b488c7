"""Metadata documents: OpenID Connect Discovery 1.0 §4 and RFC 8414 §3, both the same.

Public and cacheable, also for scripts of other origins: single-page apps read them.
"""

from typing import Final

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from ciam.oauth.metadata import make_metadata
from ciam.web.parts import parts

HEADERS: Final = {"Cache-Control": "public, max-age=3600", "Access-Control-Allow-Origin": "*"}


async def discovery(request: Request) -> Response:
    """Say what this server can do."""
    found = parts(request)
    metadata = make_metadata(found.settings.issuer, tuple(found.renderer.languages))
    return JSONResponse(metadata, headers=HEADERS)


routes = [
    Route("/.well-known/openid-configuration", discovery),
    Route("/.well-known/oauth-authorization-server", discovery),
]

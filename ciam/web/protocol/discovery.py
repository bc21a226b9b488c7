"""Metadata documents: OpenID Connect Discovery 1.0 §4 and RFC 8414 §3, both the same.

Public and cacheable, also for scripts of other origins: single-page apps read them.
"""

from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ciam.oauth.metadata import make_metadata
from ciam.web.parts import parts
from ciam.web.protocol.kept_documents import answer_kept

HEADERS: Final = {"Cache-Control": "public, max-age=3600", "Access-Control-Allow-Origin": "*"}


async def discovery(request: Request) -> Response:
    """Say what this server can do."""
    found = parts(request)

    async def make() -> dict[str, Any]:
        return make_metadata(found.settings.issuer, tuple(found.renderer.languages))

    return await answer_kept(request, make, headers=HEADERS, media_type="application/json")


routes = [
    Route("/.well-known/openid-configuration", discovery),
    Route("/.well-known/oauth-authorization-server", discovery),
]

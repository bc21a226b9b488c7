"""/jwks.json: the public keys (RFC 7517 §5), next ones before they sign and old ones after.

Receipts and checkpoints are verified with the same document, by whoever keeps one. Each signed
thing carries its own `typ`, so none passes for another (RFC 8725 §3.11).
"""

from typing import Final

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from ciam.keys.signing import JWKS_MAX_AGE, NEEDED, list_jwks
from ciam.web.parts import parts

_USES: Final = tuple(dict.fromkeys(use for use, _ in NEEDED))
HEADERS: Final = {
    "Cache-Control": f"public, max-age={int(JWKS_MAX_AGE.total_seconds())}",
    "Access-Control-Allow-Origin": "*",
}


async def jwks(request: Request) -> Response:
    """Give the keys that are published now."""
    async with parts(request).database.read() as transaction:
        keys = await list_jwks(transaction, *_USES)
    return JSONResponse(keys, headers=HEADERS, media_type="application/jwk-set+json")


routes = [Route("/jwks.json", jwks)]

"""Public keys (RFC 7517 §5): the next one before it signs, the last one until nothing needs it.

    /jwks.json               what signs tokens: all that apps need
    /jwks/receipts.json      what signs consent receipts, for whoever keeps one
    /jwks/checkpoints.json   what signs checkpoints of the audit log, for auditors

Three documents, so that an app can take neither a receipt nor a checkpoint for a token (RFC 8725
§3.12), and meets no algorithm it does not know.
"""

from typing import Final

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from ciam.keys.signing import JWKS_MAX_AGE, list_jwks
from ciam.web.parts import parts
from ciam.web.protocol.kept_keys import key_set

MEDIA_TYPE: Final = "application/jwk-set+json"
HEADERS: Final = {
    "Cache-Control": f"public, max-age={int(JWKS_MAX_AGE.total_seconds())}",
    "Access-Control-Allow-Origin": "*",
}


async def _answer(request: Request, use: str) -> Response:
    async with parts(request).database.read() as transaction:
        keys = await list_jwks(transaction, use)
    return JSONResponse(keys, headers=HEADERS, media_type=MEDIA_TYPE)


async def jwks(request: Request) -> Response:
    """Give the keys of tokens; the usual request for them is answered by `web/public_keys.py`."""
    content = await key_set(parts(request).database)
    return Response(content, headers=HEADERS, media_type=MEDIA_TYPE)


async def receipts(request: Request) -> Response:
    """Give the keys of consent receipts, retired ones too."""
    return await _answer(request, "receipts")


async def checkpoints(request: Request) -> Response:
    """Give the keys of checkpoints, retired ones too."""
    return await _answer(request, "checkpoints")


ROUTE: Final = Route("/jwks.json", jwks)

routes = [
    ROUTE,
    Route("/jwks/receipts.json", receipts),
    Route("/jwks/checkpoints.json", checkpoints),
]

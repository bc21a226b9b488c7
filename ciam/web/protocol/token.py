"""/token: tokens for a grant (RFC 6749 §3.2, OIDC Core §3.1.3)."""

from typing import Final

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from ciam.oauth.exchange import exchange, needs_writing
from ciam.web.parts import parts
from ciam.web.protocol.read_body import read_body

NO_STORE: Final = {"Cache-Control": "no-store", "Pragma": "no-cache"}


async def token(request: Request) -> Response:
    """Issue tokens, in one unit of work; a client's own token only reads."""
    found = parts(request)
    parameters = await read_body(request)
    opened = found.database.write() if needs_writing(parameters) else found.database.read()
    async with opened as transaction:
        answer = await exchange(
            transaction,
            authorization=request.headers.get("authorization"),
            parameters=parameters,
            issuer=found.settings.issuer,
        )
    return JSONResponse(answer.to_json(), headers=NO_STORE)


routes = [Route("/token", token, methods=["POST"])]

"""/introspect: what a token is (RFC 7662)."""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from ciam.oauth.authenticate_client import authenticate_client
from ciam.oauth.introspection import introspect
from ciam.oauth.parameters import require
from ciam.web.parts import parts
from ciam.web.protocol.read_body import read_body
from ciam.web.protocol.token import NO_STORE


async def introspection(request: Request) -> Response:
    """Answer an authenticated client about a token; only reads."""
    found = parts(request)
    parameters = await read_body(request)
    async with found.database.read() as transaction:
        client = await authenticate_client(
            transaction, request.headers.get("authorization"), parameters
        )
        token = require(parameters, "token")
        answer = await introspect(transaction, client, token, issuer=found.settings.issuer)
    return JSONResponse(answer, headers=NO_STORE)


routes = [Route("/introspect", introspection, methods=["POST"])]

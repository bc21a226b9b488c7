"""/revoke: a client gives up a token (RFC 7009)."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ciam.oauth.authenticate_client import authenticate_client
from ciam.oauth.parameters import require
from ciam.oauth.revocation import revoke
from ciam.web.parts import parts
from ciam.web.protocol.read_body import read_body
from ciam.web.protocol.token import NO_STORE


async def revocation(request: Request) -> Response:
    """Revoke a token; 200 with nothing in it, for unknown tokens too (§2.2)."""
    found = parts(request)
    parameters = await read_body(request)
    async with found.database.write() as transaction:
        client = await authenticate_client(
            transaction, request.headers.get("authorization"), parameters
        )
        token = require(parameters, "token")
        await revoke(transaction, client, token, issuer=found.settings.issuer)
    return Response(status_code=200, headers=NO_STORE)


routes = [Route("/revoke", revocation, methods=["POST"])]

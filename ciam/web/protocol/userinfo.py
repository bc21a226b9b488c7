"""/userinfo: claims about the customer (OIDC Core §5.3), for a token as RFC 6750 §2 sends it.

A token in the query (RFC 6750 §2.3) is not read: it would end up in logs (RFC 9700 §4.3.2).
"""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from ciam.oauth.errors import InvalidBearerRequest, InvalidRequest, MissingToken
from ciam.oauth.userinfo import answer_userinfo
from ciam.web.parts import parts
from ciam.web.protocol.read_body import read_body
from ciam.web.protocol.token import NO_STORE


async def userinfo(request: Request) -> Response:
    """Answer with JSON for the bearer of a token, by GET or POST."""
    found = parts(request)
    token = await _bearer_token(request)
    claims = await answer_userinfo(found.database, token, issuer=found.settings.issuer)
    return JSONResponse(claims, headers=NO_STORE)


async def _bearer_token(request: Request) -> str:
    """Give the token from the header or the body; raise when in neither, or in both (§2)."""
    sent = []
    scheme, _, credentials = request.headers.get("authorization", "").strip().partition(" ")
    if scheme.lower() == "bearer":
        sent.append(credentials.strip())
    if request.method == "POST" and request.headers.get("content-length", "0") != "0":
        try:
            parameters = await read_body(request)
        except InvalidRequest as error:
            raise InvalidBearerRequest(error.description) from error
        if "access_token" in parameters:
            sent.append(parameters["access_token"])
    if not sent:
        raise MissingToken(cause="no access token")
    if len(sent) > 1:
        raise InvalidBearerRequest("the access token came in two ways")
    return sent[0]


routes = [Route("/userinfo", userinfo, methods=["GET", "POST"])]

"""`client_credentials`: a client's own token, with no customer in it (RFC 6749 §4.4).

A JWT needs no row before the reply; its event is written within a second. An opaque token is a row.
"""

from ciam.audit.events import EventKind
from ciam.audit.late_events import late_events
from ciam.oauth.errors import InvalidScope, UnauthorizedClient
from ciam.oauth.grant import TokenRequest, TokenResponse
from ciam.oauth.scopes import OF_CUSTOMERS, parse_scope, write_scope
from ciam.oauth.tokens.access_token import issue_access_token


async def issue_own_token(request: TokenRequest) -> TokenResponse:
    """Issue a client's own access token; raise InvalidScope for a scope it may not have."""
    client = request.client
    if client.is_public:
        raise UnauthorizedClient("a public client has no credentials")
    allowed = client.scope - OF_CUSTOMERS
    scopes = parse_scope(request.form["scope"]) if "scope" in request.form else allowed
    if not scopes <= allowed:
        raise InvalidScope("the client may not have this scope")
    is_opaque = client.access_token_format == "opaque"
    unit_of_work = request.database.write() if is_opaque else request.database.read()
    async with unit_of_work as transaction:
        issued = await issue_access_token(transaction, client, issuer=request.issuer, scopes=scopes)
    late_events.add(
        request.database, EventKind.TOKEN_ISSUED, client.client_id, scopes=sorted(scopes)
    )
    response: TokenResponse = {
        "access_token": issued.token,
        "token_type": "Bearer",
        "expires_in": int(issued.lifetime.total_seconds()),
    }
    if scopes:
        response["scope"] = write_scope(scopes)
    return response

"""client_credentials: a client's own token, nobody else concerned (RFC 6749 §4.4).

No refresh token (§4.4.3) and no scope that stands for a customer's data. Nothing is written before
the reply: the token is a JWT and its audit event follows within a second.

Statements: generation.
"""

from typing import Final

from ciam.audit.events import EventKind
from ciam.audit.late_events import late_events
from ciam.oauth.errors import InvalidScope
from ciam.oauth.grant import TokenRequest, TokenResponse
from ciam.oauth.scopes import OF_CUSTOMERS, parse_scope
from ciam.oauth.tokens.access_token import issue_client_token
from ciam.storage import UnitOfWork

GRANT_TYPE: Final = "client_credentials"
WRITES: Final = False


async def issue(transaction: UnitOfWork, request: TokenRequest, /) -> TokenResponse:
    """Issue for the scopes asked for, or all that the client may have for itself."""
    client = request.client
    allowed = client.scope - OF_CUSTOMERS
    asked = request.parameters.get("scope")
    scopes = allowed if asked is None else parse_scope(asked)
    if not scopes <= allowed:
        raise InvalidScope("the client may not have this scope for itself")
    issued = await issue_client_token(transaction, client, scopes, request.issuer)
    late_events.add(
        transaction.database,
        EventKind.TOKEN_ISSUED,
        client.client_id,
        grant_type=GRANT_TYPE,
        scope=sorted(scopes),
    )
    return TokenResponse(issued.token, int(issued.lifetime.total_seconds()), scopes)

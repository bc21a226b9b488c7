"""scope: what the client may ask for; words nobody here knows are ignored (OIDC Core §3.1.2.1).

A scope that exists and is not the client's is refused. `offline_access` counts only for a client
that can use a refresh token (OIDC Core §11).
"""

from dataclasses import replace

from ciam.oauth.authorization.request import AuthorizationRequest
from ciam.oauth.errors import InvalidScope
from ciam.oauth.scopes import OF_CUSTOMERS, OF_SERVICES, OFFLINE_ACCESS, parse_scope
from ciam.storage import UnitOfWork


async def check_scope(
    transaction: UnitOfWork, request: AuthorizationRequest
) -> AuthorizationRequest:
    """Take the scopes; raise InvalidScope when none is left or one is another client's."""
    scope = request.parameters.get("scope")
    if scope is None:
        raise InvalidScope("scope is missing")
    asked = parse_scope(scope)
    beyond = asked - request.client.scope
    if beyond:
        known = OF_CUSTOMERS.union(*(one.scope for one in await transaction.clients.list_all()))
        if beyond & known:
            raise InvalidScope("the client may not ask for that scope")
    if asked & OF_SERVICES:
        raise InvalidScope("a customer cannot grant the scope of a service")
    scopes = asked - beyond
    if "refresh_token" not in request.client.grant_types:
        scopes -= {OFFLINE_ACCESS}
    if not scopes:
        raise InvalidScope("no scope of ours was asked for")
    return replace(request, scopes=scopes)

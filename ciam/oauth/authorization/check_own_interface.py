"""A request without a browser: only of our own native apps (OAuth 2.0 for First-Party Apps §9.1).

A script in a browser has the journeys of the API with its cookies (§9.8).
"""

from ciam.oauth.authorization.request import AuthorizationRequest
from ciam.oauth.errors import InvalidRequest, UnauthorizedClient
from ciam.storage import UnitOfWork


async def check_own_interface(
    _transaction: UnitOfWork, request: AuthorizationRequest
) -> AuthorizationRequest:
    """Raise UnauthorizedClient for an app that is not registered to ask directly."""
    client = request.client
    if not (client.own_interface and client.first_party and client.application_type == "native"):
        raise UnauthorizedClient("only a first-party native app may ask directly")
    if request.parameters.get("redirect_uri") is not None:
        raise InvalidRequest("redirect_uri has no place here: the answer is the response itself")
    return request

"""client_id: a client that is registered and not disabled (RFC 6749 §4.1.1)."""

from ciam.oauth.authorization.request import AuthorizationRequest
from ciam.oauth.errors import InvalidRequest, OAuthError
from ciam.oauth.parameters import Parameters
from ciam.storage import UnitOfWork


async def load_client(
    transaction: UnitOfWork, parameters: Parameters, *, issuer: str
) -> AuthorizationRequest:
    """Begin a request; raise for a missing, doubled or unknown client: shown on a page."""
    try:
        parameters.check_fault("client_id")
        client_id = parameters.get("client_id")
        if client_id is None:
            raise InvalidRequest("client_id is missing")
        client = await transaction.clients.find(client_id)
        if client is None:
            raise InvalidRequest("client_id is unknown")
    except OAuthError as error:
        error.may_redirect = False
        raise
    return AuthorizationRequest(issuer=issuer, client=client, parameters=parameters)

"""redirect_uri: required, and one that is registered (OIDC Core §3.1.2.1, RFC 9700 §4.1.3)."""

from dataclasses import replace

from ciam.oauth.authorization.request import AuthorizationRequest
from ciam.oauth.errors import InvalidRequest
from ciam.oauth.redirect_uris import is_registered
from ciam.storage import UnitOfWork


async def check_redirect_uri(
    _transaction: UnitOfWork, request: AuthorizationRequest
) -> AuthorizationRequest:
    """Take the redirect URI; from here on errors go back to the client."""
    request.parameters.check_fault("redirect_uri")
    uri = request.parameters.get("redirect_uri")
    if uri is None:
        raise InvalidRequest("redirect_uri is missing")
    if not is_registered(request.client, uri):
        raise InvalidRequest("redirect_uri is not registered for this client")
    return replace(request, redirect_uri=uri)

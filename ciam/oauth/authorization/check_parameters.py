"""The parameters as a whole: each once and readable; those of request objects are refused.

A request object is not ignored: what it says might be narrower than the plain parameters beside it
(OIDC Core §6.1, §6.2, §7.2.1).
"""

from typing import Final

from ciam.oauth.authorization.request import AuthorizationRequest
from ciam.oauth.errors import (
    OAuthError,
    RegistrationNotSupported,
    RequestNotSupported,
    RequestUriNotSupported,
)
from ciam.storage import UnitOfWork

_REFUSED: Final[dict[str, type[OAuthError]]] = {
    "request": RequestNotSupported,
    "request_uri": RequestUriNotSupported,
    "registration": RegistrationNotSupported,
}


async def check_parameters(
    _transaction: UnitOfWork, request: AuthorizationRequest
) -> AuthorizationRequest:
    """Raise InvalidRequest for a parameter that came twice, is not text or is too long."""
    request.parameters.check_faults()
    return request


async def check_request_object(
    _transaction: UnitOfWork, request: AuthorizationRequest
) -> AuthorizationRequest:
    """Raise the error that says which of the three is not supported."""
    for name, error in _REFUSED.items():
        if request.parameters.get(name) is not None:
            raise error(f"{name} is not supported")
    return request

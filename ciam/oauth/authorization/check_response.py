"""response_type and response_mode: a code, in the query or in a posted form.

Tokens never come from this endpoint (RFC 9700 §2.1.2). `form_post` is OAuth 2.0 Form Post Response
Mode; `fragment` is for tokens and is not offered.
"""

from dataclasses import replace
from typing import Final

from ciam.oauth.authorization.request import AuthorizationRequest
from ciam.oauth.errors import InvalidRequest, UnauthorizedClient, UnsupportedResponseType
from ciam.oauth.redirect_uris import is_web
from ciam.storage import UnitOfWork

RESPONSE_TYPES: Final = ("code",)
RESPONSE_MODES: Final = ("query", "form_post")


async def check_response_mode(
    _transaction: UnitOfWork, request: AuthorizationRequest
) -> AuthorizationRequest:
    """Take the response mode; what is wrong with it is answered in the query."""
    request.parameters.check_fault("response_mode")
    mode = request.parameters.get("response_mode") or "query"
    if mode not in RESPONSE_MODES:
        raise InvalidRequest(f"response_mode must be one of {', '.join(RESPONSE_MODES)}")
    if mode == "form_post" and not is_web(request.redirect_uri):
        raise InvalidRequest("a form cannot be posted to this redirect_uri")
    return replace(request, response_mode=mode)


async def check_response_type(
    _transaction: UnitOfWork, request: AuthorizationRequest
) -> AuthorizationRequest:
    """Raise unless a code is asked for by a client that may have one."""
    response_type = request.parameters.get("response_type")
    if response_type is None:
        raise InvalidRequest("response_type is missing")
    if response_type not in RESPONSE_TYPES:
        raise UnsupportedResponseType(f"response_type must be {', '.join(RESPONSE_TYPES)}")
    client = request.client
    if response_type not in client.response_types or "authorization_code" not in client.grant_types:
        raise UnauthorizedClient("the client may not ask for a code")
    return request

"""code_challenge: required, S256 (RFC 7636 §4.3, RFC 9700 §2.1.1).

A confidential client may be registered to do without; one that sends a challenge is held to it.
"""

from dataclasses import replace

from ciam.oauth.authorization.request import AuthorizationRequest
from ciam.oauth.errors import InvalidRequest
from ciam.oauth.pkce import check_challenge
from ciam.storage import UnitOfWork


async def check_pkce(
    _transaction: UnitOfWork, request: AuthorizationRequest
) -> AuthorizationRequest:
    """Take the challenge; raise InvalidRequest for `plain`, malformed or missing ones."""
    challenge = request.parameters.get("code_challenge")
    method = request.parameters.get("code_challenge_method")
    if challenge is not None:
        check_challenge(challenge, method)
    elif method is not None:
        raise InvalidRequest("code_challenge_method came without code_challenge")
    elif request.client.is_public or request.client.require_pkce:
        raise InvalidRequest("code_challenge is missing")
    return replace(request, code_challenge=challenge)

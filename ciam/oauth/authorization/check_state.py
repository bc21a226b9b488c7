"""state and nonce: opaque to us, printable ASCII (RFC 6749 appendix A.5, OIDC Core §3.1.2.1)."""

import re
from dataclasses import replace
from typing import Final

from ciam.oauth.authorization.request import AuthorizationRequest
from ciam.oauth.errors import InvalidRequest
from ciam.storage import UnitOfWork

_VSCHAR: Final = re.compile(r"[\x20-\x7E]+")
_LONGEST_NONCE: Final = 512


async def check_state(
    _transaction: UnitOfWork, request: AuthorizationRequest
) -> AuthorizationRequest:
    """Take the state; a faulty one is never echoed."""
    request.parameters.check_fault("state")
    state = request.parameters.get("state")
    if state is not None and not _VSCHAR.fullmatch(state):
        raise InvalidRequest("state is not printable ASCII")
    return replace(request, state=state)


async def check_nonce(
    _transaction: UnitOfWork, request: AuthorizationRequest
) -> AuthorizationRequest:
    """Take the nonce, which comes back in the ID token."""
    nonce = request.parameters.get("nonce")
    if nonce is not None and (len(nonce) > _LONGEST_NONCE or not _VSCHAR.fullmatch(nonce)):
        raise InvalidRequest(f"nonce is more than {_LONGEST_NONCE} characters of printable ASCII")
    return replace(request, nonce=nonce)

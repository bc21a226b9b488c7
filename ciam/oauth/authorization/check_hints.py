"""id_token_hint and login_hint: who the client thinks is there (OIDC Core §3.1.2.1).

An ID token we issued to this client names a customer, however old it is; any other is refused. A
login_hint is only what the sign-in page shows first.
"""

from dataclasses import replace
from typing import Final

from ciam.keys.signing import TokenNotOurs
from ciam.oauth.authorization.request import AuthorizationRequest
from ciam.oauth.errors import InvalidRequest
from ciam.oauth.id_token_hint import read_id_token_hint
from ciam.storage import UnitOfWork

_LONGEST_LOGIN_HINT: Final = 254


async def check_id_token_hint(
    transaction: UnitOfWork, request: AuthorizationRequest
) -> AuthorizationRequest:
    """Take who is meant; raise InvalidRequest for a token that is not ours or another client's."""
    token = request.parameters.get("id_token_hint")
    if token is None:
        return request
    try:
        hint = await read_id_token_hint(transaction, token, issuer=request.issuer)
    except TokenNotOurs as error:
        raise InvalidRequest("id_token_hint is not an ID token of ours") from error
    if request.client.client_id != hint.client_id:
        raise InvalidRequest("id_token_hint was issued to another client")
    if request.meant_customer not in {None, hint.customer}:
        raise InvalidRequest("id_token_hint and claims name two customers")
    return replace(request, meant_customer=hint.customer)


async def check_login_hint(
    _transaction: UnitOfWork, request: AuthorizationRequest
) -> AuthorizationRequest:
    """Take the hint; one that can be no sign-in name is left out, for it is only a hint."""
    hint = (request.parameters.get("login_hint") or "").strip()
    is_useful = hint.isprintable() and 0 < len(hint) <= _LONGEST_LOGIN_HINT
    return replace(request, login_hint=hint if is_useful else None)

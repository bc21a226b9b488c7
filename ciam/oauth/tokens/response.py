"""The token response of a family (RFC 6749 §5.1, OIDC Core §3.1.3.3)."""

from ciam.oauth.grant import TokenRequest, TokenResponse
from ciam.oauth.scopes import OPENID, write_scope
from ciam.oauth.tokens.access_token import issue_access_token
from ciam.oauth.tokens.id_token import issue_id_token
from ciam.storage import UnitOfWork
from ciam.storage.stores.authorizations import Authorization


async def respond(
    transaction: UnitOfWork,
    request: TokenRequest,
    family: Authorization,
    *,
    scopes: frozenset[str],
    epoch: int,
    refresh_token: str | None,
    nonce: str | None,
) -> TokenResponse:
    """Issue access and ID token, and put them beside the refresh token that the caller has."""
    issued = await issue_access_token(
        transaction,
        request.client,
        issuer=request.issuer,
        scopes=scopes,
        family=family,
        epoch=epoch,
    )
    response: TokenResponse = {
        "access_token": issued.token,
        "token_type": "Bearer",
        "expires_in": int(issued.lifetime.total_seconds()),
        "scope": write_scope(scopes),
    }
    if refresh_token is not None:
        response["refresh_token"] = refresh_token
    if OPENID in scopes:
        response["id_token"] = await issue_id_token(
            transaction,
            request.client,
            family,
            issuer=request.issuer,
            scopes=scopes,
            access_token=issued.token,
            nonce=nonce,
        )
    return response

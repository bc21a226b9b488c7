"""Issue the tokens of a family together: an access token, with `openid` an ID token too."""

from ciam.oauth.grant import TokenRequest, TokenResponse
from ciam.oauth.scopes import OPENID
from ciam.oauth.tokens.access_token import issue_access_token
from ciam.oauth.tokens.id_token import issue_id_token
from ciam.storage import UnitOfWork
from ciam.storage.stores.authorizations import Authorization


async def issue_tokens(
    transaction: UnitOfWork,
    request: TokenRequest,
    family: Authorization,
    scopes: frozenset[str],
    *,
    refresh_token: str | None,
    nonce: str | None,
) -> TokenResponse:
    """Issue for these scopes, which the caller has cut to what the locked grant allows."""
    access = await issue_access_token(transaction, request.client, family, scopes, request.issuer)
    id_token = None
    if OPENID in scopes:
        id_token = await issue_id_token(
            transaction,
            request.client,
            family,
            scopes,
            issuer=request.issuer,
            access_token=access.token,
            nonce=nonce,
        )
    lifetime = int(access.lifetime.total_seconds())
    return TokenResponse(access.token, lifetime, scopes, refresh_token, id_token)

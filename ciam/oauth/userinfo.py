"""UserInfo: claims about the customer for the bearer of an access token (OIDC Core §5.3).

Statements: generation and state of the token, then the eight of a repeated `consent.release`, all
on read-only units of work; only a first release of something writes.
"""

from typing import Any

from ciam.consent.release import release_reading
from ciam.oauth.claims import requested_claims
from ciam.oauth.errors import InsufficientScope, InsufficientUserAuthentication, InvalidToken
from ciam.oauth.scopes import OPENID
from ciam.oauth.tokens.state import find_active
from ciam.sessions.levels import is_enough, least_of, methods_for
from ciam.storage import Database


async def answer_userinfo(database: Database, token: str, *, issuer: str) -> dict[str, Any]:
    """Give `sub` and what may leave; raise InvalidToken, or InsufficientScope without `openid`.

    Raise InsufficientUserAuthentication for a token from before the app required two factors.
    """
    async with database.read() as transaction:
        found = await find_active(transaction, token, issuer=issuer)
        if found is None:
            raise InvalidToken(cause="unknown, expired or revoked")
        methods = await methods_for(transaction, found.client.id)
    if found.family is None or OPENID not in found.scopes:
        raise InsufficientScope(OPENID)
    if not is_enough(found.family.acr, methods):
        raise InsufficientUserAuthentication(acr=least_of(methods))
    if issuer not in found.audience:
        raise InvalidToken(cause="the token is for another audience")
    claims = await release_reading(
        database,
        customer=found.family.customer,
        client=found.client,
        scopes=found.scopes,
        claims=requested_claims(found.family.claims, "userinfo"),
        channel="userinfo",
    )
    return {**claims, "sub": found.subject}

"""Introspection: what a token is, for who may know it (RFC 7662).

A client may ask about its own tokens and about access tokens that name it in their audience.
Everything else, unknown tokens included, is `{"active": false}` and nothing more (§2.2).

Statements: generation, state of the token.
"""

from typing import Any, Final

from ciam.clock import to_epoch_seconds
from ciam.oauth.errors import InvalidClient
from ciam.oauth.scopes import write_scope
from ciam.oauth.tokens.state import ActiveToken, find_active, find_active_refresh_token
from ciam.storage import UnitOfWork
from ciam.storage.stores.clients import Client

_INACTIVE: Final = {"active": False}


async def introspect(
    transaction: UnitOfWork, client: Client, token: str, *, issuer: str
) -> dict[str, Any]:
    """Give the members of the response; a public client proves nothing and is refused (§2.1)."""
    if client.is_public:
        raise InvalidClient(cause="a public client asked about a token")
    found = await find_active(transaction, token, issuer=issuer) or (
        await find_active_refresh_token(transaction, token)
    )
    if found is None or not _may_know(client, found):
        return dict(_INACTIVE)
    answer: dict[str, Any] = {
        "active": True,
        "scope": write_scope(found.scopes),
        "client_id": found.client.client_id,
        "sub": found.subject,
        "iss": issuer,
        "iat": to_epoch_seconds(found.issued_at),
        "exp": to_epoch_seconds(found.expires_at),
    }
    if found.is_refresh_token:
        return answer
    answer["token_type"] = "Bearer"
    answer["aud"] = found.audience[0] if len(found.audience) == 1 else list(found.audience)
    if found.jti is not None:
        answer["jti"] = found.jti
    if found.family is not None:
        answer["auth_time"] = to_epoch_seconds(found.family.authenticated_at)
        answer["acr"] = found.family.acr
        answer["amr"] = list(found.family.amr)
    return answer


def _may_know(client: Client, token: ActiveToken) -> bool:
    return token.client.id == client.id or client.client_id in token.audience

"""Token introspection (RFC 7662): a client learns of its own tokens, and of those meant for it."""

from typing import Any

from ciam.clock import to_epoch_seconds
from ciam.oauth.errors import InvalidClient
from ciam.oauth.scopes import write_scope
from ciam.oauth.tokens.state import ActiveToken, find_active
from ciam.storage import UnitOfWork
from ciam.storage.stores.clients import Client

INACTIVE: dict[str, Any] = {"active": False}


async def introspect(
    transaction: UnitOfWork, client: Client, token: str, *, issuer: str
) -> dict[str, Any]:
    """Give the state of a token; nothing but `active: false` for what the client may not see."""
    if client.is_public:
        raise InvalidClient(cause="a public client may not introspect")
    found = await find_active(transaction, token, issuer=issuer)
    if found is None or not _may_see(client, found):
        return dict(INACTIVE)
    answer: dict[str, Any] = {
        "active": True,
        "iss": issuer,
        "client_id": found.client_id,
        "sub": found.subject,
        "aud": found.audience[0] if len(found.audience) == 1 else list(found.audience),
        "iat": to_epoch_seconds(found.issued_at),
        "exp": to_epoch_seconds(found.expires_at),
        "token_type": "Bearer" if found.kind == "access_token" else "N_A",
    }
    if found.scopes:
        answer["scope"] = write_scope(found.scopes)
    if found.jti is not None:
        answer["jti"] = found.jti
    if found.authorization is not None:
        answer["auth_time"] = to_epoch_seconds(found.authorization.authenticated_at)
        answer["acr"] = found.authorization.acr
        answer["amr"] = list(found.authorization.amr)
    return answer


def _may_see(client: Client, token: ActiveToken) -> bool:
    return token.client_id == client.client_id or client.client_id in token.audience

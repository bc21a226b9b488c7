"""Token revocation (RFC 7009): the token of a client, and with a refresh token its whole family.

Consent is another matter: revoking a token leaves what the customer allowed as it is.
"""

from ciam.audit.events import EventKind
from ciam.audit.trail import Actor, record
from ciam.oauth.tokens.state import REVOKED, ActiveToken, find_active
from ciam.storage import UnitOfWork
from ciam.storage.stores.clients import Client


async def revoke(transaction: UnitOfWork, client: Client, token: str, *, issuer: str) -> None:
    """Revoke a token; an unknown one, or another client's, changes nothing and says nothing (§2.2).

    `token_type_hint` is not needed: the kind of a token shows in its form.
    """
    found = await find_active(transaction, token, issuer=issuer)
    if found is None or found.client_id != client.client_id:
        return
    await _revoke(transaction, found, token)
    await record(
        transaction,
        EventKind.TOKEN_REVOKED,
        actor=Actor.client(client.client_id),
        customer=None if found.authorization is None else found.authorization.customer,
        client=client.client_id,
        token=found.kind,
    )


async def _revoke(transaction: UnitOfWork, found: ActiveToken, token: str) -> None:
    if found.kind == "refresh_token" and found.authorization is not None:
        await transaction.authorizations.revoke(found.authorization.id, "revoked_by_client")
    elif found.jti is not None:
        await transaction.single_uses.claim(REVOKED, found.jti, expires_at=found.expires_at)
    else:
        await transaction.authorizations.revoke_access_token(token)

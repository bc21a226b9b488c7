"""Revocation: a client gives up a token of its own (RFC 7009).

A refresh token takes its whole family along (§2.1), an access token only itself. The kind is in the
token, so `token_type_hint` is never needed, and a wrong one is harmless (§2.1). Consent stays as it
is: removing an app is another act. Unknown tokens are answered like revoked ones (§2.2).

Statements: generation, token, revocation, data key, audit event.
"""

from typing import Final

from ciam.audit import trail
from ciam.audit.events import EventKind
from ciam.audit.trail import Actor
from ciam.clock import from_epoch_seconds
from ciam.oauth.errors import InvalidGrant
from ciam.oauth.tokens import access_token, refresh_token
from ciam.oauth.tokens.state import read_own_jwt
from ciam.storage import UnitOfWork
from ciam.storage.stores.authorizations import Authorization
from ciam.storage.stores.clients import Client

BY_CLIENT: Final = "revoked_by_client"


async def revoke(transaction: UnitOfWork, client: Client, token: str, *, issuer: str) -> None:
    """Revoke a token of this client; raise InvalidGrant for another client's (§2.1)."""
    if token.startswith(refresh_token.PREFIX):
        await _revoke_family(transaction, client, token)
    elif token.startswith(access_token.OPAQUE_PREFIX):
        await _revoke_opaque(transaction, client, token)
    else:
        await _revoke_jwt(transaction, client, token, issuer)


async def _revoke_family(transaction: UnitOfWork, client: Client, token: str) -> None:
    found = await transaction.refresh_tokens.find(token)
    if found is None:
        return
    family = found.authorization
    _check_owner(is_own=family.client == client.id)
    if await transaction.authorizations.revoke(family.id, BY_CLIENT):
        await _record(transaction, client, family, "refresh_token")


async def _revoke_opaque(transaction: UnitOfWork, client: Client, token: str) -> None:
    found = await transaction.access_tokens.find(token)
    if found is None:
        return
    _check_owner(is_own=found.authorization.client == client.id)
    if await transaction.access_tokens.revoke(token):
        await _record(transaction, client, found.authorization, "access_token")


async def _revoke_jwt(transaction: UnitOfWork, client: Client, token: str, issuer: str) -> None:
    claims = await read_own_jwt(transaction, token, issuer)
    if claims is None:
        return
    _check_owner(is_own=claims["client_id"] == client.client_id)
    named = access_token.read_jti(claims["jti"])
    family = None if named is None else await transaction.authorizations.find(named[0])
    expires_at = from_epoch_seconds(claims["exp"])
    if await transaction.access_tokens.revoke_jti(claims["jti"], expires_at=expires_at):
        await _record(transaction, client, family, "access_token")


def _check_owner(*, is_own: bool) -> None:
    if not is_own:
        raise InvalidGrant("the token was issued to another client")


async def _record(
    transaction: UnitOfWork, client: Client, family: Authorization | None, kind: str
) -> None:
    await trail.record(
        transaction,
        EventKind.TOKEN_REVOKED,
        actor=Actor.client(client.client_id),
        customer=None if family is None else family.customer,
        client=client.client_id,
        authorization=None if family is None else str(family.id),
        token=kind,
    )

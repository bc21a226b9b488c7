"""Whether a token counts now: asked by our own endpoints at each call, so an end is seen at once.

One statement for a token (family, grant, session, customer and a revoked `jti` together), beside
the generation of the configuration.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ciam.clock import from_epoch_seconds
from ciam.keys.signing import TokenNotOurs, verify_jwt
from ciam.oauth.tokens import access_token, refresh_token
from ciam.storage import UnitOfWork
from ciam.storage.stores.access_tokens import REVOKED_JTI
from ciam.storage.stores.authorizations import Authorization
from ciam.storage.stores.clients import Client


@dataclass(frozen=True, slots=True)
class ActiveToken:
    """A token that counts; without a family it is a client's own."""

    client: Client
    subject: str
    scopes: frozenset[str]
    audience: tuple[str, ...]
    issued_at: datetime
    expires_at: datetime
    jti: str | None
    family: Authorization | None
    is_refresh_token: bool = False


async def find_active(
    transaction: UnitOfWork, token: str, *, issuer: str, audience: str | None = None
) -> ActiveToken | None:
    """Give what an access token stands for, or None; `audience` must be among its own."""
    if token.startswith(access_token.OPAQUE_PREFIX):
        found = await _find_opaque(transaction, token)
    elif token.count(".") == _DOTS_OF_A_JWT:
        found = await _find_jwt(transaction, token, issuer)
    else:
        return None
    if found is None or (audience is not None and audience not in found.audience):
        return None
    return found


async def find_active_refresh_token(transaction: UnitOfWork, token: str) -> ActiveToken | None:
    """Give what a refresh token stands for; None unless it is the live leaf of a live family."""
    if not token.startswith(refresh_token.PREFIX):
        return None
    stored = await transaction.refresh_tokens.find(token)
    now = transaction.clock.now()
    if stored is None or stored.superseded_at is not None or stored.expires_at <= now:
        return None
    family = stored.authorization
    client = await _live_client(transaction, family)
    if client is None:
        return None
    return ActiveToken(
        client,
        family.subject,
        family.scopes & family.granted_scopes,
        (),
        stored.issued_at,
        stored.expires_at,
        None,
        family,
        is_refresh_token=True,
    )


async def is_live(transaction: UnitOfWork, family: Authorization) -> bool:
    """Tell whether what a family hangs on goes on: grant, session, customer, itself."""
    idle = (await transaction.policies.get()).sessions.idle
    return family.is_alive(transaction.clock.now(), idle=idle)


_DOTS_OF_A_JWT = 2


async def _find_opaque(transaction: UnitOfWork, token: str) -> ActiveToken | None:
    stored = await transaction.access_tokens.find(token)
    if stored is None or stored.expires_at <= transaction.clock.now():
        return None
    family = stored.authorization
    client = await _live_client(transaction, family)
    if client is None or stored.epoch != family.grant_epoch:
        return None
    return ActiveToken(
        client,
        family.subject,
        stored.scopes,
        stored.audience,
        stored.issued_at,
        stored.expires_at,
        None,
        family,
    )


async def _find_jwt(transaction: UnitOfWork, token: str, issuer: str) -> ActiveToken | None:
    claims = await read_own_jwt(transaction, token, issuer)
    if claims is None:
        return None
    client = await transaction.clients.find(claims["client_id"])
    named = access_token.read_jti(claims["jti"])
    family = None
    if named is None:
        if await transaction.single_uses.is_claimed(REVOKED_JTI, claims["jti"]):
            return None
    else:
        family = await transaction.access_tokens.find_family(named[0], claims["jti"])
        if family is None or named[1] != family.grant_epoch:
            return None
        client = await _live_client(transaction, family)
    if client is None:
        return None
    audience = claims["aud"]
    return ActiveToken(
        client,
        claims["sub"],
        frozenset(claims["scope"].split()),
        (audience,) if isinstance(audience, str) else tuple(audience),
        from_epoch_seconds(claims["iat"]),
        from_epoch_seconds(claims["exp"]),
        claims["jti"],
        family,
    )


async def read_own_jwt(transaction: UnitOfWork, token: str, issuer: str) -> dict[str, Any] | None:
    """Give the claims of an access token that we signed and that has not expired, or None."""
    try:
        claims = await verify_jwt(transaction, token, typ=access_token.TYP)
    except TokenNotOurs:
        return None
    if claims["iss"] != issuer or from_epoch_seconds(claims["exp"]) <= transaction.clock.now():
        return None
    return claims


async def _live_client(transaction: UnitOfWork, family: Authorization) -> Client | None:
    """Give the client of a live family; None when either has ended."""
    client = await transaction.clients.get(family.client)
    if client.disabled_at is not None or not await is_live(transaction, family):
        return None
    return client

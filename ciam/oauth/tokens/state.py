"""Whether a token still counts, asked at each call of our own endpoints.

Signature and expiry are not enough: the family may have been revoked, the session ended, the grant
narrowed, the customer disabled. All of that is seen with the next request, on every node.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from ciam.clock import from_epoch_seconds
from ciam.keys.signing import TokenNotOurs, verify_jwt
from ciam.oauth.tokens.access_token import TYP, read_jti

if TYPE_CHECKING:
    from datetime import datetime

    from ciam.storage import UnitOfWork
    from ciam.storage.stores.authorizations import Authorization

REVOKED: Final = "revoked_jti"
_LONGEST: Final = 8192


@dataclass(frozen=True, slots=True)
class ActiveToken:
    """A token that counts now."""

    kind: str
    client_id: str
    subject: str
    scopes: frozenset[str]
    audience: tuple[str, ...]
    issued_at: datetime
    expires_at: datetime
    jti: str | None
    authorization: Authorization | None


async def find_active(transaction: UnitOfWork, token: str, *, issuer: str) -> ActiveToken | None:
    """Give an access or refresh token that counts, or None for anything else."""
    if len(token) > _LONGEST or not token.isascii():
        return None
    if token.startswith("ciam_rt_"):
        return await _find_refresh_token(transaction, token, issuer)
    return await find_active_access_token(transaction, token, issuer=issuer)


async def find_active_access_token(
    transaction: UnitOfWork, token: str, *, issuer: str
) -> ActiveToken | None:
    """Give an access token that counts, or None for anything else."""
    if len(token) > _LONGEST or not token.isascii():
        return None
    if token.startswith("ciam_"):
        return await _find_opaque(transaction, token)
    return await _find_jwt(transaction, token, issuer)


async def _find_jwt(transaction: UnitOfWork, token: str, issuer: str) -> ActiveToken | None:
    try:
        claims = await verify_jwt(transaction, token, typ=TYP)
        named = read_jti(claims["jti"])
    except (TokenNotOurs, KeyError, ValueError):
        return None
    now = transaction.clock.now()
    is_current = claims["iss"] == issuer and from_epoch_seconds(claims["exp"]) > now
    if not is_current or await transaction.single_uses.is_claimed(REVOKED, claims["jti"]):
        return None
    if named is None:
        return _of_claims(claims, None)
    family = await transaction.authorizations.find(named[0])
    if family is None or not _counts(family, named[1], now):
        return None
    return _of_claims(claims, family)


def _counts(family: Authorization, epoch: int, now: datetime) -> bool:
    """Tell whether a family is alive and was not narrowed after a token of this epoch."""
    return family.is_alive(now) and family.grant_epoch <= epoch


def _of_claims(claims: dict[str, Any], family: Authorization | None) -> ActiveToken:
    audience = claims["aud"]
    return ActiveToken(
        kind="access_token",
        client_id=claims["client_id"],
        subject=claims["sub"],
        scopes=frozenset(claims.get("scope", "").split()),
        audience=(audience,) if isinstance(audience, str) else tuple(audience),
        issued_at=from_epoch_seconds(claims["iat"]),
        expires_at=from_epoch_seconds(claims["exp"]),
        jti=claims["jti"],
        authorization=family,
    )


async def _find_opaque(transaction: UnitOfWork, token: str) -> ActiveToken | None:
    stored = await transaction.authorizations.find_access_token(token)
    now = transaction.clock.now()
    if stored is None or stored.revoked_at is not None or stored.expires_at <= now:
        return None
    family = stored.authorization
    if family is not None and not _counts(family, stored.epoch, now):
        return None
    client = await transaction.clients.get(stored.client)
    return ActiveToken(
        kind="access_token",
        client_id=client.client_id,
        subject=client.client_id if family is None else family.subject,
        scopes=stored.scopes,
        audience=stored.audience,
        issued_at=stored.issued_at,
        expires_at=stored.expires_at,
        jti=None,
        authorization=family,
    )


async def _find_refresh_token(
    transaction: UnitOfWork, token: str, issuer: str
) -> ActiveToken | None:
    stored = await transaction.authorizations.find_refresh_token(token)
    now = transaction.clock.now()
    if stored is None or stored.superseded_at is not None or stored.expires_at <= now:
        return None
    family = stored.authorization
    if not family.is_alive(now):
        return None
    client = await transaction.clients.get(family.client)
    return ActiveToken(
        kind="refresh_token",
        client_id=client.client_id,
        subject=family.subject,
        scopes=family.scopes & family.granted_scopes,
        audience=(issuer,),
        issued_at=stored.issued_at,
        expires_at=stored.expires_at,
        jti=None,
        authorization=family,
    )

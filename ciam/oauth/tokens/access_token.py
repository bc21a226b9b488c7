"""Access tokens: JWTs (RFC 9068) or opaque, by what the client is registered for.

A JWT names its family and the epoch of the grant in its `jti` (`<family>.<epoch>.<random>`), so our
own endpoints find the present state by one select, and a token from before a withdrawal is dead
although its family lives on. Elsewhere it counts until it expires, 240 s by policy.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from ciam.clock import to_epoch_seconds
from ciam.identifiers import new_opaque, new_secret
from ciam.keys.signing import sign_jwt
from ciam.oauth.resources import resources_for
from ciam.oauth.scopes import OPENID, write_scope
from ciam.storage import UnitOfWork
from ciam.storage.stores.authorizations import Authorization
from ciam.storage.stores.clients import Client

TYP: Final = "at+jwt"
OPAQUE_PREFIX: Final = "ciam_at_"
_JTI_PARTS: Final = 3


@dataclass(frozen=True, slots=True)
class IssuedAccessToken:
    """A new access token and how long it lives."""

    token: str = field(repr=False)
    lifetime: timedelta


def audience_of(client: Client, scopes: frozenset[str], issuer: str) -> tuple[str, ...]:
    """Give the audience of a client's tokens (RFC 9068 §3): its APIs, ours, us for UserInfo."""
    apis = (*client.audience, *resources_for(scopes, issuer))
    return apis if apis and OPENID not in scopes else (*apis, issuer)


async def issue_access_token(
    transaction: UnitOfWork,
    client: Client,
    family: Authorization,
    scopes: frozenset[str],
    issuer: str,
) -> IssuedAccessToken:
    """Issue a token of a family whose grant the caller holds locked (a JWT: no statement)."""
    now = transaction.clock.now()
    policy = (await transaction.policies.get()).tokens
    expires_at = min(now + policy.access_token, family.expires_at)
    audience = audience_of(client, scopes, issuer)
    if client.access_token_format == "opaque":
        token = new_secret("at")
        await transaction.access_tokens.add(
            token, family=family, scopes=scopes, audience=audience, expires_at=expires_at
        )
        return IssuedAccessToken(token, expires_at - now)
    claims = _claims(
        client,
        issuer,
        family.subject,
        audience=audience,
        scopes=scopes,
        now=now,
        expires_at=expires_at,
    )
    claims |= {
        "jti": f"{family.id.hex}.{family.grant_epoch}.{new_opaque()}",
        "auth_time": to_epoch_seconds(family.authenticated_at),
        "acr": family.acr,
        "amr": list(family.amr),
    }
    if family.sid is not None:
        claims["sid"] = family.sid
    return IssuedAccessToken(await sign_jwt(transaction, claims, typ=TYP), expires_at - now)


async def issue_client_token(
    transaction: UnitOfWork, client: Client, scopes: frozenset[str], issuer: str
) -> IssuedAccessToken:
    """Issue a client's own token, always a JWT: it needs no row, so nothing is written first."""
    now = transaction.clock.now()
    lifetime = (await transaction.policies.get()).tokens.access_token
    claims = _claims(
        client,
        issuer,
        client.client_id,
        audience=audience_of(client, scopes, issuer),
        scopes=scopes,
        now=now,
        expires_at=now + lifetime,
    )
    claims["jti"] = new_opaque()
    return IssuedAccessToken(await sign_jwt(transaction, claims, typ=TYP), lifetime)


def read_jti(jti: str) -> tuple[UUID, int] | None:
    """Give family and epoch that a `jti` names; None for a client's own token."""
    parts = jti.split(".")
    if len(parts) != _JTI_PARTS:
        return None
    return UUID(parts[0]), int(parts[1])


def _claims(
    client: Client,
    issuer: str,
    subject: str,
    *,
    audience: tuple[str, ...],
    scopes: frozenset[str],
    now: datetime,
    expires_at: datetime,
) -> dict[str, Any]:
    return {
        "iss": issuer,
        "sub": subject,
        "aud": audience[0] if len(audience) == 1 else list(audience),
        "client_id": client.client_id,
        "scope": write_scope(scopes),
        "iat": to_epoch_seconds(now),
        "exp": to_epoch_seconds(expires_at),
    }

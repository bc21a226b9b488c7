"""Access tokens: a signed JWT (RFC 9068) or an opaque one, as the client is registered.

The `jti` of a customer's token is `<family>.<epoch>.<random>`: our own endpoints find the family by
it and see at each call whether it is still alive, and whether the grant was narrowed since.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from uuid import UUID

from ciam.clock import to_epoch_seconds
from ciam.identifiers import new_opaque, new_secret
from ciam.keys.signing import sign_jwt
from ciam.oauth.scopes import write_scope

if TYPE_CHECKING:
    from datetime import datetime, timedelta

    from ciam.storage import UnitOfWork
    from ciam.storage.stores.authorizations import Authorization
    from ciam.storage.stores.clients import Client

TYP = "at+jwt"


@dataclass(frozen=True, slots=True)
class IssuedAccessToken:
    """An access token and how long it lives."""

    token: str = field(repr=False)
    lifetime: timedelta


async def issue_access_token(
    transaction: UnitOfWork,
    client: Client,
    *,
    issuer: str,
    scopes: frozenset[str],
    family: Authorization | None = None,
    epoch: int = 0,
) -> IssuedAccessToken:
    """Issue an access token of a family, or the client's own when there is none."""
    lifetime = (await transaction.policies.get()).tokens.access_token
    now = transaction.clock.now()
    audience = client.audience or (issuer,)
    if client.access_token_format == "opaque":
        token = new_secret("at")
        await transaction.authorizations.add_access_token(
            token,
            family=None if family is None else family.id,
            client=client.id,
            scopes=scopes,
            audience=audience,
            epoch=epoch,
            expires_at=now + lifetime,
        )
        return IssuedAccessToken(token, lifetime)
    claims: dict[str, object] = {
        "iss": issuer,
        "sub": client.client_id if family is None else family.subject,
        "aud": audience[0] if len(audience) == 1 else list(audience),
        "client_id": client.client_id,
        "iat": to_epoch_seconds(now),
        "exp": to_epoch_seconds(now + lifetime),
        "jti": write_jti(None if family is None else family.id, epoch),
    }
    if scopes:
        claims["scope"] = write_scope(scopes)
    if family is not None:
        claims |= _authentication(family)
    return IssuedAccessToken(await sign_jwt(transaction, claims, typ=TYP), lifetime)


def write_jti(family: UUID | None, epoch: int) -> str:
    """Make a `jti`; it names the family, if there is one."""
    return new_opaque() if family is None else f"{family.hex}.{epoch}.{new_opaque(9)}"


def read_jti(jti: str) -> tuple[UUID, int] | None:
    """Give family and epoch of a `jti`; None for a client's own token."""
    family, dot, rest = jti.partition(".")
    return (UUID(hex=family), int(rest.partition(".")[0])) if dot else None


def _authentication(family: Authorization) -> dict[str, object]:
    """Say how the customer signed in (RFC 9068 §2.2.1)."""
    authenticated_at: datetime = family.authenticated_at
    return {
        "auth_time": to_epoch_seconds(authenticated_at),
        "acr": family.acr,
        "amr": list(family.amr),
    }

"""ID tokens that come back to us as a hint (OIDC Core §3.1.2.1, RP-Initiated Logout §2).

The signature and the issuer are checked, the expiry is not: a hint is about who it was, and nobody
gets in by one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ciam.keys.signing import TokenNotOurs, verify_jwt

if TYPE_CHECKING:
    from uuid import UUID

    from ciam.storage import UnitOfWork


@dataclass(frozen=True, slots=True)
class IdTokenHint:
    """Whom an ID token was about, for which client, in which session."""

    client_id: str
    customer: UUID
    sid: str | None


async def read_id_token_hint(transaction: UnitOfWork, token: str, *, issuer: str) -> IdTokenHint:
    """Read an ID token of ours; raise TokenNotOurs for anything else."""
    claims = await verify_jwt(transaction, token, typ="JWT")
    client_id, subject, sid = claims.get("aud"), claims.get("sub"), claims.get("sid")
    if (
        claims.get("iss") != issuer
        or not isinstance(client_id, str)
        or not isinstance(subject, str)
    ):
        raise TokenNotOurs("no ID token")
    client = await transaction.clients.find(client_id)
    if client is None:
        raise TokenNotOurs("the client is gone")
    customer = await transaction.client_subjects.find_customer(client.id, subject)
    if customer is None:
        raise TokenNotOurs("the subject is not known")
    return IdTokenHint(client_id, customer, sid if isinstance(sid, str) else None)

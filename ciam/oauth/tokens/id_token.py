"""ID tokens (OIDC Core §2): who signed in, when and how; profile claims only when asked for."""

import base64
import hashlib

from ciam.clock import to_epoch_seconds
from ciam.consent.release import release
from ciam.keys.signing import sign_jwt
from ciam.storage import UnitOfWork
from ciam.storage.stores.authorizations import Authorization
from ciam.storage.stores.clients import Client

TYP = "JWT"


async def issue_id_token(
    transaction: UnitOfWork,
    client: Client,
    family: Authorization,
    *,
    issuer: str,
    scopes: frozenset[str],
    access_token: str | None,
    nonce: str | None,
) -> str:
    """Sign an ID token for a client with the algorithm it is registered with."""
    now = transaction.clock.now()
    lifetime = (await transaction.policies.get()).tokens.id_token
    claims = await _released(transaction, client, family, scopes)
    claims |= {
        "iss": issuer,
        "sub": family.subject,
        "aud": client.client_id,
        "iat": to_epoch_seconds(now),
        "exp": to_epoch_seconds(now + lifetime),
        "auth_time": to_epoch_seconds(family.authenticated_at),
        "acr": family.acr,
        "amr": list(family.amr),
    }
    if family.sid is not None:
        claims["sid"] = family.sid
    if nonce is not None:
        claims["nonce"] = nonce
    if access_token is not None:
        claims["at_hash"] = half_hash(access_token)
    return await sign_jwt(
        transaction, claims, typ=TYP, algorithm=client.id_token_signed_response_alg
    )


def half_hash(token: str) -> str:
    """Give the left half of the SHA-256, as `at_hash` has it (OIDC Core §3.1.3.6)."""
    digest = hashlib.sha256(token.encode("ascii")).digest()
    return base64.urlsafe_b64encode(digest[: len(digest) // 2]).rstrip(b"=").decode()


async def _released(
    transaction: UnitOfWork, client: Client, family: Authorization, scopes: frozenset[str]
) -> dict[str, object]:
    """Give profile claims: all of the scopes for a client set so, else those asked for by name."""
    asked = (family.claims or {}).get("id_token")
    if not asked and not client.id_token_claims:
        return {}
    released = await release(
        transaction,
        customer=family.customer,
        client=client,
        scopes=scopes if client.id_token_claims else frozenset(),
        claims=asked,
        channel="id_token",
    )
    return dict(released)

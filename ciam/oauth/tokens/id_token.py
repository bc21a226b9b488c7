"""ID tokens: who signed in, when and how, signed for one client (OIDC Core §2, §3.1.3.3, §12.2).

The audience is the client alone, so there is no `azp` (OIDC Core §2: only with other audiences).
Claims about the customer are in it when `claims.id_token` asks for them by name or the client is
registered for it, and only what `consent.release` lets out: an ID token cannot be recalled.
"""

import base64
import hashlib
from typing import Any

from ciam.clock import to_epoch_seconds
from ciam.consent.release import release
from ciam.keys.signing import sign_jwt
from ciam.oauth.claims import requested_claims
from ciam.storage import UnitOfWork
from ciam.storage.stores.authorizations import Authorization
from ciam.storage.stores.clients import Client


async def issue_id_token(
    transaction: UnitOfWork,
    client: Client,
    family: Authorization,
    scopes: frozenset[str],
    *,
    issuer: str,
    access_token: str,
    nonce: str | None,
) -> str:
    """Issue an ID token; `nonce` is the one of the request, None at a refresh (§12.2)."""
    now = transaction.clock.now()
    lifetime = (await transaction.policies.get()).tokens.id_token
    claims = await _about_customer(transaction, client, family, scopes) | {
        "iss": issuer,
        "sub": family.subject,
        "aud": client.client_id,
        "iat": to_epoch_seconds(now),
        "exp": to_epoch_seconds(now + lifetime),
        "auth_time": to_epoch_seconds(family.authenticated_at),
        "acr": family.acr,
        "amr": list(family.amr),
        "at_hash": at_hash(access_token),
    }
    if nonce is not None:
        claims["nonce"] = nonce
    if family.sid is not None:
        claims["sid"] = family.sid
    return await sign_jwt(
        transaction, claims, typ="JWT", algorithm=client.id_token_signed_response_alg
    )


def at_hash(access_token: str) -> str:
    """Bind an access token: the left half of its SHA-256 (§3.1.3.6); ours all sign with SHA-256."""
    digest = hashlib.sha256(access_token.encode("ascii")).digest()
    return base64.urlsafe_b64encode(digest[: len(digest) // 2]).rstrip(b"=").decode()


async def _about_customer(
    transaction: UnitOfWork, client: Client, family: Authorization, scopes: frozenset[str]
) -> dict[str, Any]:
    by_name = requested_claims(family.claims, "id_token")
    by_scope = scopes if client.id_token_claims else frozenset[str]()
    if not by_name and not by_scope:
        return {}
    return await release(
        transaction,
        customer=family.customer,
        client=client,
        scopes=by_scope,
        claims=by_name,
        channel="id_token",
    )

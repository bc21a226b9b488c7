"""Authorization codes: 256 bits, stored hashed, for one minute (RFC 6749 §4.1.2).

The code of a request that was kept is computed from it with a key that never leaves the server.
Replies get lost, on a phone more than elsewhere: so the same browser can be given the same code
again, as long as nobody has used it.
"""

import base64
from uuid import UUID

from ciam.identifiers import new_secret
from ciam.sealing import SealingKey, keyed_hash
from ciam.storage import UnitOfWork
from ciam.storage.stores.authorization_codes import StoredCode
from ciam.storage.stores.clients import Client


async def issue_code(
    transaction: UnitOfWork,
    family: UUID,
    client: Client,
    *,
    redirect_uri: str,
    code_challenge: str | None,
    kept_request: UUID | None = None,
) -> str:
    """Issue the code of an authorization, bound to client, redirect URI and PKCE challenge."""
    lifetime = (await transaction.policies.get()).tokens.code
    key = transaction.keys.refresh.newest
    code = new_secret("ac") if kept_request is None else _code_of(key, kept_request)
    await transaction.authorization_codes.add(
        code,
        family=family,
        client=client.id,
        redirect_uri=redirect_uri,
        code_challenge=code_challenge,
        expires_at=transaction.clock.now() + lifetime,
    )
    return code


async def find_unused(transaction: UnitOfWork, kept_request: UUID) -> tuple[str, StoredCode] | None:
    """Give the code that was issued for a kept request, while it may still be redeemed."""
    for key in transaction.keys.refresh.keys.values():  # it may have been rotated since
        code = _code_of(key, kept_request)
        stored = await transaction.authorization_codes.find(code)
        if stored is not None:
            is_usable = stored.used_at is None and stored.expires_at > transaction.clock.now()
            return (code, stored) if is_usable else None
    return None


def _code_of(key: SealingKey, kept_request: UUID) -> str:
    mac = keyed_hash(key, "authorization code", str(key.version), kept_request.bytes)
    return "ciam_ac_" + base64.urlsafe_b64encode(mac).rstrip(b"=").decode()

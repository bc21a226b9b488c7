"""Authorization codes: 256 random bits, stored hashed, for one minute (RFC 6749 §4.1.2)."""

from uuid import UUID

from ciam.identifiers import new_secret
from ciam.storage import UnitOfWork
from ciam.storage.stores.clients import Client


async def issue_code(
    transaction: UnitOfWork,
    family: UUID,
    client: Client,
    *,
    redirect_uri: str,
    code_challenge: str | None,
) -> str:
    """Issue the code of an authorization, bound to client, redirect URI and PKCE challenge."""
    lifetime = (await transaction.policies.get()).tokens.code
    code = new_secret("ac")
    await transaction.authorization_codes.add(
        code,
        family=family,
        client=client.id,
        redirect_uri=redirect_uri,
        code_challenge=code_challenge,
        expires_at=transaction.clock.now() + lifetime,
    )
    return code

"""The token endpoint's rules: which client, which grant, may it (RFC 6749 §3.2, §5.2)."""

from collections.abc import Mapping

from ciam.oauth.authenticate_client import authenticate_client
from ciam.oauth.errors import UnauthorizedClient, UnsupportedGrantType
from ciam.oauth.grant import TokenRequest, TokenResponse
from ciam.oauth.grants import GRANTS
from ciam.oauth.parameters import require
from ciam.storage import UnitOfWork


def needs_writing(parameters: Mapping[str, str]) -> bool:
    """Tell whether `exchange` has to be given a unit of work that writes."""
    grant = GRANTS.get(parameters.get("grant_type", ""))
    return grant is not None and grant.WRITES


async def exchange(
    transaction: UnitOfWork,
    *,
    authorization: str | None,
    parameters: Mapping[str, str],
    issuer: str,
) -> TokenResponse:
    """Authenticate the client and issue what its grant gives; raise an OAuthError."""
    client = await authenticate_client(transaction, authorization, parameters)
    grant_type = require(parameters, "grant_type")
    grant = GRANTS.get(grant_type)
    if grant is None:
        raise UnsupportedGrantType(f"grant_type is one of {', '.join(sorted(GRANTS))}")
    if grant_type not in client.grant_types:
        raise UnauthorizedClient(f"this client may not use {grant_type}")
    return await grant.issue(transaction, TokenRequest(client, parameters, issuer))

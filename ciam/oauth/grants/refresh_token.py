"""refresh_token: new tokens for a client that may go on (RFC 6749 §6, OIDC Core §12).

What the customer withdrew since is left out: the grant is locked while its scopes are read, so
nothing is issued that a finished withdrawal took away. The rules of rotation are in
`tokens/refresh_token.py`.

Statements: generation, token with its family (locks), rotation 2 (kept or again: 1), data key,
audit event; an opaque token and claims in the ID token add theirs.
"""

from typing import Final

from ciam.audit import trail
from ciam.audit.events import EventKind
from ciam.audit.trail import Actor
from ciam.oauth.errors import InvalidGrant, InvalidScope
from ciam.oauth.grant import TokenRequest, TokenResponse
from ciam.oauth.grants.still_granted import still_granted
from ciam.oauth.parameters import require
from ciam.oauth.scopes import parse_scope
from ciam.oauth.tokens.issue import issue_tokens
from ciam.oauth.tokens.refresh_token import renew
from ciam.oauth.tokens.state import is_live
from ciam.storage import UnitOfWork

GRANT_TYPE: Final = "refresh_token"
WRITES: Final = True


async def issue(transaction: UnitOfWork, request: TokenRequest, /) -> TokenResponse:
    """Refresh; raise InvalidGrant, which also ends the family when the token was replayed."""
    presented = require(request.parameters, "refresh_token")
    found = await transaction.refresh_tokens.find(presented, to_issue=True)
    if found is None or found.authorization.client != request.client.id:
        raise InvalidGrant(cause="no such refresh token of this client")
    family = found.authorization
    if not await is_live(transaction, family):
        raise InvalidGrant(cause="the family, its grant, session or customer has ended")
    renewed = await renew(transaction, request.client, presented, found)
    scopes = still_granted(family, _asked_scopes(request, family.scopes))
    response = await issue_tokens(
        transaction,
        request,
        family,
        scopes,
        refresh_token=renewed.token,
        nonce=None,
    )
    await trail.record(
        transaction,
        EventKind.TOKEN_REFRESHED,
        actor=Actor.client(request.client.client_id),
        customer=family.customer,
        client=request.client.client_id,
        authorization=str(family.id),
        refresh_token=renewed.how,
        scope=sorted(scopes),
    )
    return response


def _asked_scopes(request: TokenRequest, approved: frozenset[str]) -> frozenset[str]:
    """Give what is asked for, all without `scope`; raise InvalidScope beyond the approval (§6)."""
    if "scope" not in request.parameters:
        return approved
    asked = parse_scope(request.parameters["scope"])
    if not asked <= approved:
        raise InvalidScope("the scope exceeds what was granted")
    return asked

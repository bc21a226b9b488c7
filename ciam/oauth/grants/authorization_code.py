"""authorization_code: a code for tokens, once (RFC 6749 §4.1.3, OIDC Core §3.1.3, RFC 9700 §2.1.1).

The order matters. Client, redirect URI and PKCE are checked first, so a code that leaked is no kill
switch for a stranger. A second use that passes them all is a replay: it revokes what was issued.
The claim itself is one statement.

Statements: generation, code with its family (locks), claim, refresh token, data key, audit event;
an opaque token and claims in the ID token add theirs.
"""

from typing import Final

from ciam.audit import trail
from ciam.audit.events import EventKind
from ciam.audit.trail import Actor
from ciam.identifiers import is_same
from ciam.oauth.errors import InvalidGrant, InvalidRequest
from ciam.oauth.grant import TokenRequest, TokenResponse
from ciam.oauth.grants.still_granted import still_granted
from ciam.oauth.parameters import require
from ciam.oauth.pkce import check_verifier
from ciam.oauth.tokens.issue import issue_tokens
from ciam.oauth.tokens.refresh_token import issue_first
from ciam.oauth.tokens.state import is_live
from ciam.storage import UnitOfWork
from ciam.storage.stores.authorization_codes import StoredCode

GRANT_TYPE: Final = "authorization_code"
WRITES: Final = True
REPLAYED: Final = "code_replayed"


async def issue(transaction: UnitOfWork, request: TokenRequest, /) -> TokenResponse:
    """Redeem a code; raise InvalidGrant, which also ends the family when the code was replayed."""
    code = require(request.parameters, "code")
    stored = await transaction.authorization_codes.find(code)
    if stored is None or stored.client != request.client.id:
        raise InvalidGrant(cause="no such code of this client")
    # Empty for a request without one: a first-party app is answered directly.
    redirect_uri = request.parameters.get("redirect_uri", "")
    if stored.redirect_uri and not redirect_uri:
        raise InvalidRequest("redirect_uri is missing")
    if not is_same(stored.redirect_uri, redirect_uri):
        raise InvalidGrant(cause="redirect_uri is not that of the authorization request")
    check_verifier(stored.code_challenge, request.parameters.get("code_verifier"))
    if stored.used_at is not None:
        _revoke_on_refusal(transaction, request, stored)
        raise InvalidGrant(cause="a used code came again: what it issued is revoked")
    family = stored.authorization
    if not await is_live(transaction, family):
        raise InvalidGrant(cause="grant, session or customer ended before the code was redeemed")
    if not await transaction.authorization_codes.claim(code):
        raise InvalidGrant(cause="the code has expired")
    scopes = still_granted(family, family.scopes)
    refresh_token = None
    if "refresh_token" in request.client.grant_types:
        refresh_token = await issue_first(transaction, family)
    response = await issue_tokens(
        transaction,
        request,
        family,
        scopes,
        refresh_token=refresh_token,
        nonce=family.nonce,
    )
    await trail.record(
        transaction,
        EventKind.TOKEN_ISSUED,
        actor=Actor.client(request.client.client_id),
        customer=family.customer,
        client=request.client.client_id,
        authorization=str(family.id),
        grant_type=GRANT_TYPE,
        scope=sorted(scopes),
    )
    return response


def _revoke_on_refusal(transaction: UnitOfWork, request: TokenRequest, stored: StoredCode) -> None:
    """End the family in a transaction of its own, since the refusal rolls this one back."""
    family, client_id = stored.authorization, request.client.client_id

    async def end_family(again: UnitOfWork) -> None:
        if await again.authorizations.revoke(family.id, REPLAYED):
            await trail.record(
                again,
                EventKind.TOKEN_REPLAYED,
                actor=Actor.client(client_id),
                customer=family.customer,
                client=client_id,
                authorization=str(family.id),
                token="authorization_code",
            )

    transaction.on_refusal(end_family)

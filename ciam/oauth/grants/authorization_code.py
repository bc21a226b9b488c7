"""`authorization_code`: a code is redeemed once (RFC 6749 §4.1.3; OIDC Core §3.1.3).

Client, redirect URI and PKCE are checked before the code is claimed, by one statement. A second
*valid* use revokes what the first one issued (RFC 6749 §4.1.2); an invalid one revokes nothing, or
a leaked code would be a switch to sign people out.
"""

from ciam.audit.events import EventKind
from ciam.audit.trail import Actor, record
from ciam.consent.client_grants import lock_grant
from ciam.identifiers import is_same
from ciam.oauth.errors import InvalidGrant
from ciam.oauth.grant import TokenRequest, TokenResponse
from ciam.oauth.parameters import require
from ciam.oauth.pkce import check_verifier
from ciam.oauth.tokens.refresh_token import issue_first
from ciam.oauth.tokens.response import respond
from ciam.storage import UnitOfWork
from ciam.storage.stores.authorizations import Authorization, StoredCode


async def redeem_code(request: TokenRequest) -> TokenResponse:
    """Exchange a code for tokens; raise InvalidGrant for anything but its first valid use."""
    code = require(request.form, "code")
    redirect_uri = require(request.form, "redirect_uri")
    async with request.database.write() as transaction:
        stored = await transaction.authorizations.find_code(code)
        _check(request, stored, redirect_uri)
        assert stored is not None  # noqa: S101 - _check has refused that
        family = stored.authorization
        grant = await lock_grant(transaction, family.customer, family.client)
        now = transaction.clock.now()
        if not await transaction.authorizations.claim_code(code):
            again = await transaction.authorizations.find_code(code)
            if again is None or again.used_at is None:
                raise InvalidGrant(cause="the code has expired")
            _revoke_on_refusal(transaction, request, family)
            raise InvalidGrant(cause="the code was used before")
        if grant is None or grant.removed_at is not None or not family.is_alive(now):
            raise InvalidGrant(cause="the authorization has ended")
        scopes = family.scopes & grant.scopes
        has_refresh = "refresh_token" in request.client.grant_types
        response = await respond(
            transaction,
            request,
            family,
            scopes=scopes,
            epoch=grant.epoch,
            refresh_token=await issue_first(transaction, family) if has_refresh else None,
            nonce=family.nonce,
        )
        await record(
            transaction,
            EventKind.TOKEN_ISSUED,
            actor=Actor.client(request.client.client_id),
            customer=family.customer,
            client=request.client.client_id,
            scopes=sorted(scopes),
        )
        return response


def _check(request: TokenRequest, stored: StoredCode | None, redirect_uri: str) -> None:
    """Raise InvalidGrant unless client, redirect URI and PKCE are those of the request."""
    if stored is None or stored.client != request.client.id:
        raise InvalidGrant(cause="unknown code, or another client's")
    if not is_same(stored.redirect_uri, redirect_uri):
        raise InvalidGrant(cause="another redirect_uri")
    check_verifier(stored.code_challenge, request.form.get("code_verifier"))


def _revoke_on_refusal(
    transaction: UnitOfWork, request: TokenRequest, family: Authorization
) -> None:
    async def revoke(again: UnitOfWork) -> None:
        if await again.authorizations.revoke(family.id, "code_replayed"):
            await record(
                again,
                EventKind.TOKEN_REPLAYED,
                actor=Actor.client(request.client.client_id),
                customer=family.customer,
                client=request.client.client_id,
                token="authorization_code",
            )

    transaction.on_refusal(revoke)

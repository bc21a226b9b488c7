"""`refresh_token`: new tokens from a refresh token (RFC 6749 §6; RFC 9700 §4.14.2).

Rotating clients get a successor. Within the grace after a rotation the same successor is given
again, to a client whose reply was lost; later, or for any older ancestor, it is a replay and the
whole family dies. The grant is locked first, so a withdrawal is either before or after, never in
between.
"""

from ciam.audit.events import EventKind
from ciam.audit.trail import Actor, record
from ciam.consent.client_grants import lock_grant
from ciam.oauth.errors import InvalidGrant, InvalidScope
from ciam.oauth.grant import TokenRequest, TokenResponse
from ciam.oauth.parameters import require
from ciam.oauth.scopes import parse_scope
from ciam.oauth.tokens.refresh_token import issue_successor, recompute_successor
from ciam.oauth.tokens.response import respond
from ciam.storage import UnitOfWork
from ciam.storage.stores.authorizations import StoredRefreshToken
from ciam.storage.stores.client_grants import ClientGrant


async def refresh(request: TokenRequest) -> TokenResponse:
    """Exchange a refresh token; raise InvalidGrant when it does not count."""
    token = require(request.form, "refresh_token")
    async with request.database.write() as transaction:
        before = await _find(transaction, request, token)
        family = before.authorization
        grant = await lock_grant(transaction, family.customer, family.client)
        # Waiting for the lock may have taken long: what is decided on is read under it.
        stored = before if transaction.is_sqlite else await _find(transaction, request, token)
        if grant is None or not stored.authorization.is_alive(transaction.clock.now()):
            raise InvalidGrant(cause="the authorization has ended")
        scopes = _scopes(request, stored, grant)
        answer = await _rotate(transaction, request, stored, token)
        response = await respond(
            transaction,
            request,
            stored.authorization,
            scopes=scopes,
            epoch=grant.epoch,
            refresh_token=answer,
            nonce=None,
        )
        await record(
            transaction,
            EventKind.TOKEN_REFRESHED,
            actor=Actor.client(request.client.client_id),
            customer=family.customer,
            client=request.client.client_id,
        )
        return response


async def _find(transaction: UnitOfWork, request: TokenRequest, token: str) -> StoredRefreshToken:
    stored = await transaction.authorizations.find_refresh_token(token)
    if stored is None or stored.authorization.client != request.client.id:
        raise InvalidGrant(cause="unknown refresh token, or another client's")
    if stored.expires_at <= transaction.clock.now():
        raise InvalidGrant(cause="the refresh token has expired")
    return stored


def _scopes(
    request: TokenRequest, stored: StoredRefreshToken, grant: ClientGrant
) -> frozenset[str]:
    """Give what is still granted, narrowed to what is asked for (RFC 6749 §6)."""
    granted = stored.authorization.scopes & grant.scopes
    if "scope" not in request.form:
        return granted
    asked = parse_scope(request.form["scope"])
    if not asked <= stored.authorization.scopes:
        raise InvalidScope("the scope exceeds what was granted")
    return asked & granted


async def _rotate(
    transaction: UnitOfWork, request: TokenRequest, stored: StoredRefreshToken, token: str
) -> str:
    """Give the refresh token of the answer; raise InvalidGrant and end the family on a replay."""
    if stored.superseded_at is None:
        if not request.client.rotates_refresh_tokens:
            tokens = (await transaction.policies.get()).tokens
            expires_at = transaction.clock.now() + tokens.refresh_token
            await transaction.authorizations.extend(
                token, min(expires_at, stored.authorization.expires_at)
            )
            return token
        if await transaction.authorizations.supersede(token):
            return await issue_successor(transaction, stored, token)
    if await _is_in_grace(transaction, stored):
        successor = await recompute_successor(transaction, stored, token)
        if successor is not None:
            return successor
    _revoke_on_refusal(transaction, request, stored)
    raise InvalidGrant(cause="a refresh token was replayed")


async def _is_in_grace(transaction: UnitOfWork, stored: StoredRefreshToken) -> bool:
    """Tell whether this is the immediate ancestor of the live leaf, rotated a moment ago."""
    if stored.superseded_at is None:
        return True  # rotated between two statements
    grace = (await transaction.policies.get()).tokens.refresh_grace
    if transaction.clock.now() - stored.superseded_at > grace:
        return False
    newest = await transaction.authorizations.newest_generation(stored.authorization.id)
    return newest == stored.generation + 1


def _revoke_on_refusal(
    transaction: UnitOfWork, request: TokenRequest, stored: StoredRefreshToken
) -> None:
    family = stored.authorization

    async def revoke(again: UnitOfWork) -> None:
        if await again.authorizations.revoke(family.id, "refresh_token_replayed"):
            await record(
                again,
                EventKind.TOKEN_REPLAYED,
                actor=Actor.client(request.client.client_id),
                customer=family.customer,
                client=request.client.client_id,
                token="refresh_token",
            )

    transaction.on_refusal(revoke)

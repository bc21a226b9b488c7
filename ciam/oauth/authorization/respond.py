"""The answer: one authorization, one code, in one transaction (OIDC Core §3.1.2.5, RFC 9207).

Lock order: customer, then grant. Under the customer's lock the session is looked at once more: a
password reset that came first has ended it, and then nothing is issued.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ciam.audit.events import EventKind
from ciam.audit.trail import Actor, record
from ciam.consent.client_grants import give_grant, lock_grant
from ciam.oauth.authorization.keeping import RequestOver, claim
from ciam.oauth.authorization.response import AuthorizationResponse, make_response, refuse
from ciam.oauth.errors import AccessDenied, LoginRequired
from ciam.oauth.scopes import OFFLINE_ACCESS
from ciam.oauth.subject_identifiers import subject_for
from ciam.oauth.tokens.access_token import audience_of
from ciam.oauth.tokens.authorization_code import find_unused, issue_code

if TYPE_CHECKING:
    from uuid import UUID

    from ciam.oauth.authorization.request import AuthorizationRequest
    from ciam.storage import UnitOfWork
    from ciam.storage.stores.client_grants import ClientGrant
    from ciam.storage.stores.sessions import Session


async def respond(
    transaction: UnitOfWork, request: AuthorizationRequest, session: Session
) -> AuthorizationResponse:
    """Issue a code for what is asked and allowed; raise AuthorizationRefused when it is over."""
    client = request.client
    customer = await transaction.customers.lock(session.customer)
    is_signed_in = await transaction.sessions.is_live(session.id)
    if customer is None or not customer.is_active or not is_signed_in:
        raise refuse(request, LoginRequired("nobody is signed in"))
    await claim(transaction, request)
    grant = await _grant(transaction, request, session)
    scopes = request.scopes & grant.scopes
    family = await _start_family(transaction, request, session, grant, scopes)
    code = await issue_code(
        transaction,
        family,
        client,
        redirect_uri=request.redirect_uri,
        code_challenge=request.code_challenge,
        kept_request=None if request.kept is None else request.kept.id,
    )
    await record(
        transaction,
        EventKind.AUTHORIZATION_GRANTED,
        actor=Actor.customer(session.customer),
        customer=session.customer,
        client=client.client_id,
        scopes=sorted(scopes),
    )
    return make_response(request, code=code)


async def respond_again(
    transaction: UnitOfWork, request: AuthorizationRequest, session: Session | None
) -> AuthorizationResponse:
    """Give the answer of a moment ago once more, whose reply was lost: nobody has used its code.

    Raise PageRefusal for any other request that was answered before, or for somebody else.
    """
    if request.kept is not None and session is not None:
        found = await find_unused(transaction, request.kept.id)
        if found is not None and await transaction.sessions.is_live(session.id):
            code, stored = found
            if stored.authorization.customer == session.customer:
                return make_response(request, code=code)
    raise RequestOver("the request was answered before")


def note_refusal(transaction: UnitOfWork, request: AuthorizationRequest, error: str) -> None:
    """Have a refusal remembered although it rolls back: the request is over, the log says why."""

    async def remember(again: UnitOfWork) -> None:
        if request.kept is not None:
            await again.authorization_requests.claim(request.kept.id)
        await record(
            again,
            EventKind.AUTHORIZATION_DENIED,
            actor=Actor.client(request.client.client_id),
            client=request.client.client_id,
            error=error,
        )

    transaction.on_refusal(remember)


async def _grant(
    transaction: UnitOfWork, request: AuthorizationRequest, session: Session
) -> ClientGrant:
    """Give the grant, held until the commit; our own apps get theirs without a page."""
    client, customer = request.client, session.customer
    if client.first_party:
        return await give_grant(transaction, customer, client, request.asked_scopes, screen=None)
    grant = await lock_grant(transaction, customer, client.id)
    if grant is None or not request.scopes & grant.scopes:
        raise refuse(request, AccessDenied(cause="the grant was removed in this moment"))
    return grant


async def _start_family(
    transaction: UnitOfWork,
    request: AuthorizationRequest,
    session: Session,
    grant: ClientGrant,
    scopes: frozenset[str],
) -> UUID:
    client = request.client
    lifetime = (await transaction.policies.get()).tokens.authorization
    client_session = await transaction.sessions.get_client_session(session.id, client.id)
    return await transaction.authorizations.start(
        {
            "client": client.id,
            "customer": session.customer,
            "client_grant": grant.id,
            "client_session": client_session.id,
            "subject": await subject_for(transaction, client, session.customer),
            "scopes": sorted(scopes),
            "claims": None if request.claims is None else dict(request.claims),
            "audience": list(audience_of(client, scopes, request.issuer)),
            "epoch": grant.epoch,
            "authenticated_at": session.authenticated_at,
            "acr": session.acr,
            "amr": list(session.amr),
            "nonce": request.nonce,
            "offline": OFFLINE_ACCESS in scopes,
            "expires_at": transaction.clock.now() + lifetime,
        }
    )

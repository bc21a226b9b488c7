"""What the consent page asks and what came of it: the page shows, the request remembers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ciam.consent.client_grants import missing_scopes
from ciam.oauth.authorization.interaction import needs_consent
from ciam.oauth.authorization.keeping import RequestOver, load_kept
from ciam.oauth.redirect_uris import form_action

if TYPE_CHECKING:
    from uuid import UUID

    from ciam.oauth.authorization.request import AuthorizationRequest
    from ciam.storage import UnitOfWork
    from ciam.storage.stores.clients import Client
    from ciam.storage.stores.sessions import Session


@dataclass(frozen=True, slots=True)
class ConsentQuestion:
    """What one customer is asked about the app of one request.

    asks_access      whether the app is asked about at all; else only notices and purposes are
    asked            all the app asks for; `missing` are those it was not allowed before
    redirect_origin  what the page's CSP must allow: its form ends at the client
    """

    request: AuthorizationRequest
    customer: UUID
    asks_access: bool
    asked: frozenset[str]
    missing: frozenset[str]
    redirect_origin: str

    @property
    def client(self) -> Client:
        """The app that asks."""
        return self.request.client

    @property
    def brand(self) -> str | None:
        """The key of the brand the page wears."""
        return self.client.brand


async def load_question(
    transaction: UnitOfWork, handle: str, browser_hash: bytes, session: Session, *, issuer: str
) -> ConsentQuestion:
    """Give what is asked; raise RequestOver when this browser has no such request."""
    request = await load_kept(transaction, handle, browser_hash, issuer=issuer)
    asked = request.asked_scopes
    return ConsentQuestion(
        request=request,
        customer=session.customer,
        asks_access=await needs_consent(transaction, request, session),
        asked=asked,
        missing=await missing_scopes(transaction, session.customer, request.client, asked),
        redirect_origin=form_action(request.redirect_uri),
    )


async def note_decision(
    transaction: UnitOfWork, question: ConsentQuestion, *, allowed: bool
) -> None:
    """Remember yes or no for this request; the page itself gives the grant and the decisions."""
    kept = question.request.kept
    decision = {"customer": question.customer.hex, "allowed": allowed}
    if kept is None or not await transaction.authorization_requests.note_decision(kept, decision):
        raise RequestOver("the request was answered before")

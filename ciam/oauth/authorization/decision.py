"""What the consent page asks and what came of it: the page shows, the request remembers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ciam.consent.client_grants import missing_scopes
from ciam.consent.decisions import Outstanding, find_outstanding
from ciam.oauth.authorization.interaction import needs_consent
from ciam.oauth.authorization.keeping import RequestOver, load_kept
from ciam.oauth.redirect_uris import form_action
from ciam.oauth.scopes import OFFLINE_ACCESS

if TYPE_CHECKING:
    from ciam.oauth.authorization.request import AuthorizationRequest
    from ciam.storage import UnitOfWork
    from ciam.storage.stores.clients import Client
    from ciam.storage.stores.sessions import Session


@dataclass(frozen=True, slots=True)
class ConsentQuestion:
    """What one customer is asked for one request.

    asks_for_scopes  whether the app is asked about at all, or only notices and purposes are
    scopes           all the app asks for; `missing` are those it was not allowed before
    outstanding      notices and purposes to decide on
    form_action      what the page's CSP must allow: its form ends at the client
    """

    client: Client
    asks_for_scopes: bool
    scopes: frozenset[str]
    missing: frozenset[str]
    outstanding: Outstanding
    form_action: str
    redirect_uri: str

    @property
    def offline(self) -> bool:
        """Whether the app may act while the customer is away (OIDC Core §11)."""
        return OFFLINE_ACCESS in self.scopes


async def load_question(
    transaction: UnitOfWork, handle: str, browser_hash: bytes, session: Session, *, issuer: str
) -> ConsentQuestion:
    """Give what is asked; raise PageRefusal when this browser has no such request."""
    request = await load_kept(transaction, handle, browser_hash, issuer=issuer)
    scopes = request.asked_scopes
    return ConsentQuestion(
        client=request.client,
        asks_for_scopes=await needs_consent(transaction, request, session),
        scopes=scopes,
        missing=await missing_scopes(transaction, session.customer, request.client, scopes),
        outstanding=await find_outstanding(transaction, session.customer, request.client),
        form_action=form_action(request.redirect_uri),
        redirect_uri=request.redirect_uri,
    )


async def note_decision(
    transaction: UnitOfWork,
    handle: str,
    browser_hash: bytes,
    session: Session,
    *,
    issuer: str,
    allowed: bool,
) -> None:
    """Remember yes or no for this request; the page itself gives the grant and the decisions."""
    request: AuthorizationRequest = await load_kept(
        transaction, handle, browser_hash, issuer=issuer
    )
    assert request.kept is not None  # noqa: S101 - load_kept gives it
    decision = {"customer": session.customer.hex, "allowed": allowed}
    if not await transaction.authorization_requests.note_decision(request.kept, decision):
        raise RequestOver("the request was answered before")

"""Logout begun by a client (OpenID Connect RP-Initiated Logout 1.0).

A client that shows an ID token of the session at hand signs the customer out at once; in every
other case the customer is asked (§2). The browser goes back only to a URI registered for exactly
that (§3); anything wrong with the request ends on a page of ours, never at the client.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ciam.errors import PageRefusal
from ciam.keys.signing import TokenNotOurs
from ciam.oauth.id_token_hint import IdTokenHint, read_id_token_hint
from ciam.oauth.redirect_uris import add_query, is_registered_for_logout
from ciam.texts import Text

if TYPE_CHECKING:
    from ciam.oauth.parameters import Parameters
    from ciam.storage import UnitOfWork
    from ciam.storage.stores.clients import Client
    from ciam.storage.stores.sessions import Session

REASON = "client_logout"


@dataclass(frozen=True, slots=True)
class LogoutRequest:
    """A checked request: who asks, whom they name, where the browser goes afterwards."""

    client: Client | None
    hint: IdTokenHint | None
    post_logout_redirect_uri: str | None
    state: str | None = field(default=None, repr=False)

    @property
    def location(self) -> str | None:
        """Where the browser goes, with the `state` (§3)."""
        if self.post_logout_redirect_uri is None:
            return None
        state = {} if self.state is None else {"state": self.state}
        return add_query(self.post_logout_redirect_uri, state)


class LogoutRefused(PageRefusal):
    """A logout request that cannot be followed; nobody was signed out."""

    def __init__(self, cause: str) -> None:
        """Take the cause; the page says the same for all of them."""
        super().__init__(
            cause,
            code="logout_refused",
            title=Text("The app sent a request that we cannot follow"),
            text=Text("You are still signed in here. You can sign out in your account."),
        )


async def check_logout(
    transaction: UnitOfWork, parameters: Parameters, *, issuer: str
) -> LogoutRequest:
    """Give a checked request; raise LogoutRefused when it contradicts itself or leads elsewhere."""
    if parameters.faults:
        raise LogoutRefused(next(iter(parameters.faults.values())))
    hint = await _read_hint(transaction, parameters, issuer)
    client_id = parameters.get("client_id") or (hint.client_id if hint else None)
    if hint is not None and hint.client_id != client_id:
        raise LogoutRefused("id_token_hint was issued to another client")
    client = None if client_id is None else await transaction.clients.find(client_id)
    if client_id is not None and client is None:
        raise LogoutRefused("client_id is unknown")
    uri = parameters.get("post_logout_redirect_uri")
    if uri is not None and (client is None or not is_registered_for_logout(client, uri)):
        raise LogoutRefused("post_logout_redirect_uri is not registered for this client")
    return LogoutRequest(client, hint, uri, parameters.get("state"))


async def is_about(transaction: UnitOfWork, request: LogoutRequest, session: Session) -> bool:
    """Tell whether the client has shown an ID token of this very session (§2)."""
    hint = request.hint
    if hint is None or hint.customer != session.customer or hint.sid is None:
        return False
    client_session = await transaction.sessions.find_by_sid(hint.sid)
    return client_session is not None and client_session.session == session.id


async def _read_hint(
    transaction: UnitOfWork, parameters: Parameters, issuer: str
) -> IdTokenHint | None:
    token = parameters.get("id_token_hint")
    if token is None:
        return None
    try:
        return await read_id_token_hint(transaction, token, issuer=issuer)
    except TokenNotOurs as error:
        raise LogoutRefused("id_token_hint is not an ID token of ours") from error

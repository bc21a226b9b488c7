"""What a handler asks for before it does its one thing: the session, or a sign-in first."""

from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import RedirectResponse

from ciam.sessions.levels import is_reached, least_of, methods_for
from ciam.sessions.session import find_session
from ciam.storage import UnitOfWork
from ciam.storage.stores.sessions import Session
from ciam.web.cookies import SESSION, read_cookie


async def current_session(request: Request, transaction: UnitOfWork) -> Session | None:
    """Give the live session of this browser, or None."""
    secret = read_cookie(request, SESSION)
    return None if secret is None else await find_session(transaction, secret)


async def is_enough_here(transaction: UnitOfWork, session: Session) -> bool:
    """Tell whether a session reaches what our own pages require of everybody."""
    return is_reached(session.acr, (least_of(await methods_for(transaction, None)),))


def sign_in_first(
    request: Request, *, fresh: bool = False, back_to: str | None = None
) -> RedirectResponse:
    """Send the browser to sign in and back to this page, or another; `fresh`: even with a session.

    A form that was sent has another page to come back to: it cannot be sent again.
    """
    query = {"return_to": back_to or request.url.path} | ({"fresh": "1"} if fresh else {})
    return RedirectResponse(f"/sign-in?{urlencode(query)}", status_code=303)

"""Who is signed in on an account page, and the header that every one of them shows."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from ciam.customers.identifiers import EMAIL, PHONE, USERNAME
from ciam.customers.profile import Profile, read_profile
from ciam.storage import UnitOfWork
from ciam.storage.stores.sessions import Session
from ciam.texts import Text
from ciam.web.dependencies import current_session, is_enough_here, sign_in_first
from ciam.web.rendering import render_page

DONE: Final[Mapping[str, Text]] = {
    "profile": Text("Your details were saved."),
    "password": Text("Your password was saved. You were signed out everywhere else."),
    "passkey": Text("Your passkey was saved. You can sign in with it from now on."),
    "passkey-name": Text("The name was saved."),
    "passkey-removed": Text("The passkey was removed. You were signed out everywhere else."),
    "login-linked": Text("The login was connected. You can sign in with it from now on."),
    "login-unlinked": Text(
        "The login was disconnected. You were signed out everywhere else."
        " We sent you a mail to undo this."
    ),
    "session": Text("That device was signed out."),
    "sessions": Text("All other devices were signed out."),
    "device": Text("That device was forgotten. The second step is asked for there again."),
    "devices": Text("All remembered devices were forgotten."),
    "totp-removed": Text("The authenticator app was removed."),
    "recovery-cancelled": Text("The request was cancelled. Your second step stays as it was."),
    "codes-on": Text("A code is sent to you from now on when you sign in."),
    "codes-off": Text("No code is sent to you any more when you sign in."),
    "email": Text("Your e-mail address was changed. You were signed out everywhere else."),
    "phone": Text("Your phone number was saved."),
    "phone-removed": Text("Your phone number was removed. You were signed out everywhere else."),
    "app": Text("The app was removed."),
}
"""What a page says after a form was carried out; the address holds only the key."""


@dataclass(frozen=True, slots=True)
class SignedIn:
    """The session of this browser and the customer behind it."""

    session: Session
    profile: Profile

    @property
    def login_name(self) -> str:
        """The main name one signs in with: address, else number, else user name; or nothing."""
        found = (self.profile.identifier(kind) for kind in (EMAIL, PHONE, USERNAME))
        return next((one.value for one in found if one is not None), "")

    async def is_fresh(self, transaction: UnitOfWork) -> bool:
        """Whether the sign-in is recent enough for what changes access."""
        policy = (await transaction.policies.get()).sessions
        return transaction.clock.now() - self.session.authenticated_at <= policy.fresh


async def find_signed_in(request: Request, transaction: UnitOfWork) -> SignedIn | None:
    """Give who is signed in, or None: then the page sends the browser to sign in first."""
    session = await current_session(request, transaction)
    if session is None or not await is_enough_here(transaction, session):
        return None
    return SignedIn(session, await read_profile(transaction, session.customer))


async def find_fresh(
    request: Request, transaction: UnitOfWork, *, return_to: str | None = None
) -> SignedIn | Response:
    """Give who signed in lately enough for what changes access, or the way to sign in first."""
    signed_in = await find_signed_in(request, transaction)
    if signed_in is not None and await signed_in.is_fresh(transaction):
        return signed_in
    return sign_in_first(request, fresh=signed_in is not None, back_to=return_to)


async def render_account_page(
    request: Request,
    name: str,
    signed_in: SignedIn,
    *,
    status: int = 200,
    **context: Any,  # noqa: ANN401 - whatever the template states
) -> Response:
    """Render `pages/account/<name>.html` with its header and what was just done."""
    header = {"name": signed_in.profile.name, "email": signed_in.login_name}
    return await render_page(
        request,
        f"account/{name}",
        status=status,
        customer=header,
        message=DONE.get(request.query_params.get("done", "")) if request.method == "GET" else None,
        **context,
    )


def back_to(path: str, done: str) -> RedirectResponse:
    """Answer a form that was carried out: a GET, so that loading again repeats nothing."""
    return RedirectResponse(f"{path}?done={done}", status_code=303)

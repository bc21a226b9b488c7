"""The demo shop: a small relying party that shows who signed in and what it may do with that."""

import secrets
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final

import httpx2
from joserfc.errors import JoseError
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.sessions import SessionMiddleware
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from ciam.cli.demo.goods import GOODS
from ciam.cli.demo.pages import answer, language_of, own_form, shared_routes
from ciam.cli.demo.relying_party import OAuthError, RelyingParty, SignedIn

_KEY: Final = "person"


@dataclass
class Shop:
    """The shop: its address, what it is a client of, and who is signed in to it."""

    address: str
    mailbox: str
    party: RelyingParty
    people: dict[str, SignedIn] = field(default_factory=dict, repr=False)

    def person(self, request: Request) -> SignedIn | None:
        """Give who is signed in at this browser."""
        return self.people.get(request.session.get(_KEY, ""))

    def forget(self, request: Request) -> SignedIn | None:
        """Sign this browser out of the shop; the server is not told."""
        return self.people.pop(request.session.pop(_KEY, ""), None)

    def show(
        self, request: Request, template: str, *, status: int = 200, **values: object
    ) -> Response:
        """Render a page of the shop."""
        policy = (
            "default-src 'none'; style-src 'self'; img-src data:; base-uri 'none';"
            f" form-action 'self' {self.party.issuer}; frame-ancestors 'none'"
        )
        shown = {"person": self.person(request), "message": "", "goods": GOODS} | values
        shown |= {"issuer": self.party.issuer, "mailbox": self.mailbox}
        return answer(request, template, policy=policy, status=status, **shown)

    async def home(self, request: Request) -> Response:
        """Show the shelves; also where the server sends people after signing out."""
        message = ""
        if "state" in request.query_params:
            with suppress(OAuthError):  # the page was loaded again, or the state is made up
                await self.party.client.validate_logout_response(request)
                said = {"ja": "ログアウトしました。", "en": "You have signed out."}
                message = said[language_of(request)]
        return self.show(request, "shop.html", message=message)

    async def sign_in(self, request: Request) -> Response:
        """Send the browser to the server; `prompt=create` begins with signing up."""
        asked = {"prompt": "create"} if request.url.path == "/sign-up" else {}
        redirect: Response = await self.party.client.authorize_redirect(
            request, f"{self.address}/callback", ui_locales=language_of(request), **asked
        )
        return redirect

    async def callback(self, request: Request) -> Response:
        """Take the answer, and give the browser a new session (no session fixation)."""
        person = await self.party.finish(request)
        self.forget(request)
        key = secrets.token_urlsafe(32)
        request.session[_KEY] = key
        self.people[key] = person
        return RedirectResponse("/", status_code=303)

    async def membership(self, request: Request) -> Response:
        """Show all that the server told."""
        if self.person(request) is None:
            return RedirectResponse("/sign-in", status_code=303)
        return self.show(request, "membership.html")

    async def sign_out(self, request: Request) -> Response:
        """Forget the person, then sign out at the server (RP-Initiated Logout 1.0 §2)."""
        person = self.forget(request)
        if person is None:
            return RedirectResponse("/", status_code=303)
        redirect: Response = await self.party.client.logout_redirect(
            request,
            post_logout_redirect_uri=f"{self.address}/",
            id_token_hint=person.tokens.get("id_token"),
            ui_locales=language_of(request),
        )
        redirect.status_code = 303
        return redirect

    def act(
        self, action: Callable[[SignedIn], Awaitable[None]]
    ) -> Callable[[Request], Awaitable[Response]]:
        """Give the endpoint of one button of the membership page."""

        async def endpoint(request: Request) -> Response:
            person = self.person(request)
            if person is not None:
                try:
                    await action(person)
                except OAuthError as error:
                    person.problem = f"{error.error}: {error.description}"
            return RedirectResponse("/membership", status_code=303)

        return endpoint

    async def trouble(self, request: Request, error: Exception) -> Response:
        """Show why nobody was signed in."""
        code = error.error if isinstance(error, OAuthError) else type(error).__name__
        description = error.description if isinstance(error, OAuthError) else ""
        return self.show(
            request, "trouble.html", status=400, error=code, description=description or ""
        )


def build_shop(address: str, mailbox: str, party: RelyingParty) -> Starlette:
    """Build the shop at an address."""
    shop = Shop(address, mailbox, party)
    routes = [
        Route("/", shop.home),
        Route("/sign-in", shop.sign_in),
        Route("/sign-up", shop.sign_in),
        Route("/callback", shop.callback),
        Route("/membership", shop.membership),
        Route("/sign-out", own_form(address, shop.sign_out), methods=["POST"]),
        Route("/userinfo", own_form(address, shop.act(party.ask_userinfo)), methods=["POST"]),
        Route("/refresh", own_form(address, shop.act(party.refresh)), methods=["POST"]),
        Route("/revoke", own_form(address, shop.act(party.revoke)), methods=["POST"]),
        *shared_routes,
    ]
    # Cookies ignore ports, so the name is another than the server's.
    session = Middleware(
        SessionMiddleware, secret_key=secrets.token_urlsafe(32), session_cookie="tsumugi_shop"
    )
    return Starlette(
        routes=routes,
        middleware=[session],
        exception_handlers=dict.fromkeys((OAuthError, JoseError, httpx2.HTTPError), shop.trouble),
    )

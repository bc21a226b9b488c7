"""Who holds a journey: a browser by its cookie, or an app without one by its auth_session.

A script counts only on the origin of an app that may have its own screens, and on our own site:
our cookies are SameSite=Lax, so to another site's script they do not go. What a form or an image
of somebody else sends has no such Origin (CSRF, login CSRF).
"""

from dataclasses import dataclass, replace
from typing import Final, Self

from starlette.requests import Request

from ciam.authentication.completion import SignedIn
from ciam.authentication.context import BrowserContext
from ciam.authentication.journey import Journey, load
from ciam.errors import ApiRefusal, PageRefusal
from ciam.oauth.auth_session import AuthSession, open_auth_session, seal_auth_session
from ciam.oauth.errors import InvalidDPoPProof, InvalidSession
from ciam.sessions.session import find_session
from ciam.storage import UnitOfWork
from ciam.storage.stores.clients import Client
from ciam.storage.stores.sessions import Session
from ciam.texts import Text
from ciam.web.browser import browser_context, context_of
from ciam.web.cors import list_origins, origins_of
from ciam.web.own_interface.device_key import check_key
from ciam.web.pages.journeys import take_cookies
from ciam.web.parts import parts

HEADER: Final = "Auth-Session"
_SAFE: Final = frozenset({"GET", "HEAD"})


@dataclass(frozen=True, slots=True)
class Holder:
    """One browser, or one installed app.

    origin  of the script that asks; None for an app, and for a reading script of our own origin
    app     what the app holds; None for a browser
    """

    context: BrowserContext
    origin: str | None = None
    app: AuthSession | None = None

    async def find_session(self, transaction: UnitOfWork) -> Session | None:
        """Give the live session of this browser or app."""
        secret = self.context.session
        return None if secret is None else await find_session(transaction, secret)

    def keep_going_on(self, *, request: str, journey: str) -> Self:
        """Note what is under way; a browser knows it by its cookie."""
        if self.app is None:
            return self
        return replace(self, app=self.app.going_on(request=request, journey=journey))

    async def keep(self, request: Request, signed_in: SignedIn) -> Self:
        """Hand over the session and the device: as cookies, or in the auth_session."""
        if self.app is not None:
            kept = self.app.signed_in(
                session=signed_in.session, device=signed_in.device, trusted=signed_in.trusted
            )
            return replace(self, app=kept)
        await take_cookies(request, signed_in)
        return self

    def sealed(self, request: Request) -> str | None:
        """Give what an app has to send next time; None for a browser."""
        return None if self.app is None else seal_auth_session(parts(request).database, self.app)

    async def load(self, request: Request, handle: str) -> Journey:
        """Give a journey of this holder and its client; raise ApiRefusal 404 for any other."""
        issuer = parts(request).settings.issuer
        async with parts(request).database.read() as transaction:
            try:
                journey = await load(transaction, handle, self.context)
            except PageRefusal as gone:
                raise _gone(gone.text, gone.cause) from gone
            client = None
            if journey.state.client is not None:
                client = await transaction.clients.get(journey.state.client)
        if not self._may_hold(client, issuer):
            raise _gone(_NOT_HERE, "a journey of another client")
        return journey

    def may_speak_for(self, client: Client, issuer: str) -> bool:
        """Tell whether requests of this client may come from here."""
        if not client.own_interface or client.disabled_at is not None:
            return False
        if self.app is not None:
            return self.app.client_id == client.client_id
        return self.origin in {None, issuer} or self.origin in origins_of(client)

    def _may_hold(self, client: Client | None, issuer: str) -> bool:
        if client is None:
            return self.app is None and self.origin in {None, issuer}
        is_ours = self.app is None and self.origin in {None, issuer}
        return is_ours or self.may_speak_for(client, issuer)


async def find_holder(request: Request) -> Holder:
    """Give who asks; raise ApiRefusal for a script that may not, or an auth_session that is over.

    Whoever sends an auth_session is an app; no cookie counts then, and none is set.
    """
    sent = request.headers.getlist(HEADER)
    if sent:
        try:
            # Two of them are joined, and the whole is none of ours.
            app = await open_sent(request, ",".join(sent))
            await check_key(request, app)
            return app_holder(request, app)
        except InvalidSession as error:
            text = Text("This app's sign-in has ended. Please start again.")
            raise ApiRefusal(400, "invalid_session", text, cause=error.cause) from error
        except InvalidDPoPProof as error:
            text = Text("This app could not prove its key. Please start again.")
            raise ApiRefusal(400, error.code, text, cause=error.cause) from error
    origin = request.headers.get("origin")
    if request.headers.get("sec-fetch-site") == "cross-site":
        raise ApiRefusal(
            403,
            "cross_site",
            Text("Cookies do not reach us from another site. Send the browser to our own pages."),
        )
    if origin is None and request.method not in _SAFE:
        raise not_registered("a change without an Origin")
    if origin is not None and origin != parts(request).settings.issuer:
        async with parts(request).database.read() as transaction:
            listed = await list_origins(transaction, own_interface=True)
        if origin not in listed:
            raise not_registered("an Origin of no app with screens of its own")
    return Holder(browser_context(request), origin)


async def open_sent(request: Request, sent: str) -> AuthSession:
    """Read the auth_session of a request; raise InvalidSession for what is not ours and young."""
    database = parts(request).database
    async with database.read() as transaction:
        policies = await transaction.policies.get()
    return open_auth_session(database, policies, sent)


def app_holder(request: Request, app: AuthSession) -> Holder:
    """Give an app as the holder of its journeys."""
    context = context_of(
        request,
        app.browser_hash,
        device=app.device,
        session=app.session,
        trusted=app.trusted,
    )
    return Holder(context, app=app)


_NOT_HERE: Final = Text(
    "It was open for too long, or was begun in another browser."
    " Please go back to where you came from and start again."
)


def _gone(text: Text, cause: str) -> ApiRefusal:
    return ApiRefusal(404, "journey_gone", text, cause=cause)


def not_registered(cause: str) -> ApiRefusal:
    """Give the refusal of an app that may not show screens of its own, or of nobody's script."""
    text = Text("This app is not registered to sign people in on screens of its own.")
    return ApiRefusal(403, "origin_not_registered", text, cause=cause)

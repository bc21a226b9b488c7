"""Where one is signed in, and how to end it: one device, or all others."""

from typing import Final
from uuid import UUID

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from ciam.sessions.session import end_session
from ciam.storage.stores.sessions import Session
from ciam.texts import Text
from ciam.web.browser import language_of
from ciam.web.dependencies import sign_in_first
from ciam.web.pages.account.devices import describe_device
from ciam.web.pages.account.signed_in import back_to, find_signed_in, render_account_page
from ciam.web.parts import parts
from ciam.web.read_form import read_form

PATH = "/account/sessions"
_END, _END_OTHERS = f"{PATH}/end", f"{PATH}/end-others"
_REASON: Final = "ended_by_customer"
_METHODS: Final = {
    "pwd": Text("with a password"),
    "otp": Text("with a code"),
    "hwk": Text("with a passkey"),
    "swk": Text("with a passkey"),
    "fed": Text("with a social sign-in"),
}


async def sessions(request: Request) -> Response:
    """List the sessions, this one first."""
    async with parts(request).database.read() as transaction:
        signed_in = await find_signed_in(request, transaction)
        if signed_in is None:
            return sign_in_first(request)
        found = await transaction.sessions.list_for(signed_in.session.customer)
    here = signed_in.session.id
    ordered = sorted(found, key=lambda one: one.last_seen_at, reverse=True)
    ordered.sort(key=lambda one: one.id != here)
    return await render_account_page(
        request,
        "sessions",
        signed_in,
        end_action=_END,
        end_others_action=_END_OTHERS,
        sessions=[_entry(request, session, here=here) for session in ordered],
    )


async def end_one(request: Request) -> Response:
    """End one session of this customer; another customer's id does nothing."""
    form = await read_form(request)
    wanted = _read_id(form.get("session_id", ""))
    async with parts(request).database.write() as transaction:
        signed_in = await find_signed_in(request, transaction)
        if signed_in is None:
            return RedirectResponse(PATH, status_code=303)
        for session in await transaction.sessions.list_for(signed_in.session.customer):
            if session.id == wanted != signed_in.session.id:
                await end_session(transaction, session, _REASON)
    return back_to(PATH, "session")


async def end_others(request: Request) -> Response:
    """End every session of this customer but this one."""
    await read_form(request)
    async with parts(request).database.write() as transaction:
        signed_in = await find_signed_in(request, transaction)
        if signed_in is None:
            return RedirectResponse(PATH, status_code=303)
        for session in await transaction.sessions.list_for(signed_in.session.customer):
            if session.id != signed_in.session.id:
                await end_session(transaction, session, _REASON)
    return back_to(PATH, "sessions")


def describe_method(session: Session) -> Text:
    """Say how somebody signed in, by the first method of the record."""
    known = [_METHODS[method] for method in session.amr if method in _METHODS]
    return known[0] if known else Text("signed in")


def _entry(request: Request, session: Session, *, here: UUID) -> dict[str, object]:
    say, language = parts(request).renderer.say, language_of(request)
    return {
        "id": str(session.id),
        "device": say(describe_device(session.user_agent), language),
        "place": session.address or None,
        "began_at": session.created_at,
        "seen_at": session.last_seen_at,
        "current": session.id == here,
        "method": describe_method(session),
        "apps": [],
    }


def _read_id(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


routes = [
    Route(PATH, sessions, methods=["GET"]),
    Route(_END, end_one, methods=["POST"]),
    Route(_END_OTHERS, end_others, methods=["POST"]),
]

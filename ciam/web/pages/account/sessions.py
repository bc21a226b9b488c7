"""Where one is signed in, and how to end it: one device, or all others."""

from typing import Final
from uuid import UUID

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from ciam.sessions.session import end_session
from ciam.sessions.trusted_devices import find_trust, forget_all, forget_device, list_trusted
from ciam.storage.stores.sessions import Session
from ciam.storage.stores.trusted_devices import TrustedDevice
from ciam.texts import Text
from ciam.web.browser import browser_context, language_of
from ciam.web.dependencies import sign_in_first
from ciam.web.pages.account.devices import describe_device
from ciam.web.pages.account.signed_in import back_to, find_signed_in, render_account_page
from ciam.web.parts import parts
from ciam.web.read_form import read_form

PATH = "/account/sessions"
_END, _END_OTHERS = f"{PATH}/end", f"{PATH}/end-others"
_FORGET, _FORGET_ALL = f"{PATH}/forget", f"{PATH}/forget-all"
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
        customer = signed_in.session.customer
        found = await transaction.sessions.list_for(customer)
        trusted = await list_trusted(transaction, customer)
        trust = await find_trust(transaction, customer, browser_context(request).trusted)
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
        forget_action=_FORGET,
        forget_all_action=_FORGET_ALL,
        trusted=[
            _trusted(request, one, is_here=trust is not None and one.id == trust.id)
            for one in trusted
        ],
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
    """End every session of this customer but this one, and forget every device but this one."""
    await read_form(request)
    trusted = browser_context(request).trusted
    async with parts(request).database.write() as transaction:
        signed_in = await find_signed_in(request, transaction)
        if signed_in is None:
            return RedirectResponse(PATH, status_code=303)
        customer = signed_in.session.customer
        for session in await transaction.sessions.list_for(customer):
            if session.id != signed_in.session.id:
                await end_session(transaction, session, _REASON)
        here = await find_trust(transaction, customer, trusted)
        for device in await list_trusted(transaction, customer):
            if here is None or device.id != here.id:
                await forget_device(transaction, customer, device.id)
    return back_to(PATH, "sessions")


async def forget_one(request: Request) -> Response:
    """Forget one remembered device of this customer; another customer's id does nothing."""
    form = await read_form(request)
    wanted = _read_id(form.get("device_id", ""))
    async with parts(request).database.write() as transaction:
        signed_in = await find_signed_in(request, transaction)
        if signed_in is not None and wanted is not None:
            await forget_device(transaction, signed_in.session.customer, wanted)
    return back_to(PATH, "device")


async def forget_every(request: Request) -> Response:
    """Forget every remembered device of this customer, this one too."""
    await read_form(request)
    async with parts(request).database.write() as transaction:
        signed_in = await find_signed_in(request, transaction)
        if signed_in is not None:
            await forget_all(transaction, signed_in.session.customer)
    return back_to(PATH, "devices")


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
        "country": parts(request).places.country_of(session.address),
        "began_at": session.created_at,
        "seen_at": session.last_seen_at,
        "current": session.id == here,
        "method": describe_method(session),
        "apps": [],
    }


def _trusted(request: Request, device: TrustedDevice, *, is_here: bool) -> dict[str, object]:
    say, language = parts(request).renderer.say, language_of(request)
    return {
        "id": str(device.id),
        "device": say(describe_device(device.user_agent), language),
        "since": device.created_at,
        "used_at": device.last_used_at,
        "until": device.expires_at,
        "current": is_here,
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
    Route(_FORGET, forget_one, methods=["POST"]),
    Route(_FORGET_ALL, forget_every, methods=["POST"]),
]

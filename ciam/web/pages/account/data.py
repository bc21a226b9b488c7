"""Your data: take a copy, or close the account; both need a sign-in of a moment ago."""

import json
from typing import Final

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from ciam.consent.screens import Screen
from ciam.privacy.account_copy import copy_account
from ciam.privacy.closing import close_account
from ciam.texts import Text
from ciam.web.browser import language_of
from ciam.web.cookies import SESSION, clear_cookie
from ciam.web.dependencies import sign_in_first
from ciam.web.forms import FormState
from ciam.web.pages.account.signed_in import find_fresh, find_signed_in, render_account_page
from ciam.web.parts import parts
from ciam.web.read_form import read_form
from ciam.web.rendering import render_page

PATH: Final = "/account/data"
_DOWNLOAD, _CLOSE = f"{PATH}/download", f"{PATH}/close"
_CLOSED: Final = "/account-closed"
_CONFIRMED: Final = "yes"
_EFFECTS: Final = (
    Text("You are signed out everywhere and cannot sign in any more."),
    Text("Every consent you gave is taken back, and every connected app is removed."),
    Text("What we must keep by law stays until its time is over."),
)


async def data(request: Request) -> Response:
    """Offer both."""
    async with parts(request).database.read() as transaction:
        signed_in = await find_signed_in(request, transaction)
    if signed_in is None:
        return sign_in_first(request)
    return await render_account_page(
        request, "data", signed_in, download_action=_DOWNLOAD, close_href=_CLOSE
    )


async def download(request: Request) -> Response:
    """Give the copy as a file."""
    await read_form(request)
    async with parts(request).database.write() as transaction:
        signed_in = await find_signed_in(request, transaction)
        if signed_in is None or not await signed_in.is_fresh(transaction):
            return _to_fresh_sign_in(PATH)
        customer = signed_in.session.customer
        document = await copy_account(transaction, customer, language_of(request))
    day = parts(request).clock.now().date().isoformat()
    return Response(
        json.dumps(document, ensure_ascii=False, indent=1),
        media_type="application/json",
        headers={"Content-Disposition": f'attachment; filename="my-data-{day}.json"'},
    )


async def confirm(request: Request) -> Response:
    """Ask whether to close the account."""
    async with parts(request).database.read() as transaction:
        signed_in = await find_fresh(request, transaction)
    if isinstance(signed_in, Response):
        return signed_in
    return await _ask(request, FormState())


async def close(request: Request) -> Response:
    """Close the account; without the tick the page asks again."""
    form = await read_form(request)
    if form.get("confirm") != _CONFIRMED:
        errors = {"confirm": Text("Tick the box to close your account.")}
        return await _ask(request, FormState(errors=errors))
    async with parts(request).database.write() as transaction:
        signed_in = await find_signed_in(request, transaction)
        if signed_in is None or not await signed_in.is_fresh(transaction):
            return _to_fresh_sign_in(_CLOSE)
        await close_account(transaction, signed_in.session.customer, screen=_screen(request))
    clear_cookie(request, SESSION)
    return RedirectResponse(_CLOSED, status_code=303)


async def closed(request: Request) -> Response:
    """Say that it is done."""
    return await render_page(request, "account_closed")


async def _ask(request: Request, form: FormState) -> Response:
    async with parts(request).database.read() as transaction:
        signed_in = await find_signed_in(request, transaction)
    if signed_in is None:
        return sign_in_first(request)
    return await render_account_page(
        request,
        "close",
        signed_in,
        status=422 if form.is_refused else 200,
        form=form,
        action=_CLOSE,
        effects=_EFFECTS,
        back_href=PATH,
    )


def _to_fresh_sign_in(path: str) -> RedirectResponse:
    return RedirectResponse(f"/sign-in?return_to={path}&fresh=1", status_code=303)


def _screen(request: Request) -> Screen:
    """Give what the page showed, for the receipts of what is taken back."""
    say, language = parts(request).renderer.say, language_of(request)
    return Screen(
        page="account",
        origin=parts(request).settings.issuer,
        language=language,
        content={
            "title": say(Text("Close your account?"), language),
            "effects": [say(text, language) for text in _EFFECTS],
        },
    )


routes = [
    Route(PATH, data, methods=["GET"]),
    Route(_DOWNLOAD, download, methods=["POST"]),
    Route(_CLOSE, confirm, methods=["GET"]),
    Route(_CLOSE, close, methods=["POST"]),
    Route(_CLOSED, closed, methods=["GET"]),
]

"""Sign out of the account pages: the session of this browser ends, apps follow it."""

from typing import Final

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from ciam.sessions.session import end_session
from ciam.web.cookies import SESSION, clear_cookie
from ciam.web.dependencies import current_session
from ciam.web.parts import parts
from ciam.web.read_form import read_form
from ciam.web.rendering import render_page

PATH: Final = "/account/sign-out"
_REASON: Final = "signed_out"


async def sign_out(request: Request) -> Response:
    """End the session, forget its cookie, and say so; without a session the answer is the same."""
    await read_form(request)
    async with parts(request).database.write() as transaction:
        session = await current_session(request, transaction)
        if session is not None:
            await end_session(transaction, session, _REASON)
    clear_cookie(request, SESSION)
    return RedirectResponse(PATH, status_code=303)


async def signed_out(request: Request) -> Response:
    """Say that one is signed out; a page of its own, so that loading it again is harmless."""
    async with parts(request).database.read() as transaction:
        if await current_session(request, transaction) is not None:
            return RedirectResponse("/account", status_code=303)
    return await render_page(
        request,
        "signed_out",
        client_name=None,
        continue_href=None,
        sign_in_href="/sign-in",
    )


routes = [
    Route(PATH, sign_out, methods=["POST"]),
    Route(PATH, signed_out, methods=["GET"]),
]

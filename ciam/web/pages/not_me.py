"""The link of a mail about a sign-in: a page that asks, a form that secures the account."""

from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ciam.authentication.disown import Done, disown, find_dispute
from ciam.authentication.sign_in_news import DISOWN_PATH
from ciam.texts import Text
from ciam.web.parts import parts
from ciam.web.read_form import read_form
from ciam.web.rendering import render_page

RECOVERY: Final = "/recover"
ADDED: Final = {
    "passkey": Text("A passkey that was added since then was removed."),
    "totp": Text("The authenticator app that was set up since then was removed."),
    "login": Text("A login that was connected since then was disconnected."),
    "name": Text("A phone number or user name that was added since then was removed."),
}
ADDED_OTHERWISE: Final = Text("A way to sign in that was added since then was removed.")


async def show(request: Request) -> Response:
    """Say which sign-in it is about and ask; GET does nothing, since programs open links too."""
    token = request.query_params.get("token", "")
    async with parts(request).database.read() as transaction:
        found = await find_dispute(transaction, token)
    if found.used_at is not None:
        return await _done(request, None)
    return await render_page(
        request,
        "not_me",
        action=DISOWN_PATH,
        token=token,
        when=found.signed_in_at,
        device=found.device,
        country=found.country,
        until=found.expires_at,
    )


async def submit(request: Request) -> Response:
    """Secure the account and say what was done."""
    form = await read_form(request)
    return await _done(request, await disown(parts(request).database, form.get("token", "")))


async def _done(request: Request, done: Done | None) -> Response:
    """Say what was done; None: the link was used before, perhaps by a form sent twice."""
    return await render_page(
        request,
        "not_me_done",
        had_password=done is None or done.had_password,
        removed=[] if done is None else [ADDED.get(one, ADDED_OTHERWISE) for one in done.removed],
        has_old_address=done is not None and done.has_old_address,
        has_old_number=done is not None and done.has_old_number,
        lost=[] if done is None else done.lost,
        recovery_href=RECOVERY,
    )


routes = [
    Route(DISOWN_PATH, show, methods=["GET"]),
    Route(DISOWN_PATH, submit, methods=["POST"]),
]

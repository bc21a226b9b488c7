"""After a sign-in with a password: offer a passkey once, then go where the person was going.

Only where the page's script found that the device could keep one, the customer has none, and this
device was not asked for some weeks.
"""

from dataclasses import replace
from typing import Final
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ciam.authentication.completion import SignedIn
from ciam.errors import FormRefused
from ciam.sessions.session import find_session
from ciam.web.cookies import PASSKEY_OFFERED, read_cookie, set_cookie
from ciam.web.forms import FormState
from ciam.web.pages.account.passkeys import enrol_here, registration_options
from ciam.web.pages.account.signed_in import find_signed_in
from ciam.web.pages.journeys import form_action_to, return_to, see_other
from ciam.web.parts import parts
from ciam.web.read_form import read_form
from ciam.web.rendering import render_page

PATH: Final = "/passkey-offer"


async def offer_first(request: Request, signed_in: SignedIn) -> SignedIn:
    """Lead over the offer to where the sign-in leads, unless there is no reason to offer."""
    if read_cookie(request, PASSKEY_OFFERED) is not None:
        return signed_in
    async with parts(request).database.read() as transaction:
        policy = (await transaction.policies.get()).passkeys
        session = await find_session(transaction, signed_in.session)
        if not policy.offer or session is None:
            return signed_in
        if await transaction.passkeys.list_for(session.customer):
            return signed_in
    set_cookie(request, PASSKEY_OFFERED, "1", policy.offer_again)
    return replace(signed_in, return_to=_path(signed_in.return_to))


async def show(request: Request) -> Response:
    """Make the offer."""
    return await _page(request, FormState())


async def submit(request: Request) -> Response:
    """Enrol what the authenticator made and go on."""
    form = await read_form(request)
    try:
        wanted = await enrol_here(request, form.get("credential", ""), "")
    except FormRefused as refused:
        return await _page(request, FormState(errors=refused.errors, alert=refused.alert))
    return wanted or see_other(return_to(request))


async def _page(request: Request, form: FormState) -> Response:
    onward = return_to(request)
    # A first look makes the customer's handle: hence a unit of work that may write.
    async with parts(request).database.write() as transaction:
        signed_in = await find_signed_in(request, transaction)
        if signed_in is None or not await signed_in.is_fresh(transaction):
            return see_other(onward)
        options = await registration_options(request, transaction, signed_in)
    if options is None:
        return see_other(onward)
    ends_at = await form_action_to(request, onward)
    return await render_page(
        request,
        "passkey_offer",
        status=422 if form.is_refused else 200,
        form_action=[] if ends_at is None else [ends_at],
        form=form,
        action=_path(onward),
        options=options,
        skip_href=onward,
    )


def _path(onward: str) -> str:
    return f"{PATH}?{urlencode({'return_to': onward})}"


routes = [
    Route(PATH, show, methods=["GET"]),
    Route(PATH, submit, methods=["POST"]),
]

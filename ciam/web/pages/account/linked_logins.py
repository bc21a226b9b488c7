"""Linked logins: what one can sign in with, one more, one less, and what a mail takes back.

Each change needs a sign-in at most minutes old (`policies.sessions.fresh`).
"""

from typing import Final
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ciam.authentication.journey import StepTaken
from ciam.authentication.pending_link import load_question
from ciam.authentication.social_sign_in import LINKED_LOGINS as PATH
from ciam.authentication.social_sign_in import begin_link, finish_link
from ciam.customers.identifiers import mask_email
from ciam.federation.linking import (
    LINKED,
    UNDO_PATH,
    LastWayIn,
    find_undo,
    provider_name,
    undo,
    unlink,
)
from ciam.federation.offers import list_offers
from ciam.storage.stores.external_identities import ExternalIdentity
from ciam.texts import Text
from ciam.web.browser import browser_context, language_of
from ciam.web.dependencies import sign_in_first
from ciam.web.forms import FormState
from ciam.web.pages.account.signed_in import (
    SignedIn,
    back_to,
    find_fresh,
    find_signed_in,
    render_account_page,
)
from ciam.web.pages.federation import describe, go_to_provider
from ciam.web.pages.journeys import see_other
from ciam.web.parts import parts
from ciam.web.read_form import read_form
from ciam.web.rendering import render_page

_REMOVE: Final = f"{PATH}/remove"
_ADD: Final = f"{PATH}/add"
_LAST: Final = Text(
    "This is the only way into your account. Set a password, or connect another login, first."
)


async def linked_logins(request: Request) -> Response:
    """List what is linked, and what can be."""
    async with parts(request).database.read() as transaction:
        signed_in = await find_signed_in(request, transaction)
        if signed_in is None:
            return sign_in_first(request)
        found = await transaction.external_identities.list_for(signed_in.session.customer)
        offers = await list_offers(transaction, language_of(request))
    return await render_account_page(
        request,
        "linked_logins",
        signed_in,
        logins=[await _entry(request, one) for one in found],
        offers=[
            {"key": one.key, "name": one.name, "mark": one.mark, "action": f"{_ADD}/{one.key}"}
            for one in offers
        ],
    )


async def add(request: Request) -> Response:
    """Go to a provider to link a login there."""
    await read_form(request)
    signed_in = await _find_fresh(request)
    if not isinstance(signed_in, SignedIn):
        return signed_in
    database, context = parts(request).database, browser_context(request)
    handle = await begin_link(database, signed_in.session, context)
    return await go_to_provider(request, handle, "link")


async def confirm(request: Request) -> Response:
    """Ask whether to link what the provider has proven, or take the answer."""
    form = await read_form(request) if request.method == "POST" else {}
    # Also from an old sign-in the person comes back to this page, and goes on.
    signed_in = await _find_fresh(request, back=request.url.path)
    if not isinstance(signed_in, SignedIn):
        return signed_in
    database, context = parts(request).database, browser_context(request)
    handle, customer = request.path_params["journey"], signed_in.session.customer
    try:
        if request.method == "POST":
            wants = form.get("answer") == "connect"
            await finish_link(database, handle, context, customer, wants=wants)
            return back_to(PATH, "login-linked") if wants else see_other(PATH)
        async with database.read() as transaction:
            journey, identity = await load_question(transaction, handle, context)
    except StepTaken:
        return see_other(PATH)
    if journey.record.customer != customer:
        return see_other(PATH)
    return await render_account_page(
        request,
        "linked_login_confirm",
        signed_in,
        action=request.url.path,
        login=await describe(request, identity),
        back_href=PATH,
    )


async def remove(request: Request) -> Response:
    """Ask whether to unlink a login, or do it; never the last way in."""
    form = await read_form(request) if request.method == "POST" else {}
    signed_in = await _find_fresh(request)
    if not isinstance(signed_in, SignedIn):
        return signed_in
    wanted = _read_id(form.get("login", "") or request.query_params.get("login", ""))
    state = FormState()
    if request.method == "POST":
        try:
            session = signed_in.session
            async with parts(request).database.write() as transaction:
                await unlink(transaction, session.customer, wanted, keep_session=session.id)
        except LastWayIn:
            state = FormState(alert=_LAST)
        else:
            return back_to(PATH, "login-unlinked")
    async with parts(request).database.read() as transaction:
        own = await transaction.external_identities.list_for(signed_in.session.customer)
    shown = next((one for one in own if one.id == wanted), None)
    if shown is None:
        return see_other(PATH)
    return await render_account_page(
        request,
        "linked_login_remove",
        signed_in,
        status=422 if state.is_refused else 200,
        form=state,
        action=_REMOVE,
        login=await _entry(request, shown),
        back_href=PATH,
    )


async def show_undo(request: Request) -> Response:
    """Say what a mailed link would take back; a GET changes nothing."""
    token = request.query_params.get("token", "")
    async with parts(request).database.read() as transaction:
        found = await find_undo(transaction, token)
        name = await provider_name(transaction, found.identity["connection"], language_of(request))
    return await _undo_page(request, name, was_linked=found.act == LINKED, token=token, done=False)


async def submit_undo(request: Request) -> Response:
    """Take it back."""
    form = await read_form(request)
    async with parts(request).database.write() as transaction:
        undone = await undo(transaction, form.get("token", ""))
        name = await provider_name(transaction, undone.identity["connection"], language_of(request))
    return await _undo_page(request, name, was_linked=undone.act == LINKED, token="", done=True)


async def _undo_page(
    request: Request, provider: str, *, was_linked: bool, token: str, done: bool
) -> Response:
    return await render_page(
        request,
        "linked_login_undo",
        provider=provider,
        was_linked=was_linked,
        token=token,
        done=done,
        action=UNDO_PATH,
    )


async def _find_fresh(request: Request, *, back: str = PATH) -> SignedIn | Response:
    async with parts(request).database.read() as transaction:
        return await find_fresh(request, transaction, return_to=back)


async def _entry(request: Request, login: ExternalIdentity) -> dict[str, object]:
    async with parts(request).database.read() as transaction:
        name = await provider_name(transaction, login.connection, language_of(request))
    return {
        "id": str(login.id),
        "provider": name,
        "label": mask_email(login.label) if "@" in login.label else login.label,
        "linked_at": login.linked_at,
        "used_at": login.last_used_at,
        "remove_href": f"{_REMOVE}?login={login.id}",
    }


def _read_id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        return UUID(int=0)


routes = [
    Route(PATH, linked_logins, methods=["GET"]),
    Route(f"{_ADD}/{{connection}}", add, methods=["POST"]),
    Route(f"{PATH}/confirm/{{journey}}", confirm, methods=["GET", "POST"]),
    Route(_REMOVE, remove, methods=["GET", "POST"]),
    Route(UNDO_PATH, show_undo, methods=["GET"]),
    Route(UNDO_PATH, submit_undo, methods=["POST"]),
]

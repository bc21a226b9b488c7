"""Change the e-mail address: a form, the code from the new address."""

from typing import Final

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from ciam.authentication.change_email import KIND, begin_change, finish_change
from ciam.authentication.contact_change import load_change
from ciam.authentication.journey import StepTaken, path_of
from ciam.customers.identifiers import EMAIL
from ciam.errors import FormRefused, TooManyAttempts
from ciam.web.browser import browser_context
from ciam.web.dependencies import sign_in_first
from ciam.web.forms import FormState
from ciam.web.pages.account.signed_in import (
    SignedIn,
    back_to,
    find_signed_in,
    render_account_page,
)
from ciam.web.parts import parts
from ciam.web.read_form import read_form

_AFTER: Final = "/account/profile"


async def change(request: Request) -> Response:
    """Ask for the new address, or take it and send a code there."""
    form = await read_form(request) if request.method == "POST" else {}
    signed_in = await _find_fresh(request)
    if isinstance(signed_in, Response):
        return signed_in
    if request.method == "GET":
        return await _ask(request, signed_in, FormState())
    values = {"email": form.get("email", "")}
    try:
        handle = await begin_change(
            parts(request).database, signed_in.session, browser_context(request), values["email"]
        )
    except FormRefused as refused:
        return await _ask(request, signed_in, FormState(values, refused.errors, refused.alert))
    except TooManyAttempts as refused:
        return await _ask(request, signed_in, FormState(values, alert=refused.text))
    return RedirectResponse(path_of(KIND.step, handle), status_code=303)


async def code(request: Request) -> Response:
    """Ask for the code, or take it and change the address."""
    form = await read_form(request) if request.method == "POST" else {}
    signed_in = await _find_fresh(request)
    if isinstance(signed_in, Response):
        return signed_in
    handle = request.query_params.get("journey", "")
    try:
        if request.method == "GET":
            return await _ask_code(request, signed_in, handle, FormState())
        return await _give_code(request, signed_in, handle, form.get("code", ""))
    except StepTaken:  # over, perhaps by the same form a moment ago
        return RedirectResponse(_AFTER, status_code=303)


async def _give_code(request: Request, signed_in: SignedIn, handle: str, typed: str) -> Response:
    try:
        await finish_change(
            parts(request).database, signed_in.session, browser_context(request), handle, typed
        )
    except FormRefused as refused:
        return await _ask_code(request, signed_in, handle, FormState(errors=refused.errors))
    except TooManyAttempts as refused:
        return await _ask_code(request, signed_in, handle, FormState(alert=refused.text))
    return back_to(_AFTER, "email")


async def _find_fresh(request: Request) -> SignedIn | Response:
    async with parts(request).database.read() as transaction:
        signed_in = await find_signed_in(request, transaction)
        if signed_in is None or not await signed_in.is_fresh(transaction):
            return sign_in_first(request, fresh=signed_in is not None)
    return signed_in


async def _ask(request: Request, signed_in: SignedIn, form: FormState) -> Response:
    email = signed_in.profile.identifier(EMAIL)
    return await render_account_page(
        request,
        "email",
        signed_in,
        status=422 if form.is_refused else 200,
        form=form,
        action=KIND.path,
        email=email.value if email else None,
    )


async def _ask_code(
    request: Request, signed_in: SignedIn, handle: str, form: FormState
) -> Response:
    async with parts(request).database.read() as transaction:
        journey = await load_change(
            transaction, handle, browser_context(request), signed_in.session, KIND
        )
    return await render_account_page(
        request,
        "email_code",
        signed_in,
        status=422 if form.is_refused else 200,
        form=form,
        action=path_of(KIND.step, handle),
        address=journey.state.address,
        expires_at=journey.state.code_expires_at,
        change_href=KIND.path,
    )


routes = [
    Route(KIND.path, change, methods=["GET", "POST"]),
    Route(f"{KIND.path}/code", code, methods=["GET", "POST"]),
]

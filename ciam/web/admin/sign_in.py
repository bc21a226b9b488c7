"""The operator's way in and out: password and code, proving it again, signing out."""

from typing import Final

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from ciam.administration import sign_in as rules
from ciam.administration.roles import Permission
from ciam.administration.sign_in import Desk
from ciam.errors import SignInRefused, TooManyAttempts
from ciam.storage.stores.operator_sessions import COOKIE
from ciam.web.admin.endpoint import CONFIRM, SIGN_IN, AdminRoute, safe_return
from ciam.web.browser import client_address
from ciam.web.cookies import OPERATOR, clear_cookie, set_cookie
from ciam.web.forms import FormState
from ciam.web.parts import parts
from ciam.web.read_form import read_form
from ciam.web.rendering import render_page

SIGN_OUT: Final = "/admin/sign-out"


async def show(request: Request) -> Response:
    """Ask for address, password and code."""
    return await _page(request, FormState(), request.query_params.get("return_to", ""))


async def submit(request: Request) -> Response:
    """Begin a session and go on to where the operator wanted to be."""
    form, found = await read_form(request), parts(request)
    email = form.get("identifier", "")
    try:
        signed_in = await rules.sign_in(
            found.database,
            found.hasher,
            email=email,
            password=form.get("password", ""),
            code=form.get("code", ""),
            address=client_address(request),
            kind=COOKIE,
        )
    except (SignInRefused, TooManyAttempts) as refused:
        state = FormState({"identifier": email}, alert=refused.text)
        return await _page(request, state, form.get("return_to", ""), refused.status)
    set_cookie(request, OPERATOR, signed_in.secret)
    return RedirectResponse(safe_return(form.get("return_to", "")), status_code=303)


async def ask_again(request: Request, desk: Desk) -> Response:
    """Ask for password and code once more."""
    return await _confirm_page(
        request, desk, FormState(), request.query_params.get("return_to", "")
    )


async def confirm(request: Request, desk: Desk) -> Response:
    """Take the fresh proof and go on."""
    form, found = await read_form(request), parts(request)
    return_to = form.get("return_to", "")
    try:
        secret = await rules.confirm(
            found.database,
            found.hasher,
            desk,
            password=form.get("password", ""),
            code=form.get("code", ""),
            address=client_address(request),
        )
    except (SignInRefused, TooManyAttempts) as refused:
        state = FormState(alert=refused.text)
        return await _confirm_page(request, desk, state, return_to, refused.status)
    set_cookie(request, OPERATOR, secret)
    return RedirectResponse(safe_return(return_to), status_code=303)


async def sign_out(request: Request, desk: Desk) -> Response:
    """End the session and forget its cookie."""
    await read_form(request)
    async with parts(request).database.write() as transaction:
        await rules.sign_out(transaction, desk)
    clear_cookie(request, OPERATOR)
    return RedirectResponse(SIGN_IN, status_code=303)


async def _page(request: Request, form: FormState, return_to: str, status: int = 200) -> Response:
    return await render_page(
        request,
        "admin/sign_in",
        status=status,
        action=SIGN_IN,
        form=form,
        return_to=safe_return(return_to),
    )


async def _confirm_page(
    request: Request, desk: Desk, form: FormState, return_to: str, status: int = 200
) -> Response:
    return await render_page(
        request,
        "admin/confirm",
        status=status,
        action=CONFIRM,
        email=desk.operator.email,
        form=form,
        return_to=safe_return(return_to),
    )


routes = [
    Route(SIGN_IN, show, methods=["GET"]),
    Route(SIGN_IN, submit, methods=["POST"]),
    AdminRoute(CONFIRM, ask_again, needs=Permission.SIGNED_IN),
    AdminRoute(CONFIRM, confirm, needs=Permission.SIGNED_IN, methods=("POST",)),
    AdminRoute(SIGN_OUT, sign_out, needs=Permission.SIGNED_IN, methods=("POST",)),
]

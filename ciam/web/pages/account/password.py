"""Change the password: a fresh sign-in, the current one, then everything else is signed out."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ciam.customers.credentials import replace_own_password
from ciam.errors import FormRefused
from ciam.web.forms import FormState
from ciam.web.pages.account.signed_in import (
    SignedIn,
    back_to,
    find_fresh,
    render_account_page,
)
from ciam.web.parts import parts
from ciam.web.read_form import read_form

PATH = "/account/password"


async def password(request: Request) -> Response:
    """Show the form, or store a new password."""
    form = await read_form(request) if request.method == "POST" else {}
    found = parts(request)
    async with found.database.read() as transaction:
        signed_in = await find_fresh(request, transaction)
        if isinstance(signed_in, Response):
            return signed_in
    if request.method == "GET":
        return await _show(request, signed_in, FormState())
    try:
        await replace_own_password(
            found.database,
            found.hasher,
            signed_in.session,
            current=form.get("current_password", ""),
            new=form.get("password", ""),
        )
    except FormRefused as refused:
        return await _show(
            request, signed_in, FormState(errors=refused.errors, alert=refused.alert)
        )
    return back_to(PATH, "password")


async def _show(request: Request, signed_in: SignedIn, form: FormState) -> Response:
    async with parts(request).database.read() as transaction:
        stored = await transaction.authenticators.find_password(signed_in.session.customer)
        policy = (await transaction.policies.get()).passwords
    return await render_account_page(
        request,
        "password",
        signed_in,
        status=422 if form.is_refused else 200,
        action=PATH,
        form=form,
        has_password=stored is not None,
        username=signed_in.login_name,
        password_min_length=policy.minimum_length,
        changed_at=stored.created_at if stored else None,
    )


routes = [Route(PATH, password, methods=["GET", "POST"])]

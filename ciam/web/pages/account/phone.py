"""The phone number: add or change it, the code from the new one, remove it."""

from typing import Final

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from ciam.authentication.change_phone import (
    KIND,
    begin_change,
    find_phone,
    finish_change,
    has_phones,
    remove_phone,
)
from ciam.authentication.contact_change import load_change
from ciam.authentication.journey import StepTaken, path_of
from ciam.customers.phones import write_phone
from ciam.errors import FormRefused, PageRefusal, TooManyAttempts
from ciam.storage import UnitOfWork
from ciam.texts import Text
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

_REMOVE_PATH: Final = f"{KIND.path}/remove"
_AFTER: Final = "/account/profile"


async def change(request: Request) -> Response:
    """Ask for the new number, or take it and send a code there."""
    form = await read_form(request) if request.method == "POST" else {}
    signed_in = await _find_fresh(request)
    if isinstance(signed_in, Response):
        return signed_in
    if request.method == "GET":
        return await _ask(request, signed_in, FormState())
    values = {"phone": form.get("phone", "")}
    try:
        handle = await begin_change(
            parts(request).database, signed_in.session, browser_context(request), values["phone"]
        )
    except FormRefused as refused:
        return await _ask(request, signed_in, FormState(values, refused.errors, refused.alert))
    except TooManyAttempts as refused:
        return await _ask(request, signed_in, FormState(values, alert=refused.text))
    return RedirectResponse(path_of(KIND.step, handle), status_code=303)


async def code(request: Request) -> Response:
    """Ask for the code, or take it and the number with it."""
    form = await read_form(request) if request.method == "POST" else {}
    signed_in = await _find_fresh(request)
    if isinstance(signed_in, Response):
        return signed_in
    handle = request.query_params.get("journey", "")
    try:
        if request.method == "GET":
            return await _ask_code(request, signed_in, handle, FormState())
        await finish_change(
            parts(request).database,
            signed_in.session,
            browser_context(request),
            handle,
            form.get("code", ""),
        )
    except FormRefused as refused:
        return await _ask_code(request, signed_in, handle, FormState(errors=refused.errors))
    except TooManyAttempts as refused:
        return await _ask_code(request, signed_in, handle, FormState(alert=refused.text))
    except StepTaken:
        return RedirectResponse(_AFTER, status_code=303)
    return back_to(_AFTER, "phone")


async def remove(request: Request) -> Response:
    """Ask whether the number shall go, or let go of it."""
    if request.method == "POST":
        await read_form(request)
    signed_in = await _find_fresh(request)
    if isinstance(signed_in, Response):
        return signed_in
    try:
        if request.method == "GET":
            return await _ask_removal(request, signed_in, FormState())
        await remove_phone(parts(request).database, signed_in.session)
    except FormRefused as refused:
        return await _ask_removal(request, signed_in, FormState(alert=refused.alert))
    except StepTaken:
        return RedirectResponse(_AFTER, status_code=303)
    return back_to(_AFTER, "phone-removed")


async def shown_phone(transaction: UnitOfWork, signed_in: SignedIn) -> str | None:
    """Give the customer's number as it is written at home; None without one."""
    phone = await find_phone(transaction, signed_in.session.customer)
    region = (await transaction.policies.get()).names.region
    return None if phone is None else write_phone(phone.value, region)


async def _find_fresh(request: Request) -> SignedIn | Response:
    async with parts(request).database.read() as transaction:
        if not has_phones(await transaction.policies.get()):
            raise PageRefusal(
                "accounts have no numbers here",
                status=404,
                code="no_phones",
                title=Text("There is no such page"),
                text=Text("Phone numbers are not used here."),
            )
        signed_in = await find_signed_in(request, transaction)
        if signed_in is None or not await signed_in.is_fresh(transaction):
            return sign_in_first(request, fresh=signed_in is not None)
    return signed_in


async def _ask(request: Request, signed_in: SignedIn, form: FormState) -> Response:
    async with parts(request).database.read() as transaction:
        phone = await shown_phone(transaction, signed_in)
    return await render_account_page(
        request,
        "phone",
        signed_in,
        status=422 if form.is_refused else 200,
        form=form,
        action=KIND.path,
        phone=phone,
    )


async def _ask_code(
    request: Request, signed_in: SignedIn, handle: str, form: FormState
) -> Response:
    async with parts(request).database.read() as transaction:
        journey = await load_change(
            transaction, handle, browser_context(request), signed_in.session, KIND
        )
        region = (await transaction.policies.get()).names.region
        is_first = await find_phone(transaction, signed_in.session.customer) is None
    return await render_account_page(
        request,
        "phone_code",
        signed_in,
        status=422 if form.is_refused else 200,
        form=form,
        action=path_of(KIND.step, handle),
        number=write_phone(journey.state.address, region),
        expires_at=journey.state.code_expires_at,
        change_href=KIND.path,
        is_first=is_first,
    )


async def _ask_removal(request: Request, signed_in: SignedIn, form: FormState) -> Response:
    async with parts(request).database.read() as transaction:
        phone = await shown_phone(transaction, signed_in)
    if phone is None:
        raise StepTaken("there is no number")
    return await render_account_page(
        request,
        "phone_remove",
        signed_in,
        status=422 if form.is_refused else 200,
        form=form,
        action=_REMOVE_PATH,
        phone=phone,
        cancel_href=_AFTER,
    )


routes = [
    Route(KIND.path, change, methods=["GET", "POST"]),
    Route(f"{KIND.path}/code", code, methods=["GET", "POST"]),
    Route(_REMOVE_PATH, remove, methods=["GET", "POST"]),
]

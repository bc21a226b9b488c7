"""The phone number: add or change it, the code from the new one, remove it."""

from collections.abc import Mapping
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
from ciam.authentication.journey import StepTaken
from ciam.customers.phones import write_phone
from ciam.errors import FormRefused, PageRefusal
from ciam.storage import UnitOfWork
from ciam.texts import Text
from ciam.web.forms import FormState
from ciam.web.pages.account.contact import AFTER, ContactPages
from ciam.web.pages.account.signed_in import SignedIn, back_to, find_fresh, render_account_page
from ciam.web.parts import parts
from ciam.web.read_form import read_form

_REMOVE_PATH: Final = f"{KIND.path}/remove"


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
        return RedirectResponse(AFTER, status_code=303)
    return back_to(AFTER, "phone-removed")


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
        return await find_fresh(request, transaction)


async def _show_present(transaction: UnitOfWork, signed_in: SignedIn) -> Mapping[str, object]:
    return {"phone": await shown_phone(transaction, signed_in)}


async def _show_new(
    transaction: UnitOfWork, signed_in: SignedIn, number: str
) -> Mapping[str, object]:
    region = (await transaction.policies.get()).names.region
    is_first = await find_phone(transaction, signed_in.session.customer) is None
    return {"number": write_phone(number, region), "is_first": is_first}


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
        cancel_href=AFTER,
    )


_PAGES: Final = ContactPages(
    KIND, "phone", begin_change, finish_change, _find_fresh, _show_present, _show_new
)
routes = [
    *_PAGES.routes,
    Route(_REMOVE_PATH, remove, methods=["GET", "POST"]),
]

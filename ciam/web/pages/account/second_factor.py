"""Set up an authenticator app, remove it, make new recovery codes: each after a fresh sign-in."""

from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ciam.authentication.methods import find_sent_code
from ciam.authentication.sent_code import read_code
from ciam.customers import second_factors as rules
from ciam.customers.totp import enrolment_uri, new_seed
from ciam.customers.totp_offer import open_offer, seal_offer
from ciam.errors import FormRefused
from ciam.sessions.levels import methods_for
from ciam.storage.stores.authenticators import TOTP
from ciam.web.browser import language_of
from ciam.web.forms import FormState
from ciam.web.pages.account.security import PATH as OVERVIEW
from ciam.web.pages.account.signed_in import (
    SignedIn,
    back_to,
    find_fresh,
    render_account_page,
)
from ciam.web.pages.journeys import see_other
from ciam.web.parts import parts
from ciam.web.qr import qr_svg
from ciam.web.read_form import read_form

PATH: Final = "/account/second-factor"
_REMOVE, _CODES = f"{PATH}/remove", f"{PATH}/recovery-codes"


async def show(request: Request) -> Response:
    """Offer a new secret, as a picture and as text; with an app already, lead to the overview."""
    signed_in = await _find_fresh(request)
    if isinstance(signed_in, Response):
        return signed_in
    async with parts(request).database.read() as transaction:
        if await transaction.authenticators.find_one(signed_in.session.customer, TOTP):
            return see_other(OVERVIEW)
    return await _offer(request, signed_in, new_seed(), FormState())


async def enrol(request: Request) -> Response:
    """Take the first code of the app, and show the recovery codes once."""
    form = await read_form(request)
    signed_in = await _find_fresh(request)
    if isinstance(signed_in, Response):
        return signed_in
    database, session = parts(request).database, signed_in.session
    secret = open_offer(database.keys, session.id, form.get("offer", ""))
    if secret is None:
        return see_other(PATH)
    try:
        code = read_code(form.get("code", ""))
        async with database.write() as transaction:
            codes = await rules.enrol_totp(
                transaction, session.customer, secret, code, keep_session=session.id
            )
    except FormRefused as refused:
        state = FormState(errors=refused.errors, alert=refused.alert)
        return await _offer(request, signed_in, secret, state)
    return await _show_codes(request, signed_in, codes, is_new=True)


async def ask_remove(request: Request) -> Response:
    """Say what removing the app means."""
    return await _ask(request, "remove")


async def remove(request: Request) -> Response:
    """Remove the app and the recovery codes."""
    await read_form(request)
    signed_in = await _find_fresh(request)
    if isinstance(signed_in, Response):
        return signed_in
    session = signed_in.session
    async with parts(request).database.write() as transaction:
        await rules.remove_totp(transaction, session.customer, keep_session=session.id)
    return back_to(OVERVIEW, "totp-removed")


async def ask_codes(request: Request) -> Response:
    """Say that the old recovery codes end with the new ones."""
    return await _ask(request, "codes")


async def renew_codes(request: Request) -> Response:
    """Make new recovery codes and show them once."""
    await read_form(request)
    signed_in = await _find_fresh(request)
    if isinstance(signed_in, Response):
        return signed_in
    session = signed_in.session
    try:
        async with parts(request).database.write() as transaction:
            codes = await rules.renew_recovery_codes(
                transaction, session.customer, session=session.id
            )
    except FormRefused:
        return see_other(OVERVIEW)
    return await _show_codes(request, signed_in, codes, is_new=False)


async def _find_fresh(request: Request) -> SignedIn | Response:
    async with parts(request).database.read() as transaction:
        return await find_fresh(request, transaction)


async def _offer(request: Request, signed_in: SignedIn, secret: str, form: FormState) -> Response:
    found = parts(request)
    async with found.database.read() as transaction:
        brand = await transaction.brands.get("default")
    name = signed_in.login_name or signed_in.profile.customer.customer_id
    uri = enrolment_uri(secret, account=name, issuer=brand.name_in(language_of(request)))
    return await render_account_page(
        request,
        "second_factor",
        signed_in,
        status=422 if form.is_refused else 200,
        form=form,
        action=PATH,
        offer=seal_offer(found.database.keys, signed_in.session.id, secret),
        picture=qr_svg(uri),
        secret=in_groups(secret),
        cancel_href=OVERVIEW,
    )


async def _show_codes(
    request: Request, signed_in: SignedIn, codes: list[str], *, is_new: bool
) -> Response:
    context: dict[str, Any] = {
        "codes": shown_codes(codes),
        "is_new": is_new,
        "done_href": OVERVIEW,
    }
    return await render_account_page(request, "recovery_codes", signed_in, **context)


async def _ask(request: Request, about: str) -> Response:
    signed_in = await _find_fresh(request)
    if isinstance(signed_in, Response):
        return signed_in
    async with parts(request).database.read() as transaction:
        enrolled = await transaction.authenticators.list_for(signed_in.session.customer)
        methods = await methods_for(transaction, None)
    return await render_account_page(
        request,
        "second_factor_change",
        signed_in,
        about=about,
        has_other=any(
            find_sent_code(one.method) is not None and methods.allows(one.method, "second")
            for one in enrolled
        ),
        is_required=methods.second_factor == "required",
        action=_REMOVE if about == "remove" else _CODES,
        cancel_href=OVERVIEW,
    )


def shown_codes(codes: list[str]) -> list[str]:
    """Give recovery codes as they are shown: in two halves."""
    return [f"{code[:5]}-{code[5:]}" for code in codes]


def in_groups(secret: str) -> str:
    """Give a secret as it is typed off: in groups of four."""
    return " ".join(secret[at : at + 4] for at in range(0, len(secret), 4))


routes = [
    Route(PATH, show, methods=["GET"]),
    Route(PATH, enrol, methods=["POST"]),
    Route(_REMOVE, ask_remove, methods=["GET"]),
    Route(_REMOVE, remove, methods=["POST"]),
    Route(_CODES, ask_codes, methods=["GET"]),
    Route(_CODES, renew_codes, methods=["POST"]),
]

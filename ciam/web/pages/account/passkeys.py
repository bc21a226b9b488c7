"""Passkeys in the account: what there is, one more, another name, one less."""

from datetime import timedelta
from typing import Final, TypedDict
from uuid import UUID

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from ciam.customers import passkeys as rules
from ciam.customers.passkey_ceremonies import RelyingParty
from ciam.customers.passkey_challenges import REGISTER, Scope
from ciam.customers.passkey_providers import name_provider
from ciam.errors import FormRefused
from ciam.storage import UnitOfWork
from ciam.storage.stores.passkeys import Passkey
from ciam.web.browser import browser_context, language_of
from ciam.web.dependencies import sign_in_first
from ciam.web.forms import FormState
from ciam.web.pages.account.devices import describe_device
from ciam.web.pages.account.signed_in import (
    SignedIn,
    back_to,
    find_fresh,
    find_signed_in,
    render_account_page,
)
from ciam.web.parts import parts
from ciam.web.read_form import read_form

PATH: Final = "/account/passkeys"
_ADD, _CHANGE = f"{PATH}/add", f"{PATH}/change"
_RENAME, _REMOVE = f"{PATH}/rename", f"{PATH}/remove"
_CHALLENGE_LIFETIME: Final = timedelta(minutes=10)


class PasskeyEntry(TypedDict):
    """One passkey as the templates show it."""

    id: str
    name: str
    provider: str | None
    synced: bool
    added_at: object
    used_at: object


async def passkeys(request: Request) -> Response:
    """List the passkeys and offer to add one."""
    return await _show_list(request, FormState())


async def add(request: Request) -> Response:
    """Enrol what the authenticator made."""
    form = await read_form(request)
    try:
        wanted = await enrol_here(request, form.get("credential", ""), form.get("name", ""))
    except FormRefused as refused:
        state = FormState({"name": form.get("name", "")}, refused.errors, refused.alert)
        return await _show_list(request, state)
    return wanted or back_to(PATH, "passkey")


async def change(request: Request) -> Response:
    """Show one passkey: its name, and how to remove it."""
    return await _show_one(request, request.query_params.get("passkey", ""), None)


async def rename(request: Request) -> Response:
    """Give a passkey another name."""
    form = await read_form(request)
    wanted, name = form.get("passkey", ""), form.get("name", "")
    async with parts(request).database.write() as transaction:
        signed_in = await find_fresh(request, transaction, return_to=PATH)
        if isinstance(signed_in, Response):
            return signed_in
        try:
            await rules.rename(transaction, signed_in.session.customer, _read_id(wanted), name)
        except FormRefused as refused:
            state = FormState({"name": name}, refused.errors, refused.alert)
        else:
            return back_to(PATH, "passkey-name")
    return await _show_one(request, wanted, state)


async def remove(request: Request) -> Response:
    """Remove a passkey and end what it may have opened; never the last way in."""
    form = await read_form(request)
    wanted = form.get("passkey", "")
    try:
        async with parts(request).database.write() as transaction:
            signed_in = await find_fresh(request, transaction, return_to=PATH)
            if isinstance(signed_in, Response):
                return signed_in
            session = signed_in.session
            await rules.remove(
                transaction, session.customer, _read_id(wanted), keep_session=session.id
            )
    except FormRefused as refused:
        return await _show_one(request, wanted, FormState({}, refused.errors, refused.alert))
    return back_to(PATH, "passkey-removed")


async def endpoints(request: Request) -> Response:
    """Say where passkeys are made and managed (W3C, Relying Party Passkey Endpoints §3)."""
    here = f"{parts(request).settings.issuer}{PATH}"
    return JSONResponse({"enroll": here, "manage": here})


async def registration_options(
    request: Request, transaction: UnitOfWork, signed_in: SignedIn
) -> str | None:
    """Give the options of one more passkey; None where there can be no more."""
    found, customer = parts(request), signed_in.session.customer
    party = RelyingParty.of(found.settings.issuer)
    most = (await transaction.policies.get()).passkeys.most
    if len(await transaction.passkeys.list_for(customer)) >= most or not party.can_have_passkeys:
        return None
    brand = await transaction.brands.get("default")
    name = signed_in.login_name or signed_in.profile.customer.customer_id
    return await rules.offer_registration(
        transaction,
        party,
        customer,
        _scope(request, signed_in),
        name=name,
        display_name=signed_in.profile.name or name,
        shown_name=brand.name_in(language_of(request)),
        expires_at=found.clock.now() + _CHALLENGE_LIFETIME,
    )


async def enrol_here(request: Request, answer: str, name: str) -> Response | None:
    """Enrol a passkey for who is signed in; a sign-in first where that is not recent enough.

    Raise FormRefused for an answer that does not prove a new passkey.
    """
    found = parts(request)
    async with found.database.read() as transaction:
        signed_in = await find_fresh(request, transaction, return_to=PATH)
        if isinstance(signed_in, Response):
            return signed_in
    registered = rules.read_registration(
        found.database.keys,
        RelyingParty.of(found.settings.issuer),
        _scope(request, signed_in),
        answer,
        found.clock.now(),
    )
    device = describe_device(browser_context(request).user_agent)
    async with found.database.write() as transaction:
        if await find_signed_in(request, transaction) is None:  # ended in this very moment
            return sign_in_first(request, back_to=PATH)
        await rules.enrol(
            transaction,
            signed_in.session.customer,
            registered,
            name=name,
            session=signed_in.session.id,
            device=found.renderer.say(device, language_of(request)),
        )
    return None


def describe(passkey: Passkey) -> PasskeyEntry:
    """Give what the templates show of a passkey."""
    return PasskeyEntry(
        id=str(passkey.id),
        name=passkey.name,
        provider=name_provider(passkey.credential.aaguid),
        synced=passkey.credential.is_backup_eligible,
        added_at=passkey.created_at,
        used_at=passkey.last_used_at,
    )


async def _show_list(request: Request, form: FormState) -> Response:
    # A first look makes the customer's handle: hence a unit of work that may write.
    async with parts(request).database.write() as transaction:
        signed_in = await find_fresh(request, transaction, return_to=PATH)
        if isinstance(signed_in, Response):
            return signed_in
        enrolled = await transaction.passkeys.list_for(signed_in.session.customer)
        options = await registration_options(request, transaction, signed_in)
    return await render_account_page(
        request,
        "passkeys",
        signed_in,
        status=422 if form.is_refused else 200,
        form=form,
        passkeys=[describe(one) for one in enrolled],
        change_href=f"{_CHANGE}?passkey=",
        add_action=_ADD,
        options=options,
    )


async def _show_one(request: Request, wanted: str, form: FormState | None) -> Response:
    async with parts(request).database.read() as transaction:
        signed_in = await find_fresh(request, transaction, return_to=PATH)
        if isinstance(signed_in, Response):
            return signed_in
        enrolled = await transaction.passkeys.list_for(signed_in.session.customer)
    shown = next((one for one in enrolled if one.id == _read_id(wanted)), None)
    if shown is None:
        return back_to(PATH, "")
    return await render_account_page(
        request,
        "passkey_change",
        signed_in,
        status=422 if form is not None else 200,
        form=form or FormState({"name": shown.name}),
        passkey=describe(shown),
        rename_action=_RENAME,
        remove_action=_REMOVE,
        back_href=PATH,
    )


def _scope(request: Request, signed_in: SignedIn) -> Scope:
    browser = browser_context(request).browser_hash
    return Scope(REGISTER, browser, str(signed_in.session.id))


def _read_id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        return UUID(int=0)


routes = [
    Route("/.well-known/passkey-endpoints", endpoints, methods=["GET"]),
    Route(PATH, passkeys, methods=["GET"]),
    Route(_ADD, add, methods=["POST"]),
    Route(_CHANGE, change, methods=["GET"]),
    Route(_RENAME, rename, methods=["POST"]),
    Route(_REMOVE, remove, methods=["POST"]),
]

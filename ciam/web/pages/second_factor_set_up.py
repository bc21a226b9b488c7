"""Set a second factor up in the journey that requires one: an app, or a passkey."""

from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ciam.authentication import set_up as rules
from ciam.authentication.completion import SignedIn
from ciam.authentication.journey import load, path_to
from ciam.customers.passkey_ceremonies import RelyingParty
from ciam.customers.totp import enrolment_uri, new_seed
from ciam.customers.totp_offer import open_offer, seal_offer
from ciam.errors import FormRefused, SignInRefused
from ciam.web.browser import browser_context, language_of
from ciam.web.forms import FormState
from ciam.web.pages.account.second_factor import in_groups, shown_codes
from ciam.web.pages.journeys import (
    answer_signed_in,
    handle_of,
    journey_page,
    render_journey_page,
    see_other,
    take_cookies,
)
from ciam.web.parts import parts
from ciam.web.qr import qr_svg
from ciam.web.read_form import read_form

PATH: Final = "/second-factor/set-up"
PASSKEY: Final = f"{PATH}/passkey"


@journey_page
async def show(request: Request) -> Response:
    """Offer a new secret for an app, and a passkey."""
    return await _page(request, new_seed(), FormState())


@journey_page
async def submit_app(request: Request) -> Response:
    """Take the first code of the app, and show the recovery codes once."""
    form = await read_form(request)
    database, handle, context = (
        parts(request).database,
        handle_of(request),
        browser_context(request),
    )
    async with database.read() as transaction:
        journey = await load(transaction, handle, context)
    seed = open_offer(database.keys, journey.id, form.get("offer", ""))
    if seed is None:
        return see_other(journey.path)
    try:
        signed_in, codes = await rules.set_up_app(
            database, handle, context, seed=seed, typed=form.get("code", "")
        )
    except FormRefused as refused:
        return await _page(request, seed, FormState(errors=refused.errors, alert=refused.alert))
    except SignInRefused as refused:
        return await _page(request, seed, FormState(alert=refused.text))
    if not codes:
        return await answer_signed_in(request, signed_in)
    if isinstance(signed_in, SignedIn):
        await take_cookies(request, signed_in)
    onward = signed_in.return_to if isinstance(signed_in, SignedIn) else signed_in.path
    return await render_journey_page(
        request, "second_factor_codes", journey, codes=shown_codes(codes), done_href=onward
    )


@journey_page
async def submit_passkey(request: Request) -> Response:
    """Enrol what the authenticator made and go on."""
    form = await read_form(request)
    found, context = parts(request), browser_context(request)
    party = RelyingParty.of(found.settings.issuer)
    try:
        signed_in = await rules.set_up_passkey(
            found.database, party, handle_of(request), context, form.get("credential", "")
        )
    except FormRefused as refused:
        return await _page(request, new_seed(), FormState(alert=refused.alert))
    except SignInRefused as refused:
        return await _page(request, new_seed(), FormState(alert=refused.text))
    return await answer_signed_in(request, signed_in)


async def _page(request: Request, seed: str, form: FormState) -> Response:
    found, handle, context = parts(request), handle_of(request), browser_context(request)
    party = RelyingParty.of(found.settings.issuer)
    # A first look makes the customer's handle: hence a unit of work that may write.
    async with found.database.write() as transaction:
        wanted = await rules.load_set_up(transaction, handle, context)
        brand = await transaction.brands.get("default")
        name = brand.name_in(language_of(request))
        options = await rules.passkey_options(transaction, party, wanted, context, shown_name=name)
        account = await rules.name_of(transaction, wanted.customer)
    app: dict[str, Any] | None = None
    if wanted.may_be_app:
        app = {
            "action": path_to(PATH, handle),
            "offer": seal_offer(found.database.keys, wanted.journey.id, seed),
            "picture": qr_svg(enrolment_uri(seed, account=account, issuer=name)),
            "secret": in_groups(seed),
        }
    return await render_journey_page(
        request,
        "second_factor_set_up",
        wanted.journey,
        form=form,
        app=app,
        passkey_action=path_to(PASSKEY, handle),
        passkey_options=options,
        restart_href=f"/sign-in?from={handle}",
    )


routes = [
    Route(PATH, show, methods=["GET"]),
    Route(PATH, submit_app, methods=["POST"]),
    Route(PASSKEY, submit_passkey, methods=["POST"]),
]

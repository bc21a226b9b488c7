"""Register: the address first, and after its proof everything else on one page."""

from dataclasses import replace
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ciam.authentication import sign_up as rules
from ciam.authentication.journey import (
    SIGN_IN,
    SIGN_UP,
    Journey,
    StepTaken,
    begin_from,
    load,
    path_to,
)
from ciam.authentication.passkey_sign_up import passkey_options
from ciam.authentication.sign_in import check_kind
from ciam.authentication.sign_up_details import (
    Details,
    check_is_open,
    known_values,
    load_details,
)
from ciam.authentication.state import Step
from ciam.customers.customer import AddressTaken
from ciam.customers.passkey_ceremonies import RelyingParty
from ciam.customers.phones import is_phone, write_phone
from ciam.errors import FormRefused, TooManyAttempts
from ciam.web.attribute_fields import make_fields
from ciam.web.browser import browser_context, language_of
from ciam.web.forms import FormState
from ciam.web.pages.contact_choice import answer_contact, contact_choice
from ciam.web.pages.federation import pending_login, provider_buttons
from ciam.web.pages.journeys import (
    answer_signed_in,
    begin_here,
    handle_of,
    journey_page,
    render_journey_page,
    see_other,
    work_to_do,
)
from ciam.web.parts import parts
from ciam.web.read_form import read_form

PATH: Final = "/sign-up"
DETAILS: Final = "/sign-up/details"


@journey_page
async def show(request: Request) -> Response:
    """Ask for the address; without a journey begin one."""
    handle = handle_of(request)
    async with parts(request).database.read() as transaction:
        await check_is_open(transaction)
        if handle:
            journey = await load(transaction, handle, browser_context(request))
    if not handle:
        return await begin_here(request, SIGN_UP, PATH)
    check_kind(journey, SIGN_UP)
    if journey.state.step not in {Step.SIGN_UP_ADDRESS, Step.CODE}:
        raise StepTaken("the address was proven before")
    return await _page(request, journey, FormState())


@journey_page
async def submit(request: Request) -> Response:
    """Take the address and send a code to it."""
    return await answer_contact(request, rules.give_address, _page)


@journey_page
async def show_details(request: Request) -> Response:
    """Ask for password, name, notices and optional purposes."""
    return await _details_page(request, FormState())


@journey_page
async def submit_details(request: Request) -> Response:
    """Make the customer and sign them in."""
    form = await read_form(request)
    found, handle, context = parts(request), handle_of(request), browser_context(request)
    try:
        signed_in = await rules.finish_sign_up(
            found.database, found.hasher, handle, context, form, origin=found.settings.issuer
        )
    except FormRefused as refused:
        # A passkey that was made stays made while the rest is mended; one that was refused goes.
        dropped = {"password", "credential"} if refused.alert else {"password"}
        shown = {name: value for name, value in form.items() if name not in dropped}
        return await _details_page(request, FormState(shown, refused.errors, refused.alert))
    except AddressTaken:
        return await _go_and_sign_in(request)
    return await answer_signed_in(request, signed_in)


async def _page(
    request: Request, journey: Journey, form: FormState, refused: TooManyAttempts | None = None
) -> Response:
    choice = await contact_choice(request, journey, PATH, form.values)
    return await render_journey_page(
        request,
        "sign_up",
        journey,
        form=replace(form, values=choice.pop("values")),
        **choice,
        work=await work_to_do(request, journey),
        refused=refused,
        action=path_to(PATH, journey.handle),
        sign_in_href=f"/sign-in?from={journey.handle}",
        providers=await provider_buttons(request, journey),
        pending=await pending_login(request, journey),
    )


async def _details_page(request: Request, form: FormState) -> Response:
    found, context = parts(request), browser_context(request)
    async with found.database.read() as transaction:
        details = await load_details(transaction, handle_of(request), context)
        brand = await transaction.brands.get("default")
    party = RelyingParty.of(found.settings.issuer)
    options = passkey_options(
        found.database.keys,
        party,
        details.journey,
        context,
        shown_name=brand.name_in(language_of(request)),
    )
    if not form.values and not form.is_refused:
        form = FormState(known_values(details))
    return await render_journey_page(
        request,
        "sign_up_details",
        details.journey,
        form=form,
        action=path_to(DETAILS, details.journey.handle),
        email=_shown(details),
        username=details.username,
        password_min_length=details.passwords.minimum_length,
        fields=make_fields(request, details.attributes, required=details.required),
        passkey_options=options if party.can_have_passkeys and details.asks_password else None,
        ask_password=details.asks_password,
        pending=await pending_login(request, details.journey),
        sign_in_href=f"/sign-in?from={details.journey.handle}",
        notices=details.questions.notices,
        purposes=details.questions.purposes,
    )


def _shown(details: Details) -> str:
    """Give the proven address, or the number as it is written at home."""
    state = details.journey.state
    return write_phone(state.lookup, details.region) if is_phone(state.lookup) else state.address


async def _go_and_sign_in(request: Request) -> Response:
    """Send whoever lost the race for an address to sign in, with the same end before them."""
    context = browser_context(request)
    async with parts(request).database.write() as transaction:
        journey = await load(transaction, handle_of(request), context)
        if journey.is_finished:
            return see_other(journey.path)
        handle = await begin_from(transaction, journey, SIGN_IN, context)
    return see_other(path_to("/sign-in", handle))


routes = [
    Route(PATH, show, methods=["GET"]),
    Route(PATH, submit, methods=["POST"]),
    Route(DETAILS, show_details, methods=["GET"]),
    Route(DETAILS, submit_details, methods=["POST"]),
]

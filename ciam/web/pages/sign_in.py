"""Sign in: name and password on one page, or the name first where the policy says so."""

from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ciam.authentication import sign_in as rules
from ciam.authentication.completion import SignedIn
from ciam.authentication.journey import SIGN_IN, Journey, load, path_to
from ciam.authentication.methods.passkey import sign_in_options
from ciam.authentication.passkey_sign_in import sign_in_with_passkey
from ciam.customers.passkey_ceremonies import RelyingParty
from ciam.errors import FormRefused, SignInRefused, TooManyAttempts
from ciam.protection.proof_of_work import SIGN_IN as SIGN_IN_WORK
from ciam.protection.proof_of_work import WorkAsked, offer_work
from ciam.texts import Text
from ciam.web.browser import browser_context
from ciam.web.dependencies import current_session
from ciam.web.forms import FormState
from ciam.web.pages.federation import pending_login, provider_buttons
from ciam.web.pages.journeys import (
    answer_signed_in,
    begin_here,
    handle_of,
    journey_page,
    render_journey_page,
    return_to,
    see_other,
)
from ciam.web.pages.passkey_offer import offer_first
from ciam.web.parts import parts
from ciam.web.read_form import read_form

PATH: Final = "/sign-in"
PASSKEY_PATH: Final = f"{PATH}/passkey"
_IDENTIFIER_FIRST: Final = "identifier_first"
_ASKS_WORK: Final = Text("Please enter your password once more.")


@journey_page
async def show(request: Request) -> Response:
    """Show the form; without a journey begin one, or go on where somebody is signed in."""
    handle = handle_of(request)
    if not handle:
        return await _begin(request)
    async with parts(request).database.read() as transaction:
        journey = await load(transaction, handle, browser_context(request))
    rules.check_kind(journey, SIGN_IN)
    if journey.state.requirement.create:
        return see_other(f"/sign-up?from={handle}")
    return await _page(request, journey, FormState({"identifier": journey.state.identifier}))


@journey_page
async def submit(request: Request) -> Response:
    """Take the name, or name and password."""
    form = await read_form(request)
    found, handle, context = parts(request), handle_of(request), browser_context(request)
    identifier = form.get("identifier", "")
    shown = {"identifier": identifier}
    try:
        if "password" not in form and await _is_identifier_first(request):
            journey = await rules.name_identifier(found.database, handle, context, identifier)
            return see_other(journey.path)
        signed_in = await rules.sign_in(
            found.database,
            found.hasher,
            handle,
            context,
            identifier=identifier,
            password=form.get("password", ""),
            work=form.get("work"),
        )
    except WorkAsked:
        return await _again(request, FormState(shown, alert=_ASKS_WORK))
    except FormRefused as refused:
        return await _again(request, FormState(shown, refused.errors, refused.alert))
    except SignInRefused as refused:
        return await _again(request, FormState(shown, alert=refused.text))
    except TooManyAttempts as refused:
        return await _again(request, FormState(shown), refused)
    if "passkey_capable" in form and isinstance(signed_in, SignedIn):
        signed_in = await offer_first(request, signed_in)
    return await answer_signed_in(request, signed_in)


@journey_page
async def submit_passkey(request: Request) -> Response:
    """Take what the authenticator answered."""
    form = await read_form(request)
    found, context = parts(request), browser_context(request)
    party = RelyingParty.of(found.settings.issuer)
    try:
        signed_in = await sign_in_with_passkey(
            found.database, party, handle_of(request), context, form.get("credential", "")
        )
    except SignInRefused as refused:
        return await _again(request, FormState(alert=refused.text))
    except TooManyAttempts as refused:
        return await _again(request, FormState(), refused)
    return await answer_signed_in(request, signed_in)


async def _begin(request: Request) -> Response:
    if "fresh" not in request.query_params and "from" not in request.query_params:
        async with parts(request).database.read() as transaction:
            if await current_session(request, transaction) is not None:
                return see_other(return_to(request))
    return await begin_here(request, SIGN_IN, PATH)


async def _again(
    request: Request, form: FormState, refused: TooManyAttempts | None = None
) -> Response:
    async with parts(request).database.read() as transaction:
        journey = await load(transaction, handle_of(request), browser_context(request))
    return await _page(request, journey, form, refused)


async def _page(
    request: Request, journey: Journey, form: FormState, refused: TooManyAttempts | None = None
) -> Response:
    found = parts(request)
    party = RelyingParty.of(found.settings.issuer)
    async with found.database.read() as transaction:
        policy = (await transaction.policies.get()).sign_in
        options = sign_in_options(transaction, party, journey, browser_context(request))
        work = await offer_work(transaction, SIGN_IN_WORK, address=browser_context(request).address)
    here = path_to(PATH, journey.handle)
    step = "both"
    if policy.layout == _IDENTIFIER_FIRST:
        wants_other = "change" in request.query_params or not form.values.get("identifier")
        step = "identifier" if wants_other or "identifier" in form.errors else "password"
    return await render_journey_page(
        request,
        "sign_in",
        journey,
        form=form,
        refused=refused,
        action=here,
        step=step,
        sign_up_href=f"/sign-up?from={journey.handle}" if policy.sign_up == "open" else None,
        recovery_href=f"/recover?from={journey.handle}",
        change_href=f"{here}&change=1" if step == "password" else None,
        providers=await provider_buttons(request, journey),
        pending=await pending_login(request, journey),
        passkey_action=path_to(PASSKEY_PATH, journey.handle) if party.can_have_passkeys else None,
        passkey_options=options,
        work=work,
    )


async def _is_identifier_first(request: Request) -> bool:
    async with parts(request).database.read() as transaction:
        return (await transaction.policies.get()).sign_in.layout == _IDENTIFIER_FIRST


routes = [
    Route(PATH, show, methods=["GET"]),
    Route(PATH, submit, methods=["POST"]),
    Route(PASSKEY_PATH, submit_passkey, methods=["POST"]),
]

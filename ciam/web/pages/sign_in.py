"""Sign in: name and password on one page, or the name first where the policy says so."""

from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ciam.authentication import code_sign_in
from ciam.authentication import sign_in as rules
from ciam.authentication.completion import SignedIn
from ciam.authentication.journey import SIGN_IN, Journey, Requirement, load, path_to
from ciam.authentication.methods import SENT_CODES, passkey, password
from ciam.authentication.methods.passkey import sign_in_options
from ciam.authentication.names import accepted_kinds, label_of
from ciam.authentication.passkey_sign_in import sign_in_with_passkey
from ciam.authentication.step_up import begin_step_up
from ciam.customers.identifiers import EMAIL
from ciam.customers.passkey_ceremonies import RelyingParty
from ciam.errors import FormRefused, SignInRefused, TooManyAttempts
from ciam.policies import MethodPolicy
from ciam.protection.proof_of_work import WorkAsked
from ciam.sessions.levels import methods_for
from ciam.texts import Text
from ciam.web.browser import browser_context
from ciam.web.dependencies import current_session, is_enough_here
from ciam.web.forms import FormState
from ciam.web.pages.federation import pending_login, provider_buttons
from ciam.web.pages.journeys import (
    ASKS_ONCE_MORE,
    answer_signed_in,
    begin_here,
    handle_of,
    journey_page,
    render_journey_page,
    return_to,
    see_other,
    work_to_do,
)
from ciam.web.pages.passkey_offer import offer_first
from ciam.web.pages.verify_address import PATH as VERIFY
from ciam.web.parts import parts
from ciam.web.read_form import read_form

PATH: Final = "/sign-in"
PASSKEY_PATH: Final = f"{PATH}/passkey"
CODE_PATH: Final = f"{PATH}/code"
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
async def ask_for_code(request: Request) -> Response:
    """Send a code to the name, or so it looks."""
    form = await read_form(request)
    handle, context = handle_of(request), browser_context(request)
    identifier = form.get("identifier", "")
    shown = {"identifier": identifier}
    try:
        await code_sign_in.ask_for_code(
            parts(request).database, handle, context, identifier, work=form.get("work")
        )
    except WorkAsked:
        return await _again(request, FormState(shown, alert=ASKS_ONCE_MORE))
    except FormRefused as refused:
        return await _again(request, FormState(shown, refused.errors, refused.alert))
    except TooManyAttempts as refused:
        return await _again(request, FormState(shown), refused)
    return see_other(path_to(VERIFY, handle))


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
    if "fresh" in request.query_params or "from" in request.query_params:
        return await begin_here(request, SIGN_IN, PATH)
    async with parts(request).database.read() as transaction:
        session = await current_session(request, transaction)
        is_enough = session is not None and await is_enough_here(transaction, session)
    if session is None:
        return await begin_here(request, SIGN_IN, PATH)
    if is_enough:
        return see_other(return_to(request))
    async with parts(request).database.write() as transaction:
        journey = await begin_step_up(
            transaction,
            session,
            requirement=Requirement(),
            return_to=return_to(request),
            context=browser_context(request),
        )
    return see_other(journey.path)


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
        policies = await transaction.policies.get()
        policy = policies.sign_in
        methods = await methods_for(transaction, journey.state.client)
        options = sign_in_options(transaction, party, journey, browser_context(request))
    here = path_to(PATH, journey.handle)
    has_passkeys = party.can_have_passkeys and methods.allows(passkey.METHOD, "first")
    step, has_password = "both", methods.allows(password.METHOD, "first")
    if has_password and policy.layout == _IDENTIFIER_FIRST:
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
        identifier_label=label_of(policies.names),
        takes_only_email=accepted_kinds(policies.names) == {EMAIL},
        sign_up_href=f"/sign-up?from={journey.handle}" if policy.sign_up == "open" else None,
        has_password=has_password,
        code_action=path_to(CODE_PATH, journey.handle) if _sends_codes(methods) else None,
        recovery_href=f"/recover?from={journey.handle}",
        change_href=f"{here}&change=1" if step == "password" else None,
        providers=await provider_buttons(request, journey),
        pending=await pending_login(request, journey),
        passkey_action=path_to(PASSKEY_PATH, journey.handle) if has_passkeys else None,
        passkey_options=options,
        work=await work_to_do(request, journey),
    )


def _sends_codes(methods: MethodPolicy) -> bool:
    return any(methods.allows(one.METHOD, "first") for one in SENT_CODES)


async def _is_identifier_first(request: Request) -> bool:
    async with parts(request).database.read() as transaction:
        return (await transaction.policies.get()).sign_in.layout == _IDENTIFIER_FIRST


routes = [
    Route(PATH, show, methods=["GET"]),
    Route(PATH, submit, methods=["POST"]),
    Route(CODE_PATH, ask_for_code, methods=["POST"]),
    Route(PASSKEY_PATH, submit_passkey, methods=["POST"]),
]

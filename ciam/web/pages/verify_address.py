"""Prove an address: type the mailed code, have another one sent, or open the mailed link.

A GET changes nothing: scanners of mails follow links. The link's page has one button that posts.
"""

from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ciam.authentication.challenge import Sent, channel_of, resend
from ciam.authentication.code_sign_in import sign_in_with_code, sign_in_with_link
from ciam.authentication.journey import (
    RECOVERY,
    SIGN_IN,
    SIGN_UP,
    Journey,
    StepTaken,
    load,
    path_to,
)
from ciam.authentication.state import Step
from ciam.authentication.verification import verify_code, verify_link
from ciam.customers.identifiers import EMAIL, PHONE
from ciam.customers.phones import is_phone
from ciam.errors import FormRefused, PageRefusal, TooManyAttempts
from ciam.texts import Text
from ciam.web.browser import browser_context
from ciam.web.forms import FormState
from ciam.web.pages.journeys import (
    answer_signed_in,
    handle_of,
    journey_page,
    render_journey_page,
    see_other,
)
from ciam.web.parts import parts
from ciam.web.read_form import read_form
from ciam.web.rendering import render_page

PATH: Final = "/verify"
RESEND: Final = "/verify/resend"
LINK: Final = "/verify/link"
_STARTS: Final = {SIGN_UP: "/sign-up", RECOVERY: "/recover", SIGN_IN: "/sign-in"}
_PURPOSES: Final = {SIGN_UP: "sign_up", RECOVERY: "recovery", SIGN_IN: "sign_in"}
_ANSWER: Final = "answer"
_NO_MORE: Final = Text(
    "No more mails can be sent to this address for now."
    " Please look for the newest one, or try again in an hour."
)
_NO_MORE_TEXTS: Final = Text(
    "No more messages can be sent to this number for now."
    " Please look for the newest one, or try again in an hour."
)


@journey_page
async def show(request: Request) -> Response:
    """Ask for the code."""
    return await _page(request, await _load(request))


@journey_page
async def submit(request: Request) -> Response:
    """Take the code and go on."""
    form = await read_form(request)
    handle, context = handle_of(request), browser_context(request)
    database, typed = parts(request).database, form.get("code", "")
    try:
        if await _kind(request) == SIGN_IN:
            signed_in = await sign_in_with_code(database, handle, context, typed)
            return await answer_signed_in(request, signed_in)
        journey = await verify_code(database, handle, context, typed)
    except FormRefused as refused:
        state = FormState(errors=refused.errors, alert=refused.alert)
        return await _page(request, await _load(request), state)
    except TooManyAttempts as refused:
        return await _page(request, await _load(request), refused=refused)
    return see_other(journey.path)


@journey_page
async def send_again(request: Request) -> Response:
    """Send another code, or tell how long it takes until one may be sent."""
    await read_form(request)
    handle = handle_of(request)
    try:
        sent = await resend(parts(request).database, handle, browser_context(request))
    except TooManyAttempts as refused:
        return await _page(request, await _load(request), refused=refused)
    return see_other(f"{path_to(PATH, handle)}&{_ANSWER}={sent}")


@journey_page
async def show_link(request: Request) -> Response:
    """Show the button where the link was asked for; elsewhere say where to go on."""
    token = request.query_params.get("token", "")
    try:
        journey = await _load(request)
    except PageRefusal:
        return await render_page(
            request,
            "verify_address_link",
            same_browser=False,
            action="",
            token="",
            masked_address="",
            purpose="",
        )
    return await render_journey_page(
        request,
        "verify_address_link",
        journey,
        action=path_to(LINK, journey.handle),
        token=token,
        masked_address=channel_of(journey.state).mask(journey.state.address),
        same_browser=True,
        purpose=_PURPOSES[journey.kind],
    )


@journey_page
async def submit_link(request: Request) -> Response:
    """Use the link up and go on."""
    form = await read_form(request)
    handle, context = handle_of(request), browser_context(request)
    database, token = parts(request).database, form.get("token", "")
    if await _kind(request) == SIGN_IN:
        signed_in = await sign_in_with_link(database, handle, context, token)
        return await answer_signed_in(request, signed_in)
    journey = await verify_link(database, handle, context, token)
    return see_other(journey.path)


async def _kind(request: Request) -> str:
    async with parts(request).database.read() as transaction:
        return (await load(transaction, handle_of(request), browser_context(request))).kind


async def _load(request: Request) -> Journey:
    async with parts(request).database.read() as transaction:
        journey = await load(transaction, handle_of(request), browser_context(request))
    if journey.is_finished or journey.state.step is not Step.CODE:
        raise StepTaken("no code is asked for")
    return journey


async def _page(
    request: Request,
    journey: Journey,
    form: FormState | None = None,
    refused: TooManyAttempts | None = None,
) -> Response:
    async with parts(request).database.read() as transaction:
        wait = (await transaction.policies.get()).sign_in.resend_wait
        now = transaction.clock.now()
    answer = request.query_params.get(_ANSWER) if request.method == "GET" else None
    state, by_text = journey.state, is_phone(journey.state.lookup)
    until = (state.sent_at or now) + wait
    return await render_journey_page(
        request,
        "verify_address" if journey.kind == SIGN_UP else "recovery_sent",
        journey,
        form=form,
        refused=refused,
        action=path_to(PATH, journey.handle),
        resend_action=path_to(RESEND, journey.handle),
        masked_address=channel_of(state).mask(state.address),
        expires_at=state.code_expires_at,
        resend_wait_seconds=max(0, int((until - now).total_seconds())),
        change_href=path_to(_STARTS[journey.kind], journey.handle),
        purpose=_PURPOSES[journey.kind],
        by=PHONE if by_text else EMAIL,
        sent_again=answer == Sent.SENT,
        message=(_NO_MORE_TEXTS if by_text else _NO_MORE) if answer == Sent.CAPPED else None,
    )


routes = [
    Route(PATH, show, methods=["GET"]),
    Route(PATH, submit, methods=["POST"]),
    Route(RESEND, send_again, methods=["POST"]),
    Route(LINK, show_link, methods=["GET"]),
    Route(LINK, submit_link, methods=["POST"]),
]

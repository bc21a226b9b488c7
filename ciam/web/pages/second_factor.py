"""The second factor after the first proof: a code in the way that fits, or a passkey."""

from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ciam.authentication import second_factor as rules
from ciam.authentication.challenge import Sent
from ciam.authentication.journey import path_to
from ciam.authentication.lost_factor import find_way_on
from ciam.authentication.methods import find_sent_code, passkey
from ciam.customers.passkey_ceremonies import RelyingParty
from ciam.errors import FormRefused, SignInRefused, TooManyAttempts
from ciam.storage import UnitOfWork
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

PATH: Final = "/second-factor"
TRUST: Final = "trust_device"
SEND: Final = f"{PATH}/send"
LOST: Final = f"{PATH}/lost"
PASSKEY: Final = f"{PATH}/passkey"
_ANSWER: Final = "answer"
_NO_MORE: Final = Text(
    "No more codes can be sent for now. Please look for the newest one, or try again in an hour."
)


@journey_page
async def show(request: Request) -> Response:
    """Ask for the code, in the way that the address names."""
    return await _page(request, request.query_params.get("way", ""))


@journey_page
async def submit(request: Request) -> Response:
    """Take the code and go on."""
    form = await read_form(request)
    way = form.get("way", "")
    try:
        signed_in = await rules.prove_second_factor(
            parts(request).database,
            handle_of(request),
            browser_context(request),
            way=way,
            typed=form.get("code", ""),
            trusts_device=form.get(TRUST) == "yes",
        )
    except FormRefused as refused:
        return await _page(request, way, FormState(errors=refused.errors, alert=refused.alert))
    except TooManyAttempts as refused:
        return await _page(request, way, refused=refused)
    return await answer_signed_in(request, signed_in)


@journey_page
async def send(request: Request) -> Response:
    """Send a code where the customer has proven to be reached."""
    way = (await read_form(request)).get("way", "")
    handle, context = handle_of(request), browser_context(request)
    try:
        sent = await rules.send_second_factor(parts(request).database, handle, context, way=way)
    except TooManyAttempts as refused:
        return await _page(request, way, refused=refused)
    return see_other(f"{path_to(PATH, handle)}&way={way}&{_ANSWER}={sent}")


@journey_page
async def submit_passkey(request: Request) -> Response:
    """Take what the authenticator answered and go on."""
    form = await read_form(request)
    found, context = parts(request), browser_context(request)
    party = RelyingParty.of(found.settings.issuer)
    try:
        signed_in = await rules.prove_second_passkey(
            found.database,
            party,
            handle_of(request),
            context,
            form.get("credential", ""),
            trusts_device=form.get(TRUST) == "yes",
        )
    except SignInRefused as refused:
        return await _page(request, "", FormState(alert=refused.text))
    except TooManyAttempts as refused:
        return await _page(request, "", refused=refused)
    return await answer_signed_in(request, signed_in)


async def _page(
    request: Request,
    way: str,
    form: FormState | None = None,
    refused: TooManyAttempts | None = None,
) -> Response:
    handle, context = handle_of(request), browser_context(request)
    party = RelyingParty.of(parts(request).settings.issuer)
    options = None
    async with parts(request).database.read() as transaction:
        pending = await rules.load_pending(transaction, handle, context)
        method = pending.way(way)
        chosen = None if method is None else method.METHOD
        if pending.ways.passkey:
            options = await passkey.second_factor_options(
                transaction, party, pending.journey, context, pending.customer
            )
        sending = await _sending(transaction, pending, chosen)
        trusted_for = await rules.may_trust_device(transaction, pending)
        way_on = await find_way_on(transaction, pending)
    here = path_to(PATH, handle)
    answer = request.query_params.get(_ANSWER) if request.method == "GET" else None
    return await render_journey_page(
        request,
        "second_factor",
        pending.journey,
        form=form,
        refused=refused,
        action=here,
        way=chosen,
        sending=sending,
        send_action=path_to(SEND, handle),
        sent_again=answer == Sent.SENT and form is None,
        message=_NO_MORE if answer == Sent.CAPPED else None,
        passkey_action=path_to(PASSKEY, handle),
        passkey_options=options,
        others=[
            {"key": one.METHOD, "href": f"{here}&way={one.METHOD}"}
            for one in pending.ways.codes
            if chosen != one.METHOD
        ],
        new_password=pending.journey.state.new_password != "",
        trust_days=None if trusted_for is None else trusted_for.days,
        lost=None if way_on is None else way_on.stage,
        lost_href=path_to(LOST, handle),
        restart_href=f"/sign-in?from={handle}",
    )


async def _sending(
    transaction: UnitOfWork, pending: rules.Pending, way: str | None
) -> dict[str, Any] | None:
    """Give where the code of a way goes and whether it went; None where none is sent."""
    channel = find_sent_code(way or "")
    target = None if channel is None else await channel.find_target(transaction, pending.customer)
    if channel is None or target is None:
        return None
    state, now = pending.journey.state, transaction.clock.now()
    wait = (await transaction.policies.get()).sign_in.resend_wait
    is_sent = state.sent_by == channel.METHOD and state.sent_at is not None
    until = (state.sent_at or now) + wait
    return {
        "masked": channel.mask(target.address),
        "is_sent": is_sent,
        "expires_at": state.code_expires_at,
        "resend_wait_seconds": max(0, int((until - now).total_seconds())) if is_sent else 0,
    }


routes = [
    Route(PATH, show, methods=["GET"]),
    Route(PATH, submit, methods=["POST"]),
    Route(SEND, send, methods=["POST"]),
    Route(PASSKEY, submit_passkey, methods=["POST"]),
]

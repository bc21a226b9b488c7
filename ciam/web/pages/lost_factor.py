"""The second factor is lost: how it goes on, the code to another contact, and the wait."""

from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ciam.authentication import lost_factor as rules
from ciam.authentication.challenge import Sent
from ciam.authentication.journey import path_to
from ciam.authentication.second_factor import Pending
from ciam.errors import FormRefused, TooManyAttempts
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

PATH: Final = "/second-factor/lost"
SEND: Final = f"{PATH}/send"
_BACK: Final = "/second-factor"
_ANSWER: Final = "answer"
_NO_MORE: Final = Text(
    "No more codes can be sent for now. Please look for the newest one, or try again in an hour."
)


@journey_page
async def show(request: Request) -> Response:
    """Say how it goes on: what is asked, how long it waits, who is told."""
    return await _page(request)


@journey_page
async def send(request: Request) -> Response:
    """Send a code to the contact."""
    await read_form(request)
    handle, context = handle_of(request), browser_context(request)
    try:
        sent = await rules.send_lost_code(parts(request).database, handle, context)
    except TooManyAttempts as refused:
        return await _page(request, refused=refused)
    return see_other(f"{path_to(PATH, handle)}&{_ANSWER}={sent}")


@journey_page
async def submit(request: Request) -> Response:
    """Take the code: the request waits from now on, or its wait is over and it goes on."""
    form = await read_form(request)
    handle, context = handle_of(request), browser_context(request)
    try:
        done = await rules.prove_contact(
            parts(request).database, handle, context, form.get("code", "")
        )
    except FormRefused as refused:
        return await _page(request, FormState(errors=refused.errors, alert=refused.alert))
    except TooManyAttempts as refused:
        return await _page(request, refused=refused)
    if isinstance(done, rules.Waits):
        return see_other(path_to(PATH, handle))
    return await answer_signed_in(request, done)


async def _page(
    request: Request, form: FormState | None = None, refused: TooManyAttempts | None = None
) -> Response:
    handle, context = handle_of(request), browser_context(request)
    async with parts(request).database.read() as transaction:
        pending, way = await rules.load_lost(transaction, handle, context)
        sending = await _sending(transaction, pending, way) if way.takes_code else None
        policy = (await transaction.policies.get()).recovery
    answer = request.query_params.get(_ANSWER) if request.method == "GET" else None
    is_sent = sending is not None and sending["is_sent"]
    waiting = way.waiting
    return await render_journey_page(
        request,
        "second_factor_lost",
        pending.journey,
        form=form,
        refused=refused,
        action=path_to(PATH, handle),
        send_action=path_to(SEND, handle),
        stage=way.stage,
        by=way.channel.METHOD,
        sending=sending,
        sent_again=answer == Sent.SENT and form is None and is_sent,
        message=_NO_MORE if answer == Sent.CAPPED else None,
        wait_hours=int(policy.wait.total_seconds() // 3600),
        asked_at=None if waiting is None else waiting.created_at,
        ready_at=None if waiting is None else waiting.ready_at,
        expires_at=None if waiting is None else waiting.expires_at,
        back_href=path_to(_BACK, handle),
    )


async def _sending(transaction: UnitOfWork, pending: Pending, way: rules.WayOn) -> dict[str, Any]:
    state, now = pending.journey.state, transaction.clock.now()
    wait = (await transaction.policies.get()).sign_in.resend_wait
    is_sent = state.sent_by == way.channel.METHOD and state.sent_at is not None
    until = (state.sent_at or now) + wait
    return {
        "masked": way.channel.mask(way.target.address),
        "is_sent": is_sent,
        "expires_at": state.code_expires_at,
        "resend_wait_seconds": max(0, int((until - now).total_seconds())) if is_sent else 0,
    }


routes = [
    Route(PATH, show, methods=["GET"]),
    Route(PATH, submit, methods=["POST"]),
    Route(SEND, send, methods=["POST"]),
]

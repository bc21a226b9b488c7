"""Lost password: which address, then (after the code, `verify_address`) the new password."""

from dataclasses import replace
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ciam.authentication import recovery as rules
from ciam.authentication.journey import RECOVERY, Journey, StepTaken, load, path_to
from ciam.authentication.sign_in import check_kind
from ciam.authentication.state import Step
from ciam.errors import FormRefused, TooManyAttempts
from ciam.web.browser import browser_context
from ciam.web.forms import FormState
from ciam.web.pages.contact_choice import answer_contact, contact_choice
from ciam.web.pages.journeys import (
    answer_signed_in,
    begin_here,
    handle_of,
    journey_page,
    render_journey_page,
    work_to_do,
)
from ciam.web.parts import parts
from ciam.web.read_form import read_form

PATH: Final = "/recover"
NEW_PASSWORD: Final = "/recover/password"


@journey_page
async def show(request: Request) -> Response:
    """Ask for the address; without a journey begin one."""
    handle = handle_of(request)
    if not handle:
        return await begin_here(request, RECOVERY, PATH)
    async with parts(request).database.read() as transaction:
        journey = await load(transaction, handle, browser_context(request))
    check_kind(journey, RECOVERY)
    if journey.state.step not in {Step.RECOVERY_ADDRESS, Step.CODE}:
        raise StepTaken("the address was proven before")
    return await _page(request, journey, FormState())


@journey_page
async def submit(request: Request) -> Response:
    """Take the address; where it has an account, send a code to it."""
    return await answer_contact(request, rules.give_lost_address, _page)


@journey_page
async def show_new_password(request: Request) -> Response:
    """Ask for the new password."""
    return await _password_page(request, FormState())


@journey_page
async def submit_new_password(request: Request) -> Response:
    """Store the new password and sign in."""
    form = await read_form(request)
    found, handle, context = parts(request), handle_of(request), browser_context(request)
    try:
        signed_in = await rules.set_new_password(
            found.database, found.hasher, handle, context, form.get("password", "")
        )
    except FormRefused as refused:
        return await _password_page(request, FormState(errors=refused.errors, alert=refused.alert))
    return await answer_signed_in(request, signed_in)


async def _page(
    request: Request, journey: Journey, form: FormState, refused: TooManyAttempts | None = None
) -> Response:
    choice = await contact_choice(request, journey, PATH, form.values)
    return await render_journey_page(
        request,
        "recovery",
        journey,
        form=replace(form, values=choice.pop("values")),
        **choice,
        work=await work_to_do(request, journey),
        refused=refused,
        action=path_to(PATH, journey.handle),
        sign_in_href=f"/sign-in?from={journey.handle}",
    )


async def _password_page(request: Request, form: FormState) -> Response:
    async with parts(request).database.read() as transaction:
        journey = await rules.load_proven(transaction, handle_of(request), browser_context(request))
        policy = (await transaction.policies.get()).passwords
    return await render_journey_page(
        request,
        "recovery_new_password",
        journey,
        form=form,
        action=path_to(NEW_PASSWORD, journey.handle),
        token=None,
        username=journey.state.address,
        password_min_length=policy.minimum_length,
    )


routes = [
    Route(PATH, show, methods=["GET"]),
    Route(PATH, submit, methods=["POST"]),
    Route(NEW_PASSWORD, show_new_password, methods=["GET"]),
    Route(NEW_PASSWORD, submit_new_password, methods=["POST"]),
]

"""One question about the profile, before a sign-in is complete; what is not required can wait."""

from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ciam.authentication import profile_question as rules
from ciam.authentication.journey import path_to
from ciam.errors import FormRefused, SignInRefused
from ciam.web.attribute_fields import make_fields
from ciam.web.browser import browser_context
from ciam.web.forms import FormState
from ciam.web.pages.journeys import (
    answer_signed_in,
    handle_of,
    journey_page,
    render_journey_page,
)
from ciam.web.parts import parts
from ciam.web.read_form import read_form

PATH: Final = "/profile-question"


@journey_page
async def show(request: Request) -> Response:
    """Ask."""
    return await _page(request, FormState())


@journey_page
async def submit(request: Request) -> Response:
    """Take the answer, or that it is put off, and go on."""
    form = await read_form(request)
    database, context = parts(request).database, browser_context(request)
    try:
        outcome = await rules.answer_profile_question(database, handle_of(request), context, form)
    except FormRefused as refused:
        return await _page(request, FormState(form, refused.errors, refused.alert))
    except SignInRefused as refused:
        return await _page(request, FormState(alert=refused.text))
    return await answer_signed_in(request, outcome)


async def _page(request: Request, form: FormState) -> Response:
    context = browser_context(request)
    async with parts(request).database.read() as transaction:
        found = await rules.load_profile_question(transaction, handle_of(request), context)
    asked = [] if found.attribute is None else [found.attribute]
    return await render_journey_page(
        request,
        "profile_question",
        found.journey,
        form=form,
        action=path_to(PATH, found.journey.handle),
        ticket=found.journey.state.ticket,
        fields=make_fields(request, asked, required=found.required),
        is_required=found.is_required,
    )


routes = [
    Route(PATH, show, methods=["GET"]),
    Route(PATH, submit, methods=["POST"]),
]

"""The second factor: one code, in the way that fits, after the first proof."""

from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ciam.authentication.journey import path_to
from ciam.authentication.second_factor import load_pending, prove_second_factor
from ciam.errors import FormRefused, TooManyAttempts
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

PATH: Final = "/second-factor"
TRUST: Final = "trust_device"


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
        signed_in = await prove_second_factor(
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


async def _page(
    request: Request,
    way: str,
    form: FormState | None = None,
    refused: TooManyAttempts | None = None,
) -> Response:
    handle = handle_of(request)
    async with parts(request).database.read() as transaction:
        pending = await load_pending(transaction, handle, browser_context(request))
        devices = (await transaction.policies.get()).devices
    here, chosen = path_to(PATH, handle), pending.way(way).METHOD
    return await render_journey_page(
        request,
        "second_factor",
        pending.journey,
        form=form,
        refused=refused,
        action=here,
        way=chosen,
        others=[
            {"key": one.METHOD, "href": f"{here}&way={one.METHOD}"}
            for one in pending.ways
            if chosen != one.METHOD
        ],
        trust_days=devices.trusted_for.days if devices.trust == "offered" else None,
        restart_href=f"/sign-in?from={handle}",
    )


routes = [
    Route(PATH, show, methods=["GET"]),
    Route(PATH, submit, methods=["POST"]),
]

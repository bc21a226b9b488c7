"""Codes that are sent as a second step: switched on and off, each after a fresh sign-in."""

from dataclasses import dataclass
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ciam.authentication.method import SentCode
from ciam.authentication.methods import find_sent_code
from ciam.customers.second_factors import switch_sent_codes_off, switch_sent_codes_on
from ciam.sessions.levels import methods_for
from ciam.web.pages.account.security import PATH as OVERVIEW
from ciam.web.pages.account.security import SENT_CODES_PATH
from ciam.web.pages.account.signed_in import (
    SignedIn,
    back_to,
    find_fresh,
    render_account_page,
)
from ciam.web.pages.journeys import see_other
from ciam.web.parts import parts
from ciam.web.read_form import read_form

PATH: Final = f"{SENT_CODES_PATH}/{{method}}"


@dataclass(frozen=True, slots=True)
class _Asked:
    """Which codes are meant, whose they are, and where they go."""

    signed_in: SignedIn
    channel: SentCode
    masked: str
    is_on: bool


async def ask(request: Request) -> Response:
    """Say what it means to switch these codes on, or off."""
    asked = await _load(request)
    if isinstance(asked, Response):
        return asked
    return await render_account_page(
        request,
        "sent_codes",
        asked.signed_in,
        method=asked.channel.METHOD,
        masked=asked.masked,
        is_on=asked.is_on,
        action=request.url.path,
        cancel_href=OVERVIEW,
    )


async def switch(request: Request) -> Response:
    """Switch these codes on, or off, as the form says."""
    wish = (await read_form(request)).get("wish", "")
    asked = await _load(request)
    if isinstance(asked, Response):
        return asked
    session, method = asked.signed_in.session, asked.channel.METHOD
    async with parts(request).database.write() as transaction:
        if wish == "on":
            await switch_sent_codes_on(
                transaction, session.customer, method, keep_session=session.id
            )
        elif wish == "off":
            await switch_sent_codes_off(
                transaction, session.customer, method, keep_session=session.id
            )
        else:
            return see_other(OVERVIEW)
    return back_to(OVERVIEW, f"codes-{wish}")


async def _load(request: Request) -> _Asked | Response:
    channel = find_sent_code(request.path_params["method"])
    async with parts(request).database.read() as transaction:
        signed_in = await find_fresh(request, transaction)
        if isinstance(signed_in, Response):
            return signed_in
        customer = signed_in.session.customer
        if channel is None:
            return see_other(OVERVIEW)
        methods = await methods_for(transaction, None)
        target = await channel.find_target(transaction, customer)
        is_on = await transaction.authenticators.find_one(customer, channel.METHOD) is not None
    if not is_on and (target is None or not methods.allows(channel.METHOD, "second")):
        return see_other(OVERVIEW)
    masked = "" if target is None else channel.mask(target.address)
    return _Asked(signed_in, channel, masked, is_on)


routes = [
    Route(PATH, ask, methods=["GET"]),
    Route(PATH, switch, methods=["POST"]),
]

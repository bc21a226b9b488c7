"""Address or number: which of the two a page asks for, and how one comes to the other."""

from collections.abc import Mapping
from typing import Any

from starlette.requests import Request

from ciam.authentication.contacts import takes_phone
from ciam.authentication.journey import Journey, path_to
from ciam.customers.identifiers import EMAIL, PHONE
from ciam.customers.phones import is_phone, write_phone
from ciam.web.parts import parts

_BY = "by"


def kind_of(form: Mapping[str, str]) -> str:
    """Give what a form was sent with."""
    return PHONE if PHONE in form else EMAIL


async def contact_choice(
    request: Request, journey: Journey, page: str, typed: Mapping[str, str]
) -> dict[str, Any]:
    """Give what the template needs: which field, and the address of the other one if there is one.

    `typed` is a form that was refused, empty for a page that is opened.
    """
    async with parts(request).database.read() as transaction:
        policies = await transaction.policies.get()
    if not takes_phone(policies, journey.kind):
        return {"by": EMAIL, "other_href": None, "values": typed or _known(journey, EMAIL, "")}
    given = PHONE if is_phone(journey.state.lookup) else EMAIL
    by = kind_of(typed) if typed else request.query_params.get(_BY, given)
    by = by if by in {EMAIL, PHONE} else EMAIL
    other = EMAIL if by == PHONE else PHONE
    return {
        "by": by,
        "other_href": f"{path_to(page, journey.handle)}&{_BY}={other}",
        "values": typed or _known(journey, by, policies.names.region),
    }


def _known(journey: Journey, by: str, region: str) -> dict[str, str]:
    """Give what was typed in this journey before, if it was of this kind."""
    state = journey.state
    if is_phone(state.lookup):
        return {PHONE: write_phone(state.lookup, region)} if by == PHONE else {}
    return {} if by == PHONE else {EMAIL: state.address or state.identifier}

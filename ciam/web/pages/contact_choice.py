"""Address or number: which of the two a page asks for, how one comes to the other, what follows."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final, Protocol

from starlette.requests import Request
from starlette.responses import Response

from ciam.authentication.contacts import takes_phone
from ciam.authentication.context import BrowserContext
from ciam.authentication.journey import Journey, load, path_to
from ciam.customers.identifiers import EMAIL, PHONE
from ciam.customers.phones import is_phone, write_phone
from ciam.errors import FormRefused, TooManyAttempts
from ciam.protection.proof_of_work import WorkAsked
from ciam.storage import Database
from ciam.web.browser import browser_context
from ciam.web.forms import FormState
from ciam.web.pages.journeys import ASKS_ONCE_MORE, handle_of, see_other
from ciam.web.parts import parts
from ciam.web.read_form import read_form

_BY: Final = "by"


class GiveContact(Protocol):
    """A rule that takes what was typed into a journey and has a code sent to it."""

    async def __call__(
        self,
        database: Database,
        handle: str,
        context: BrowserContext,
        typed: str,
        *,
        kind: str,
        work: str | None,
    ) -> None:
        """Raise FormRefused, WorkAsked or TooManyAttempts where nothing is sent."""
        ...


Show = Callable[[Request, Journey, FormState, TooManyAttempts | None], Awaitable[Response]]
"""Shows the form once more, with what was typed and why it was refused."""


async def answer_contact(request: Request, give: GiveContact, show: Show) -> Response:
    """Give what was typed to the rules; go where the journey is then, or show the form again."""
    form = await read_form(request)
    handle, context = handle_of(request), browser_context(request)
    kind = kind_of(form)
    typed = form.get(kind, "")
    state, limit = FormState({kind: typed}), None
    database = parts(request).database
    try:
        await give(database, handle, context, typed, kind=kind, work=form.get("work"))
    except WorkAsked:
        state = FormState({kind: typed}, alert=ASKS_ONCE_MORE)
    except FormRefused as refused:
        state = FormState({kind: typed}, refused.errors, refused.alert)
    except TooManyAttempts as refused:
        limit = refused
    async with database.read() as transaction:
        journey = await load(transaction, handle, context)
    if state.is_refused or limit is not None:
        return await show(request, journey, state, limit)
    return see_other(journey.path)


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

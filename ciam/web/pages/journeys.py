"""What the pages of a journey share: which journey it is, whose look it has, where it goes on."""

from collections.abc import Awaitable, Callable
from functools import wraps
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from ciam.authentication.completion import SignedIn
from ciam.authentication.journey import (
    Journey,
    Requirement,
    StepTaken,
    begin,
    begin_from,
    check_return_to,
    load,
    path_to,
)
from ciam.authentication.proceed import OnTheWay
from ciam.errors import PageRefusal, TooManyAttempts
from ciam.oauth.authorization.keeping import find_form_action
from ciam.protection.proof_of_work import Offer, offer_work
from ciam.sessions.devices import LIFETIME
from ciam.storage import UnitOfWork
from ciam.texts import Text
from ciam.web.browser import browser_context, language_of, remember_language
from ciam.web.cookies import DEVICE, SESSION, TRUSTED, set_cookie
from ciam.web.forms import FormState
from ciam.web.parts import parts
from ciam.web.rendering import render_page

ASKS_ONCE_MORE: Final = Text("Please press the button once more.")
"""What is said where work has to be proven first: the page has it now."""

_HOME: Final = "/account"
_Handler = Callable[[Request], Awaitable[Response]]


def handle_of(request: Request) -> str:
    """Give the handle in the address, empty when there is none."""
    return request.query_params.get("journey", "")


def journey_page(handler: _Handler) -> _Handler:
    """Answer with the journey's present step where a handler finds that it has moved on."""

    @wraps(handler)
    async def answer(request: Request) -> Response:
        try:
            return await handler(request)
        except StepTaken:
            async with parts(request).database.read() as transaction:
                journey = await load(transaction, handle_of(request), browser_context(request))
            return see_other(journey.path)

    return answer


async def begin_here(request: Request, kind: str, page: str) -> Response:
    """Begin a journey at one of its pages: with the end of another one, or at the account."""
    context = browser_context(request)
    async with parts(request).database.write() as transaction:
        origin = await _origin(request, transaction)
        if origin is not None:
            handle = await begin_from(transaction, origin, kind, context)
        else:
            handle = await begin(
                transaction,
                kind=kind,
                requirement=Requirement(fresh="fresh" in request.query_params),
                return_to=return_to(request),
                context=context,
            )
    return see_other(path_to(page, handle))


def return_to(request: Request) -> str:
    """Give the page of ours where the browser wants to go on, else the account."""
    try:
        return check_return_to(request.query_params.get("return_to", _HOME))
    except ValueError:
        return _HOME


async def render_journey_page(
    request: Request,
    name: str,
    journey: Journey,
    *,
    form: FormState | None = None,
    refused: TooManyAttempts | None = None,
    **context: Any,  # noqa: ANN401 - whatever the template states
) -> Response:
    """Render a page in the look of the app that asked; `refused` is said above the form."""
    if "ui_locales" in request.query_params:
        remember_language(request, language_of(request))
    form = form or FormState()
    if refused is not None:
        form = FormState(form.values, form.errors, refused.text)
    brand, client_name = await _look(request, journey)
    ends_at = await form_action_to(request, journey.state.return_to)
    status = 422 if form.is_refused else 200
    answer = await render_page(
        request,
        name,
        status=status if refused is None else refused.status,
        brand=brand,
        form_action=[] if ends_at is None else [ends_at],
        form=form,
        client_name=client_name,
        **context,
    )
    if refused is not None:
        answer.headers["Retry-After"] = str(max(1, int(refused.retry_after.total_seconds())))
    return answer


async def answer_signed_in(request: Request, signed_in: SignedIn | OnTheWay) -> Response:
    """Give the browser its session and its device, and send it back to where it came from.

    Where more has to be proven it gets nothing yet but the page that asks for it.
    """
    if isinstance(signed_in, OnTheWay):
        return see_other(signed_in.path)
    await take_cookies(request, signed_in)
    return see_other(signed_in.return_to)


async def take_cookies(request: Request, signed_in: SignedIn) -> None:
    """Give the browser its session and its devices."""
    async with parts(request).database.read() as transaction:
        policies = await transaction.policies.get()
    set_cookie(request, SESSION, signed_in.session, policies.sessions.lifetime)
    set_cookie(request, DEVICE, signed_in.device, LIFETIME)
    if signed_in.trusted is not None:
        set_cookie(request, TRUSTED, signed_in.trusted, policies.devices.trusted_for)


async def form_action_to(request: Request, return_to: str) -> str | None:
    """Give where the redirects after this page's form may lead, if an app is at their end."""
    end = urlsplit(return_to)
    handle = parse_qs(end.query).get("request", [""])[0]
    if not handle:
        return None
    async with parts(request).database.read() as transaction:
        return await find_form_action(transaction, handle, browser_context(request).browser_hash)


async def work_to_do(request: Request, journey: Journey) -> Offer | None:
    """Give what the page's form has to calculate first, while many sign-ins fail."""
    async with parts(request).database.read() as transaction:
        address = browser_context(request).address
        return await offer_work(transaction, journey.kind, address=address)


def see_other(path: str) -> RedirectResponse:
    """Answer with a GET of another page, so that loading again repeats nothing."""
    return RedirectResponse(path, status_code=303)


async def _origin(request: Request, transaction: UnitOfWork) -> Journey | None:
    """Give the journey that a link came from, if it is one of this browser."""
    handle = request.query_params.get("from")
    if handle is None:
        return None
    try:
        return await load(transaction, handle, browser_context(request))
    except PageRefusal:
        return None


async def _look(request: Request, journey: Journey) -> tuple[str | None, str | None]:
    """Give the brand and the name of the app that asked, if one did."""
    if journey.state.client is None:
        return None, None
    async with parts(request).database.read() as transaction:
        client = await transaction.clients.get(journey.state.client)
    return client.brand, client.name_in(language_of(request))

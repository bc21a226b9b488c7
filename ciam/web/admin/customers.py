"""Customers in the console: found by exact identifier, seen masked, helped for a reason.

What is searched for is posted and never stands in an address: addresses are kept by browsers.
"""

from typing import Any, Final
from uuid import UUID

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from ciam.administration import customer_acts as acts
from ciam.administration import customer_view as views
from ciam.administration.attribute_catalogue import titles_of
from ciam.administration.customer_invitations import invite_customer
from ciam.administration.roles import Permission
from ciam.administration.sign_in import Desk
from ciam.authentication.risk_signals import title_of
from ciam.consent.scope_claims import CLAIM_LABELS
from ciam.errors import FormRefused, TooManyAttempts
from ciam.storage import UnitOfWork
from ciam.storage.stores.customers import Customer
from ciam.texts import Text
from ciam.web.admin.desk import back_to, render_console
from ciam.web.admin.endpoint import AdminRoute
from ciam.web.admin.event_words import event_words
from ciam.web.admin.words import (
    ACTORS,
    IDENTIFIER_KINDS,
    METHODS,
    STATES,
    VERDICTS,
    name_of,
)
from ciam.web.browser import client_address, known_language, language_of
from ciam.web.forms import FormState
from ciam.web.pages.account.devices import describe_device
from ciam.web.parts import parts
from ciam.web.read_form import read_form

PATH: Final = "/admin/customers"
_LABELS: Final = dict(CLAIM_LABELS) | IDENTIFIER_KINDS
_NOT_FOUND: Final = Text("Nobody has exactly this address, number, name or ID.")


async def start(request: Request, desk: Desk) -> Response:
    """Offer the search, and to whom it is allowed the invitation."""
    return await _start_page(request, desk)


async def find(request: Request, desk: Desk) -> Response:
    """Open the customer who has exactly this identifier."""
    form = await read_form(request)
    async with parts(request).database.write() as transaction:
        found = await views.seek_customer(transaction, desk, form.get("customer", ""))
    if found is None:
        return await _start_page(request, desk, not_found=_NOT_FOUND)
    return RedirectResponse(f"{PATH}/{found.customer_id}", status_code=303)


async def send_invitation(request: Request, desk: Desk) -> Response:
    """Mail somebody a link to register; whether they are a customer is said to them alone."""
    form = await read_form(request)
    try:
        async with parts(request).database.write() as transaction:
            await invite_customer(
                transaction,
                desk,
                email=form.get("email", ""),
                language=known_language(request, form.get("language", "")),
                reason=form.get("reason", ""),
                address=client_address(request),
            )
    except FormRefused as refused:
        return await _start_page(request, desk, FormState(form, refused.errors, refused.alert))
    return back_to(PATH, "customer_invited")


async def show(request: Request, desk: Desk) -> Response:
    """Show one customer, masked."""
    return await _page(request, desk)


async def reveal(request: Request, desk: Desk) -> Response:
    """Show one value in the answer to the form; loading the page again masks it."""
    form = await read_form(request)
    key, reason = form.get("field", ""), form.get("reason", "")
    try:
        async with parts(request).database.write() as transaction:
            customer = await _get(request, transaction)
            value = await acts.reveal(transaction, desk, customer, key, reason)
    except (FormRefused, TooManyAttempts) as refused:
        return await _refused(request, desk, refused, {"reason": reason})
    shown = {} if value is None else {key: _write(value)}
    return await _page(request, desk, revealed=shown)


async def disable(request: Request, desk: Desk) -> Response:
    """Bar the customer."""
    return await _act(request, desk, acts.disable, "disabled")


async def enable(request: Request, desk: Desk) -> Response:
    """Let the customer in again."""
    return await _act(request, desk, acts.enable, "enabled")


async def cancel_recovery(request: Request, desk: Desk) -> Response:
    """Cancel the request to go on without a lost second factor."""
    return await _act(request, desk, acts.cancel_recovery, "recovery_cancelled")


async def end_sessions(request: Request, desk: Desk) -> Response:
    """End one session, or all when none is named."""
    form = await read_form(request)
    named = form.get("session_id", "")
    async with parts(request).database.write() as transaction:
        customer = await _get(request, transaction)
        only = None if not named else read_id(named)
        await acts.end_sessions(transaction, desk, customer.id, only=only)
    return back_to(_here(request), "session" if named else "sessions")


async def send_hint(request: Request, desk: Desk) -> Response:
    """Mail the way to a new password."""
    await read_form(request)
    try:
        async with parts(request).database.write() as transaction:
            customer = await _get(request, transaction)
            address = client_address(request)
            await acts.send_password_hint(transaction, desk, customer, address=address)
    except (FormRefused, TooManyAttempts) as refused:
        return await _refused(request, desk, refused, {})
    return back_to(_here(request), "mailed")


def read_id(text: str) -> UUID:
    """Give an id of ours; raise 404 for what is none."""
    try:
        return UUID(text)
    except ValueError as error:
        raise HTTPException(404) from error


async def _act(request: Request, desk: Desk, act: Any, done: str) -> Response:  # noqa: ANN401 - one of two acts of the same shape
    form = await read_form(request)
    reason = form.get("reason", "")
    try:
        async with parts(request).database.write() as transaction:
            customer = await _get(request, transaction)
            await act(transaction, desk, customer.id, reason)
    except FormRefused as refused:
        return await _refused(request, desk, refused, {"reason": reason})
    return back_to(_here(request), done)


async def _get(request: Request, transaction: UnitOfWork) -> Customer:
    found = await views.find_by_id(transaction, request.path_params["customer_id"])
    if found is None:
        raise HTTPException(404)
    return found


async def _refused(
    request: Request,
    desk: Desk,
    refused: FormRefused | TooManyAttempts,
    values: dict[str, str],
) -> Response:
    if isinstance(refused, FormRefused):
        alert = refused.alert or next(iter(refused.errors.values()), None)
    else:
        alert = refused.text
    return await _page(request, desk, FormState(values, alert=alert), status=refused.status)


async def _page(
    request: Request,
    desk: Desk,
    form: FormState | None = None,
    *,
    revealed: dict[str, str] | None = None,
    status: int = 200,
) -> Response:
    language = language_of(request)
    async with parts(request).database.write() as transaction:
        view = await views.see_customer(
            transaction, desk, request.path_params["customer_id"], language
        )
        is_fresh = await desk.is_fresh(transaction)
        names = _LABELS | await titles_of(transaction, language)
    if view is None:
        raise HTTPException(404)
    say = parts(request).renderer.say
    return await render_console(
        request,
        "customer",
        desk,
        status=status,
        form=form or FormState(),
        view=view,
        path=f"{PATH}/{view.customer_id}",
        revealed=revealed or {},
        is_fresh=is_fresh,
        state_name=name_of(STATES, view.state),
        labels={
            one.key: name_of(names, one.kind.partition("#")[0])
            for one in [*view.identifiers, *view.attributes]
        },
        method_names={one.method: name_of(METHODS, one.method) for one in view.ways_in},
        devices={
            row: say(describe_device(user_agent), language)
            for row, user_agent in [
                *((one.id, one.user_agent) for one in view.sessions),
                *((one.id, one.user_agent) for one in view.remembered_devices),
            ]
        },
        verdicts=VERDICTS,
        signals={name: title_of(name) for one in view.risks for name in one.signals},
        actors={one.actor_kind: name_of(ACTORS, one.actor_kind) for one in view.events},
        words={one.kind: event_words(one.kind) for one in view.events},
    )


async def _start_page(
    request: Request,
    desk: Desk,
    form: FormState | None = None,
    *,
    not_found: Text | None = None,
) -> Response:
    state = form or FormState({"language": language_of(request)})
    return await render_console(
        request,
        "customers",
        desk,
        status=422 if state.is_refused else 200,
        form=state,
        not_found=not_found,
        mail_languages=parts(request).renderer.language_links(language_of(request), str),
    )


def _here(request: Request) -> str:
    return f"{PATH}/{request.path_params['customer_id']}"


def _write(value: Any) -> str:  # noqa: ANN401 - whatever a claim is
    if isinstance(value, dict):
        return ", ".join(str(part) for part in value.values())
    return str(value)


_ONE: Final = f"{PATH}/{{customer_id}}"
_CHANGE: Final = Permission.CUSTOMERS_CHANGE
routes = [
    AdminRoute(PATH, start, needs=Permission.CUSTOMERS_SEE),
    AdminRoute(f"{PATH}/find", find, needs=Permission.CUSTOMERS_SEE, methods=("POST",)),
    AdminRoute(
        f"{PATH}/invite", send_invitation, needs=Permission.CUSTOMERS_INVITE, methods=("POST",)
    ),
    AdminRoute(_ONE, show, needs=Permission.CUSTOMERS_SEE),
    AdminRoute(
        f"{_ONE}/reveal", reveal, needs=Permission.CUSTOMERS_REVEAL, methods=("POST",), fresh=True
    ),
    AdminRoute(f"{_ONE}/disable", disable, needs=_CHANGE, methods=("POST",)),
    AdminRoute(f"{_ONE}/enable", enable, needs=_CHANGE, methods=("POST",)),
    AdminRoute(f"{_ONE}/cancel-recovery", cancel_recovery, needs=_CHANGE, methods=("POST",)),
    AdminRoute(f"{_ONE}/end-sessions", end_sessions, needs=_CHANGE, methods=("POST",)),
    AdminRoute(f"{_ONE}/mail", send_hint, needs=_CHANGE, methods=("POST",)),
]

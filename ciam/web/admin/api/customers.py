"""/api/admin/v1/customers: search, see masked, reveal, disable, enable, end sessions, mail."""

from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from ciam.administration import customer_acts as acts
from ciam.administration import customer_view as views
from ciam.administration.roles import Permission
from ciam.administration.sign_in import Desk
from ciam.storage import UnitOfWork
from ciam.storage.stores.customers import Customer
from ciam.web.admin.api.body import Body, Reason, answer, done, read_body, read_id
from ciam.web.admin.endpoint import AdminRoute
from ciam.web.browser import client_address, language_of
from ciam.web.parts import parts

PATH = "/api/admin/v1/customers"


class Search(Body):
    """An exact identifier, or a customer ID."""

    identifier: str


class Reveal(Body):
    """Which value, by the `key` that the masked one has, and why."""

    field: str
    reason: str


async def search(request: Request, desk: Desk) -> Response:
    """Give the IDs of those who have exactly this identifier: none or one."""
    sent = await read_body(request, Search)
    async with parts(request).database.write() as transaction:
        found = await views.seek_customer(transaction, desk, sent.identifier)
    return answer({"items": [] if found is None else [{"customer_id": found.customer_id}]})


async def show(request: Request, desk: Desk) -> Response:
    """Give one customer, masked."""
    async with parts(request).database.write() as transaction:
        view = await views.see_customer(
            transaction, desk, request.path_params["customer_id"], language_of(request)
        )
    if view is None:
        raise HTTPException(404)
    return answer(view)


async def reveal(request: Request, desk: Desk) -> Response:
    """Give one value."""
    sent = await read_body(request, Reveal)
    async with parts(request).database.write() as transaction:
        customer = await _get(request, transaction)
        value = await acts.reveal(transaction, desk, customer, sent.field, sent.reason)
    if value is None:
        raise HTTPException(404)
    return answer({"field": sent.field, "value": value})


async def disable(request: Request, desk: Desk) -> Response:
    """Bar the customer; done before is done."""
    return await _act(request, desk, acts.disable)


async def enable(request: Request, desk: Desk) -> Response:
    """Let the customer in again."""
    return await _act(request, desk, acts.enable)


async def end_sessions(request: Request, desk: Desk) -> Response:
    """End every session."""
    async with parts(request).database.write() as transaction:
        customer = await _get(request, transaction)
        ended = await acts.end_sessions(transaction, desk, customer.id)
    return answer({"ended": ended})


async def end_session(request: Request, desk: Desk) -> Response:
    """End one session."""
    async with parts(request).database.write() as transaction:
        customer = await _get(request, transaction)
        only = read_id(request, "session")
        ended = await acts.end_sessions(transaction, desk, customer.id, only=only)
    if not ended:
        raise HTTPException(404)
    return done()


async def send_hint(request: Request, desk: Desk) -> Response:
    """Mail the way to a new password."""
    async with parts(request).database.write() as transaction:
        customer = await _get(request, transaction)
        address = client_address(request)
        await acts.send_password_hint(transaction, desk, customer, address=address)
    return Response(status_code=202)


async def _act(request: Request, desk: Desk, act: Any) -> Response:  # noqa: ANN401 - one of two acts of the same shape
    sent = await read_body(request, Reason)
    async with parts(request).database.write() as transaction:
        customer = await _get(request, transaction)
        await act(transaction, desk, customer.id, sent.reason)
    return done()


async def _get(request: Request, transaction: UnitOfWork) -> Customer:
    found = await views.find_by_id(transaction, request.path_params["customer_id"])
    if found is None:
        raise HTTPException(404)
    return found


_ONE = f"{PATH}/{{customer_id}}"
_SEE, _CHANGE = Permission.CUSTOMERS_SEE, Permission.CUSTOMERS_CHANGE
_POST, _DELETE = ("POST",), ("DELETE",)
routes = [
    AdminRoute(f"{PATH}/search", search, needs=_SEE, methods=_POST),
    AdminRoute(_ONE, show, needs=_SEE),
    AdminRoute(
        f"{_ONE}/reveal", reveal, needs=Permission.CUSTOMERS_REVEAL, methods=_POST, fresh=True
    ),
    AdminRoute(f"{_ONE}/disable", disable, needs=_CHANGE, methods=_POST),
    AdminRoute(f"{_ONE}/enable", enable, needs=_CHANGE, methods=_POST),
    AdminRoute(f"{_ONE}/sessions", end_sessions, needs=_CHANGE, methods=_DELETE),
    AdminRoute(f"{_ONE}/sessions/{{session}}", end_session, needs=_CHANGE, methods=_DELETE),
    AdminRoute(f"{_ONE}/password-mail", send_hint, needs=_CHANGE, methods=_POST),
]

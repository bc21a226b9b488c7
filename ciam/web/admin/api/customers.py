"""/api/admin/v1/customers: search, see masked, reveal, disable, enable, end sessions, mail."""

from typing import Any

from pydantic import BaseModel
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from ciam.administration import customer_acts as acts
from ciam.administration import customer_view as views
from ciam.administration.customer_invitations import invite_customer
from ciam.administration.customer_view import CustomerView
from ciam.administration.roles import Permission
from ciam.administration.sign_in import Desk
from ciam.storage import UnitOfWork
from ciam.storage.stores.customers import Customer
from ciam.web.admin.api.body import Body, Listed, Reason, answer, answer_read, read_body, read_id
from ciam.web.admin.api.operation import ApiRoute, OpenRoute, Operation, act_once
from ciam.web.api.writes import Reply
from ciam.web.browser import client_address, known_language, language_of
from ciam.web.parts import parts


class Search(Body):
    """An exact identifier, or a customer ID."""

    identifier: str


class Found(BaseModel):
    """A customer who has the identifier."""

    customer_id: str


class CustomerInvitation(Body):
    """Whom to invite, in which language the mail is, and why."""

    email: str
    language: str = "ja"
    reason: str


class Reveal(Body):
    """Which value, by the `key` that the masked one has, and why."""

    field: str
    reason: str


class Revealed(BaseModel):
    """One value, in the clear."""

    field: str
    value: Any


class Ended(BaseModel):
    """How many sessions were ended."""

    ended: int


async def search(request: Request, desk: Desk) -> Response:
    """Find who has exactly this identifier: none or one."""
    sent = await read_body(request, Search)
    async with parts(request).database.write() as transaction:
        found = await views.seek_customer(transaction, desk, sent.identifier)
    items = [] if found is None else [Found(customer_id=found.customer_id)]
    return answer(Listed[Found](items=items))


async def send_invitation(request: Request, desk: Desk) -> Response:
    """Mail somebody a link to register; the same answer whether they are a customer or not."""
    sent = await read_body(request, CustomerInvitation)

    async def work(transaction: UnitOfWork) -> Reply:
        await invite_customer(
            transaction,
            desk,
            email=sent.email,
            language=known_language(request, sent.language),
            reason=sent.reason,
            address=client_address(request),
        )
        return Reply(202)

    return await act_once(request, desk, work)


async def show(request: Request, desk: Desk) -> Response:
    """Give one customer, masked."""
    async with parts(request).database.write() as transaction:
        view = await views.see_customer(
            transaction, desk, request.path_params["customer_id"], language_of(request)
        )
    if view is None:
        raise HTTPException(404)
    return answer_read(request, view)


async def reveal(request: Request, desk: Desk) -> Response:
    """Reveal one value, for a reason."""
    sent = await read_body(request, Reveal)
    async with parts(request).database.write() as transaction:
        customer = await _get(request, transaction)
        value = await acts.reveal(transaction, desk, customer, sent.field, sent.reason)
    if value is None:
        raise HTTPException(404)
    return answer(Revealed(field=sent.field, value=value))


async def disable(request: Request, desk: Desk) -> Response:
    """Bar the customer; done before is done."""
    return await _act(request, desk, acts.disable)


async def enable(request: Request, desk: Desk) -> Response:
    """Let the customer in again."""
    return await _act(request, desk, acts.enable)


async def cancel_recovery(request: Request, desk: Desk) -> Response:
    """Cancel the request to go on without a lost second factor; none open is done."""
    return await _act(request, desk, acts.cancel_recovery)


async def end_sessions(request: Request, desk: Desk) -> Response:
    """End every session."""

    async def work(transaction: UnitOfWork) -> Reply:
        customer = await _get(request, transaction)
        return Reply(200, {"ended": await acts.end_sessions(transaction, desk, customer.id)})

    return await act_once(request, desk, work)


async def end_session(request: Request, desk: Desk) -> Response:
    """End one session."""

    async def work(transaction: UnitOfWork) -> Reply:
        customer = await _get(request, transaction)
        only = read_id(request, "session")
        if not await acts.end_sessions(transaction, desk, customer.id, only=only):
            raise HTTPException(404)
        return Reply(204)

    return await act_once(request, desk, work)


async def send_hint(request: Request, desk: Desk) -> Response:
    """Mail the way to a new password."""

    async def work(transaction: UnitOfWork) -> Reply:
        customer = await _get(request, transaction)
        address = client_address(request)
        await acts.send_password_hint(transaction, desk, customer, address=address)
        return Reply(202)

    return await act_once(request, desk, work)


async def _act(request: Request, desk: Desk, act: Any) -> Response:  # noqa: ANN401 - one of two acts of the same shape
    sent = await read_body(request, Reason)

    async def work(transaction: UnitOfWork) -> Reply:
        customer = await _get(request, transaction)
        await act(transaction, desk, customer.id, sent.reason)
        return Reply(204)

    return await act_once(request, desk, work)


async def _get(request: Request, transaction: UnitOfWork) -> Customer:
    found = await views.find_by_id(transaction, request.path_params["customer_id"])
    if found is None:
        raise HTTPException(404)
    return found


_ONE = "/customers/{customer_id}"
_SEE, _CHANGE = Permission.CUSTOMERS_SEE, Permission.CUSTOMERS_CHANGE
_REASON = Operation(status=204, body=Reason, takes_key=True)
_INVITE = Operation(status=202, body=CustomerInvitation, takes_key=True)
_REVEAL = Operation(Revealed, body=Reveal, refusals=(429,))
routes: list[ApiRoute | OpenRoute] = [
    ApiRoute(
        "/customers/search", search, Operation(Listed[Found], body=Search), needs=_SEE,
        method="POST",
    ),
    ApiRoute(
        "/customers/invitations", send_invitation, _INVITE, needs=Permission.CUSTOMERS_INVITE,
        method="POST",
    ),
    ApiRoute(_ONE, show, Operation(CustomerView, has_etag=True), needs=_SEE),
    ApiRoute(
        f"{_ONE}/reveal", reveal, _REVEAL, needs=Permission.CUSTOMERS_REVEAL, method="POST",
        fresh=True,
    ),
    ApiRoute(f"{_ONE}/disable", disable, _REASON, needs=_CHANGE, method="POST"),
    ApiRoute(
        f"{_ONE}/cancel-recovery", cancel_recovery, _REASON, needs=_CHANGE, method="POST"
    ),
    ApiRoute(f"{_ONE}/enable", enable, _REASON, needs=_CHANGE, method="POST"),
    ApiRoute(
        f"{_ONE}/sessions", end_sessions, Operation(Ended, takes_key=True), needs=_CHANGE,
        method="DELETE",
    ),
    ApiRoute(
        f"{_ONE}/sessions/{{session}}", end_session, Operation(status=204, takes_key=True),
        needs=_CHANGE, method="DELETE",
    ),
    ApiRoute(
        f"{_ONE}/password-mail", send_hint, Operation(status=202, takes_key=True), needs=_CHANGE,
        method="POST",
    ),
]  # fmt: skip

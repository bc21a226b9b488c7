"""/api/admin/v1/operators: who there is, inviting one, barring one."""

from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from ciam.administration import operators as rules
from ciam.administration.invitations import invite
from ciam.administration.roles import Permission
from ciam.administration.sign_in import Desk
from ciam.storage import UnitOfWork
from ciam.web.admin.api.body import (
    Body,
    Listed,
    Reason,
    answer_read,
    read_body,
    read_id,
    to_document,
)
from ciam.web.admin.api.operation import ApiRoute, OpenRoute, Operation, act_once
from ciam.web.api.writes import Reply
from ciam.web.browser import language_of
from ciam.web.parts import parts


class Invitation(Body):
    """Whom to invite, and why."""

    email: str
    roles: list[str]
    reason: str


class OperatorDocument(BaseModel):
    """An operator; their secrets never leave."""

    operator: UUID
    name: str
    email: str
    roles: list[str]
    state: str
    created_at: datetime
    signed_in_at: datetime | None


class Invited(BaseModel):
    """Until when the link works; it goes by mail only."""

    expires_at: datetime


async def list_all(request: Request, _desk: Desk) -> Response:
    """Give the operators."""
    async with parts(request).database.read() as transaction:
        found = await transaction.operators.list_all()
    items = [
        OperatorDocument(
            operator=one.id,
            name=one.name,
            email=one.email,
            roles=sorted(one.roles),
            state=one.state,
            created_at=one.created_at,
            signed_in_at=one.signed_in_at,
        )
        for one in found
    ]
    return answer_read(request, {"items": items})


async def send_invitation(request: Request, desk: Desk) -> Response:
    """Invite somebody; the link goes by mail only."""
    sent = await read_body(request, Invitation)

    async def work(transaction: UnitOfWork) -> Reply:
        invited = await invite(
            transaction,
            email=sent.email,
            roles=sent.roles,
            reason=sent.reason,
            actor=desk.actor,
            language=language_of(request),
        )
        return Reply(202, to_document({"expires_at": invited.expires_at}))

    return await act_once(request, desk, work)


async def disable(request: Request, desk: Desk) -> Response:
    """Bar an operator; done before is done."""
    return await _act(request, desk, rules.disable_operator)


async def enable(request: Request, desk: Desk) -> Response:
    """Let an operator in again."""
    return await _act(request, desk, rules.enable_operator)


async def _act(request: Request, desk: Desk, act: Any) -> Response:  # noqa: ANN401 - one of two acts of the same shape
    sent, operator = await read_body(request, Reason), read_id(request, "operator")

    async def work(transaction: UnitOfWork) -> Reply:
        if await transaction.operators.find(operator) is None:
            raise HTTPException(404)
        await act(transaction, desk, operator, sent.reason)
        return Reply(204)

    return await act_once(request, desk, work)


_CHANGE, _ONE = Permission.OPERATORS_CHANGE, "/operators/{operator}"
_REASON = Operation(status=204, body=Reason, takes_key=True)
_INVITE = Operation(Invited, 202, body=Invitation, takes_key=True)
routes: list[ApiRoute | OpenRoute] = [
    ApiRoute(
        "/operators", list_all, Operation(Listed[OperatorDocument], has_etag=True),
        needs=Permission.OPERATORS_SEE,
    ),
    ApiRoute(
        "/operators/invitations", send_invitation, _INVITE, needs=_CHANGE, method="POST",
        fresh=True,
    ),
    ApiRoute(f"{_ONE}/disable", disable, _REASON, needs=_CHANGE, method="POST", fresh=True),
    ApiRoute(f"{_ONE}/enable", enable, _REASON, needs=_CHANGE, method="POST", fresh=True),
]  # fmt: skip

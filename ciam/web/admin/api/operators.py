"""/api/admin/v1/operators: who there is, inviting one, barring one."""

from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from ciam.administration import operators as rules
from ciam.administration.invitations import invite
from ciam.administration.roles import Permission
from ciam.administration.sign_in import Desk
from ciam.web.admin.api.body import Body, Reason, answer, done, read_body, read_id
from ciam.web.admin.endpoint import AdminRoute
from ciam.web.browser import language_of
from ciam.web.parts import parts

PATH = "/api/admin/v1/operators"


class Invitation(Body):
    """Whom to invite, and why."""

    email: str
    roles: list[str]
    reason: str


async def list_all(request: Request, _desk: Desk) -> Response:
    """Give the operators; their secrets never leave."""
    async with parts(request).database.read() as transaction:
        found = await transaction.operators.list_all()
    items = [
        {
            "operator": one.id,
            "name": one.name,
            "email": one.email,
            "roles": sorted(one.roles),
            "state": one.state,
            "created_at": one.created_at,
            "signed_in_at": one.signed_in_at,
        }
        for one in found
    ]
    return answer({"items": items})


async def send_invitation(request: Request, desk: Desk) -> Response:
    """Invite somebody; the link goes by mail only."""
    sent = await read_body(request, Invitation)
    async with parts(request).database.write() as transaction:
        invited = await invite(
            transaction,
            email=sent.email,
            roles=sent.roles,
            reason=sent.reason,
            actor=desk.actor,
            language=language_of(request),
        )
    return answer({"expires_at": invited.expires_at}, 202)


async def disable(request: Request, desk: Desk) -> Response:
    """Bar an operator; done before is done."""
    return await _act(request, desk, rules.disable_operator)


async def enable(request: Request, desk: Desk) -> Response:
    """Let an operator in again."""
    return await _act(request, desk, rules.enable_operator)


async def _act(request: Request, desk: Desk, act: Any) -> Response:  # noqa: ANN401 - one of two acts of the same shape
    sent, operator = await read_body(request, Reason), read_id(request, "operator")
    async with parts(request).database.write() as transaction:
        if await transaction.operators.find(operator) is None:
            raise HTTPException(404)
        await act(transaction, desk, operator, sent.reason)
    return done()


_CHANGE, _POST = Permission.OPERATORS_CHANGE, ("POST",)
_ONE = f"{PATH}/{{operator}}"
routes = [
    AdminRoute(PATH, list_all, needs=Permission.OPERATORS_SEE),
    AdminRoute(f"{PATH}/invitations", send_invitation, needs=_CHANGE, methods=_POST, fresh=True),
    AdminRoute(f"{_ONE}/disable", disable, needs=_CHANGE, methods=_POST, fresh=True),
    AdminRoute(f"{_ONE}/enable", enable, needs=_CHANGE, methods=_POST, fresh=True),
]

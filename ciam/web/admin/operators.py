"""Operators in the console: who there is, inviting one, barring one."""

from typing import Any, Final

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from ciam.administration import operators as rules
from ciam.administration.invitations import invite
from ciam.administration.roles import DUTIES, TITLES, Permission
from ciam.administration.sign_in import Desk
from ciam.errors import FormRefused
from ciam.web.admin.customers import read_id
from ciam.web.admin.desk import back_to, render_console
from ciam.web.admin.endpoint import AdminRoute
from ciam.web.browser import language_of
from ciam.web.forms import FormState
from ciam.web.parts import parts
from ciam.web.read_form import read_form

PATH: Final = "/admin/operators"


async def list_all(request: Request, desk: Desk) -> Response:
    """List the operators and who is invited."""
    return await _page(request, desk, FormState())


async def send_invitation(request: Request, desk: Desk) -> Response:
    """Invite somebody; the link goes by mail only."""
    form = await read_form(request)
    try:
        async with parts(request).database.write() as transaction:
            await invite(
                transaction,
                email=form.get("email", ""),
                roles=[role for role in (form.get("role", ""),) if role],
                reason=form.get("reason", ""),
                actor=desk.actor,
                language=language_of(request),
            )
    except FormRefused as refused:
        return await _page(request, desk, FormState(form, refused.errors, refused.alert))
    return back_to(PATH, "invited")


async def disable(request: Request, desk: Desk) -> Response:
    """Bar an operator."""
    return await _act(request, desk, rules.disable_operator, "operator_disabled")


async def enable(request: Request, desk: Desk) -> Response:
    """Let an operator in again."""
    return await _act(request, desk, rules.enable_operator, "operator_enabled")


async def _act(request: Request, desk: Desk, act: Any, done: str) -> Response:  # noqa: ANN401 - one of two acts of the same shape
    form = await read_form(request)
    try:
        async with parts(request).database.write() as transaction:
            operator = read_id(form.get("operator", ""))
            if await transaction.operators.find(operator) is None:
                raise HTTPException(404)
            await act(transaction, desk, operator, form.get("reason", ""))
    except FormRefused as refused:
        alert = refused.alert or next(iter(refused.errors.values()), None)
        return await _page(request, desk, FormState(alert=alert))
    return back_to(PATH, done)


async def _page(request: Request, desk: Desk, form: FormState) -> Response:
    async with parts(request).database.read() as transaction:
        found = await transaction.operators.list_all()
        invitations = await transaction.operators.list_invitations()
    operators = [
        {
            "operator": one,
            "roles": [TITLES[role] for role in sorted(one.roles) if role in TITLES],
            "is_me": one.id == desk.operator.id,
        }
        for one in found
    ]
    invited = [
        {"invitation": one, "roles": [TITLES[role] for role in sorted(one.roles)]}
        for one in invitations
    ]
    return await render_console(
        request,
        "operators",
        desk,
        status=422 if form.is_refused else 200,
        form=form,
        operators=operators,
        invited=invited,
        roles=[{"key": key, "title": TITLES[key], "duty": DUTIES[key]} for key in TITLES],
        path=PATH,
    )


_CHANGE: Final = Permission.OPERATORS_CHANGE
routes = [
    AdminRoute(PATH, list_all, needs=Permission.OPERATORS_SEE),
    AdminRoute(f"{PATH}/invite", send_invitation, needs=_CHANGE, methods=("POST",), fresh=True),
    AdminRoute(f"{PATH}/disable", disable, needs=_CHANGE, methods=("POST",), fresh=True),
    AdminRoute(f"{PATH}/enable", enable, needs=_CHANGE, methods=("POST",), fresh=True),
]

"""The first page of the console: what this operator can do, the search in the middle."""

from starlette.requests import Request
from starlette.responses import Response

from ciam.administration.roles import DUTIES, TITLES, Permission
from ciam.administration.sign_in import Desk
from ciam.web.admin.desk import render_console
from ciam.web.admin.endpoint import AdminRoute
from ciam.web.parts import parts


async def home(request: Request, desk: Desk) -> Response:
    """Show the counts that need no customer to be opened."""
    async with parts(request).database.read() as transaction:
        pending = await transaction.audit_events.count_pending()
        clients = len(await transaction.clients.list_all())
    roles = [
        {"title": TITLES[role], "duty": DUTIES[role]}
        for role in sorted(desk.operator.roles)
        if role in TITLES
    ]
    return await render_console(
        request, "home", desk, roles=roles, clients=clients, pending=pending
    )


routes = [AdminRoute("/admin", home, needs=Permission.SIGNED_IN)]

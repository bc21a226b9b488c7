"""Apps in the console: which are registered, and how each is set; changed by config files."""

from typing import Final

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from ciam.administration.roles import Permission
from ciam.administration.sign_in import Desk
from ciam.web.admin.desk import render_console
from ciam.web.admin.endpoint import AdminRoute
from ciam.web.browser import language_of
from ciam.web.parts import parts

PATH: Final = "/admin/clients"


async def list_all(request: Request, desk: Desk) -> Response:
    """List every app, disabled ones too."""
    language = language_of(request)
    async with parts(request).database.read() as transaction:
        found = await transaction.clients.list_all()
    clients = [{"client": one, "name": one.name_in(language)} for one in found]
    return await render_console(request, "clients", desk, clients=clients, path=PATH)


async def show(request: Request, desk: Desk) -> Response:
    """Show one app."""
    async with parts(request).database.read() as transaction:
        found = await transaction.clients.list_all()
    wanted = request.path_params["client_id"]
    client = next((one for one in found if one.client_id == wanted), None)
    if client is None:
        raise HTTPException(404)
    return await render_console(
        request, "client", desk, client=client, title=client.name_in(language_of(request))
    )


routes = [
    AdminRoute(PATH, list_all, needs=Permission.CLIENTS_SEE),
    AdminRoute(f"{PATH}/{{client_id:path}}", show, needs=Permission.CLIENTS_SEE),
]

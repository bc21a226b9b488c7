"""/api/admin/v1/clients: the registered apps, without their secrets (RFC 7591 §2 names)."""

from dataclasses import fields
from typing import Any, Final

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from ciam.administration.roles import Permission
from ciam.administration.sign_in import Desk
from ciam.storage.stores.clients import Client
from ciam.web.admin.api.body import answer
from ciam.web.admin.endpoint import AdminRoute
from ciam.web.parts import parts

PATH = "/api/admin/v1/clients"
_INSIDE: Final = frozenset({"id", "secret_hash"})


async def list_all(request: Request, _desk: Desk) -> Response:
    """Give every app."""
    async with parts(request).database.read() as transaction:
        found = await transaction.clients.list_all()
    return answer({"items": [_document(one) for one in found]})


async def show(request: Request, _desk: Desk) -> Response:
    """Give one app."""
    async with parts(request).database.read() as transaction:
        found = await transaction.clients.list_all()
    wanted = request.path_params["client_id"]
    client = next((one for one in found if one.client_id == wanted), None)
    if client is None:
        raise HTTPException(404)
    return answer(_document(client))


def _document(client: Client) -> dict[str, Any]:
    document = {one.name: getattr(client, one.name) for one in fields(client)}
    return {
        name: sorted(value) if isinstance(value, frozenset) else value
        for name, value in document.items()
        if name not in _INSIDE
    }


routes = [
    AdminRoute(PATH, list_all, needs=Permission.CLIENTS_SEE),
    AdminRoute(f"{PATH}/{{client_id:path}}", show, needs=Permission.CLIENTS_SEE),
]

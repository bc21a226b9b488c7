"""/api/admin/v1/clients: the registered apps, without their secrets (RFC 7591 §2 names)."""

from typing import Literal

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from ciam.administration.roles import Permission
from ciam.administration.sign_in import Desk
from ciam.oauth.registration import ClientMetadata
from ciam.storage.stores.clients import StoredClient
from ciam.web.admin.api.body import Listed, answer_read
from ciam.web.admin.api.operation import ApiRoute, OpenRoute, Operation
from ciam.web.parts import parts


class ClientDocument(ClientMetadata):
    """A registered app: its metadata, and what is ours."""

    client_id: str
    brand: str | None
    state: Literal["active", "disabled"]
    managed_by: str
    has_secret: bool


async def list_all(request: Request, _desk: Desk) -> Response:
    """Give every app."""
    async with parts(request).database.read() as transaction:
        found = await transaction.clients.list_stored()
    return answer_read(request, {"items": [describe(one) for one in found]})


async def show(request: Request, _desk: Desk) -> Response:
    """Give one app."""
    async with parts(request).database.read() as transaction:
        found = await transaction.clients.list_stored()
    wanted = request.path_params["client_id"]
    client = next((one for one in found if one.client_id == wanted), None)
    if client is None:
        raise HTTPException(404)
    return answer_read(request, describe(client))


def describe(client: StoredClient) -> dict[str, object]:
    """Give the document of an app."""
    return client.document | {
        "client_id": client.client_id,
        "brand": client.brand,
        "state": "active" if client.disabled_at is None else "disabled",
        "managed_by": client.managed_by,
        "has_secret": client.secret_hash is not None,
    }


_SEE = Permission.CLIENTS_SEE
routes: list[ApiRoute | OpenRoute] = [
    ApiRoute("/clients", list_all, Operation(Listed[ClientDocument], has_etag=True), needs=_SEE),
    ApiRoute(
        "/clients/{client_id:path}", show, Operation(ClientDocument, has_etag=True), needs=_SEE
    ),
]

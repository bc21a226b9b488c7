"""/api/admin/v1/purposes and /notices: each with all its versions."""

from collections.abc import Awaitable, Callable

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from ciam.administration.catalogue import Entry, list_notice_entries, list_purpose_entries
from ciam.administration.roles import Permission
from ciam.administration.sign_in import Desk
from ciam.storage import UnitOfWork
from ciam.web.admin.api.body import answer
from ciam.web.admin.endpoint import AdminRoute, Handler
from ciam.web.browser import language_of
from ciam.web.parts import parts

BASE = "/api/admin/v1"
_Load = Callable[[UnitOfWork, str], Awaitable[list[Entry]]]


def _list(load: _Load) -> Handler:
    async def show_all(request: Request, _desk: Desk) -> Response:
        async with parts(request).database.read() as transaction:
            return answer({"items": await load(transaction, language_of(request))})

    return show_all


def _one(load: _Load) -> Handler:
    async def show_one(request: Request, _desk: Desk) -> Response:
        async with parts(request).database.read() as transaction:
            entries = await load(transaction, language_of(request))
        wanted = request.path_params["key"]
        entry = next((one for one in entries if one.key == wanted), None)
        if entry is None:
            raise HTTPException(404)
        return answer(entry)

    return show_one


routes = [
    AdminRoute(path, handler, needs=Permission.CONSENT_SEE)
    for path, handler in (
        (f"{BASE}/purposes", _list(list_purpose_entries)),
        (f"{BASE}/purposes/{{key}}", _one(list_purpose_entries)),
        (f"{BASE}/notices", _list(list_notice_entries)),
        (f"{BASE}/notices/{{key}}", _one(list_notice_entries)),
    )
]

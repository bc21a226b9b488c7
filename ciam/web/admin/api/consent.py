"""/api/admin/v1/purposes and /notices: each with all its versions."""

from collections.abc import Awaitable, Callable

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from ciam.administration.catalogue import Entry, list_notice_entries, list_purpose_entries
from ciam.administration.roles import Permission
from ciam.administration.sign_in import Desk
from ciam.storage import UnitOfWork
from ciam.web.admin.api.body import Listed, answer_read
from ciam.web.admin.api.operation import ApiRoute, OpenRoute, Operation
from ciam.web.admin.endpoint import Handler
from ciam.web.browser import language_of
from ciam.web.parts import parts

_Load = Callable[[UnitOfWork, str], Awaitable[list[Entry]]]


def _list(load: _Load) -> Handler:
    async def show_all(request: Request, _desk: Desk) -> Response:
        async with parts(request).database.read() as transaction:
            return answer_read(request, {"items": await load(transaction, language_of(request))})

    return show_all


def _one(load: _Load) -> Handler:
    async def show_one(request: Request, _desk: Desk) -> Response:
        async with parts(request).database.read() as transaction:
            entries = await load(transaction, language_of(request))
        wanted = request.path_params["key"]
        entry = next((one for one in entries if one.key == wanted), None)
        if entry is None:
            raise HTTPException(404)
        return answer_read(request, entry)

    return show_one


def _routes(name: str, word: str, load: _Load) -> list[ApiRoute]:
    every = Operation(Listed[Entry], has_etag=True, summary=f"Give every {word}.")
    one = Operation(Entry, has_etag=True, summary=f"Give one {word} with all its versions.")
    needs = Permission.CONSENT_SEE
    return [
        ApiRoute(f"/{name}", _list(load), every, needs=needs),
        ApiRoute(f"/{name}/{{key}}", _one(load), one, needs=needs),
    ]


routes: list[ApiRoute | OpenRoute] = [
    *_routes("purposes", "purpose", list_purpose_entries),
    *_routes("notices", "notice", list_notice_entries),
]

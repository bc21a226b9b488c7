"""Purposes and notices in the console: each with all its versions; changed by config files."""

from collections.abc import Awaitable, Callable
from typing import Final

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from ciam.administration.catalogue import Entry, list_notice_entries, list_purpose_entries
from ciam.administration.roles import Permission
from ciam.administration.sign_in import Desk
from ciam.storage import UnitOfWork
from ciam.web.admin.desk import render_console
from ciam.web.admin.endpoint import AdminRoute, Handler
from ciam.web.browser import language_of
from ciam.web.parts import parts

PURPOSES: Final = "/admin/purposes"
NOTICES: Final = "/admin/notices"
_Load = Callable[[UnitOfWork, str], Awaitable[list[Entry]]]


def _list(load: _Load, name: str, path: str) -> Handler:
    async def show_all(request: Request, desk: Desk) -> Response:
        async with parts(request).database.read() as transaction:
            entries = await load(transaction, language_of(request))
        return await render_console(
            request, "entries", desk, section=name, entries=entries, path=path
        )

    return show_all


def _one(load: _Load, name: str, path: str) -> Handler:
    async def show_one(request: Request, desk: Desk) -> Response:
        language = language_of(request)
        async with parts(request).database.read() as transaction:
            entries = await load(transaction, language)
        wanted = request.path_params["key"]
        entry = next((one for one in entries if one.key == wanted), None)
        if entry is None:
            raise HTTPException(404)
        return await render_console(request, "entry", desk, section=name, entry=entry, path=path)

    return show_one


_NEEDS: Final = Permission.CONSENT_SEE
routes = [
    AdminRoute(PURPOSES, _list(list_purpose_entries, "purposes", PURPOSES), needs=_NEEDS),
    AdminRoute(
        f"{PURPOSES}/{{key}}", _one(list_purpose_entries, "purposes", PURPOSES), needs=_NEEDS
    ),
    AdminRoute(NOTICES, _list(list_notice_entries, "notices", NOTICES), needs=_NEEDS),
    AdminRoute(f"{NOTICES}/{{key}}", _one(list_notice_entries, "notices", NOTICES), needs=_NEEDS),
]

"""The link of a notice about a changed address or number: a page that asks, a form that undoes."""

from functools import partial
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ciam.authentication.undo_contact_change import KINDS, UndoKind, find_undo, undo_change
from ciam.web.parts import parts
from ciam.web.read_form import read_form
from ciam.web.rendering import render_page

RECOVERY: Final = "/recover"


async def undo(request: Request, *, kind: UndoKind) -> Response:
    """Show the button, since programs open the links of mails; or put everything back."""
    database = parts(request).database
    if request.method == "POST":
        form = await read_form(request)
        await undo_change(database, kind, form.get("token", ""))
        return await render_page(
            request, "contact_change_undone", contact=kind.contact, recovery_href=RECOVERY
        )
    token = request.query_params.get("token", "")
    async with database.read() as transaction:
        found = await find_undo(transaction, kind, token)
    return await render_page(
        request,
        "contact_change_undo",
        contact=kind.contact,
        was_added=found.old_identifier is None,
        action=kind.path,
        token=token,
        until=found.expires_at,
    )


routes = [
    Route(kind.path, partial(undo, kind=kind), methods=["GET", "POST"], name=kind.path)
    for kind in KINDS
]

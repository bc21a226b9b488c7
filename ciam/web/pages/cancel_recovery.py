"""The link of a notice about a lost second factor: a page that asks, a form that cancels.

It works without a session, in any browser; what it says is the same for every link there is.
"""

from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ciam.customers.factor_recovery import CANCEL_PATH, cancel_by_link
from ciam.web.parts import parts
from ciam.web.read_form import read_form
from ciam.web.rendering import render_page

RECOVERY: Final = "/recover"


async def show(request: Request) -> Response:
    """Ask; GET does nothing, since programs open links too."""
    token = request.query_params.get("token", "")
    return await render_page(request, "recovery_cancel", action=CANCEL_PATH, token=token)


async def submit(request: Request) -> Response:
    """Cancel the request, if it is still open."""
    form = await read_form(request)
    async with parts(request).database.write() as transaction:
        await cancel_by_link(transaction, form.get("token", ""))
    return await render_page(request, "recovery_cancelled", recovery_href=RECOVERY)


routes = [
    Route(CANCEL_PATH, show, methods=["GET"]),
    Route(CANCEL_PATH, submit, methods=["POST"]),
]

"""/api/admin/v1/audit: events, newest first; `before` of the last page leads to the next."""

from starlette.requests import Request
from starlette.responses import Response

from ciam.administration.audit_search import search
from ciam.administration.roles import Permission
from ciam.administration.sign_in import Desk
from ciam.web.admin.api.body import answer
from ciam.web.admin.audit import read_cursor, read_question
from ciam.web.admin.endpoint import AdminRoute
from ciam.web.parts import parts

PATH = "/api/admin/v1/audit"


async def show(request: Request, _desk: Desk) -> Response:
    """Give a page of events."""
    sent = request.query_params
    async with parts(request).database.read() as transaction:
        page = await search(transaction, read_question(sent), before=read_cursor(sent))
    items = [
        {
            "id": one.id,
            "kind": one.kind,
            "occurred_at": one.occurred_at,
            "actor_kind": one.actor_kind,
            "actor": one.actor,
            "customer": one.customer,
            "client": one.client,
            "details": one.details,
            "leaf_index": one.leaf_index,
        }
        for one in page.events
    ]
    return answer({"items": items, "next_before": page.next_before})


routes = [AdminRoute(PATH, show, needs=Permission.AUDIT_SEE)]

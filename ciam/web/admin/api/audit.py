"""/api/admin/v1/audit: events, newest first; `before` of the last page leads to the next."""

from datetime import datetime
from typing import Any, Final
from uuid import UUID

from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import Response

from ciam.administration.audit_search import search
from ciam.administration.roles import Permission
from ciam.administration.sign_in import Desk
from ciam.web.admin.api.body import answer
from ciam.web.admin.api.operation import ApiRoute, OpenRoute, Operation
from ciam.web.admin.audit import read_cursor, read_question
from ciam.web.parts import parts

_QUERY: Final = {
    "kind": "Only events of this kind.",
    "customer_id": "Only what concerns this customer.",
    "operator": "Only what this operator did, by id.",
    "since": "From this day on (YYYY-MM-DD, UTC).",
    "until": "Up to this day, which is included.",
    "before": "`next_before` of the page before.",
}


class Event(BaseModel):
    """One event; people stand in it by pseudonym, operators by id."""

    id: UUID
    kind: str
    occurred_at: datetime
    actor_kind: str
    actor: str | None
    customer: str | None
    client: str | None
    details: dict[str, Any]
    leaf_index: int | None


class Events(BaseModel):
    """A page of events."""

    items: list[Event]
    next_before: UUID | None


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


routes: list[ApiRoute | OpenRoute] = [
    ApiRoute("/audit", show, Operation(Events, query=_QUERY), needs=Permission.AUDIT_SEE)
]

"""The audit log in the console: newest first, by kind, day, customer ID or operator."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Final
from urllib.parse import urlencode
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from ciam.administration.audit_search import Question, search
from ciam.administration.roles import Permission
from ciam.administration.sign_in import Desk
from ciam.audit.events import EventKind
from ciam.web.admin.desk import render_console
from ciam.web.admin.endpoint import AdminRoute
from ciam.web.admin.event_words import event_words
from ciam.web.admin.words import ACTORS, name_of
from ciam.web.browser import language_of
from ciam.web.forms import FormState
from ciam.web.parts import parts

PATH: Final = "/admin/audit"
_FIELDS: Final = ("kind", "customer_id", "operator", "since", "until")


async def show(request: Request, desk: Desk) -> Response:
    """Show a page of events; the address of a search holds IDs and days only."""
    sent = {name: request.query_params.get(name, "") for name in _FIELDS}
    async with parts(request).database.read() as transaction:
        page = await search(
            transaction, read_question(sent), before=read_cursor(request.query_params)
        )
    older = None
    if page.next_before is not None:
        kept = {name: value for name, value in sent.items() if value}
        older = f"{PATH}?{urlencode(kept | {'before': str(page.next_before)})}"
    return await render_console(
        request,
        "audit",
        desk,
        form=FormState(sent),
        kinds=_kinds(request),
        words={one.kind: event_words(one.kind) for one in page.events},
        events=page.events,
        names=page.names,
        actors={one.actor_kind: name_of(ACTORS, one.actor_kind) for one in page.events},
        older=older,
        is_search=any(sent.values()),
    )


def _kinds(request: Request) -> list[dict[str, object]]:
    """Give what can be looked for, in the order of the reader's words."""
    say, language = parts(request).renderer.say, language_of(request)
    named = [{"key": str(kind), "name": event_words(kind)} for kind in EventKind]
    return sorted(named, key=lambda one: say(event_words(str(one["key"])), language))


def read_question(sent: Mapping[str, str]) -> Question:
    """Read what is looked for; days are whole days in UTC, what fits nothing finds nothing."""
    kind = sent.get("kind", "")
    since, until = _day(sent.get("since", "")), _day(sent.get("until", ""))
    operator = sent.get("operator", "").strip()
    return Question(
        kind=kind if kind in set(EventKind) else None,
        customer_id=sent.get("customer_id", "").strip() or None,
        operator=operator if operator and operator.isprintable() else None,
        since=since,
        until=None if until is None else until + timedelta(days=1),
    )


def read_cursor(sent: Mapping[str, str]) -> UUID | None:
    """Give the event that the page before ended with."""
    try:
        return UUID(sent.get("before", ""))
    except ValueError:
        return None


def _day(text: str) -> datetime | None:
    try:
        return datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC)
    except ValueError:
        return None


routes = [AdminRoute(PATH, show, needs=Permission.AUDIT_SEE)]

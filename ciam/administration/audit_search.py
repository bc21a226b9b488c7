"""The audit log as an operator reads it: newest first, by kind, day, customer or operator."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from ciam.administration.customer_view import find_by_id
from ciam.audit.trail import pseudonym_of
from ciam.storage import UnitOfWork
from ciam.storage.stores.audit_events import AuditEvent, AuditSearch
from ciam.storage.stores.customers import ERASED

PAGE: Final = 50


@dataclass(frozen=True, slots=True)
class Question:
    """What an operator looks for; `customer_id` as the console shows it."""

    kind: str | None = None
    customer_id: str | None = None
    operator: str | None = None
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class AuditPage:
    """One page of events, and where the next one begins."""

    events: list[AuditEvent]
    names: dict[str, str]
    """The operators in it, by the id that stands in the event."""
    next_before: UUID | None


async def search(
    transaction: UnitOfWork, question: Question, *, before: UUID | None = None
) -> AuditPage:
    """Give a page of the log; an unknown or erased customer has no events that could be found."""
    pseudonym = None
    if question.customer_id:
        customer = await find_by_id(transaction, question.customer_id)
        if customer is None or customer.state == ERASED:
            return AuditPage([], {}, None)
        pseudonym = await pseudonym_of(transaction, customer.id)
    wanted = AuditSearch(
        question.kind, pseudonym, question.operator, question.since, question.until
    )
    found = await transaction.audit_events.search(wanted, before=before, limit=PAGE + 1)
    shown = found[:PAGE]
    names = {str(one.id): one.name for one in await transaction.operators.list_all()}
    return AuditPage(shown, names, shown[-1].id if len(found) > PAGE else None)

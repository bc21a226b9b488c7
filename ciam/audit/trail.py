"""Write an event in the transaction of the act it tells of: both are kept, or neither.

A customer stands in an event only as a pseudonym made with that customer's data key. Once the key
is destroyed nobody can tell whose events they were, and the log still verifies.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Self

from ciam.identifiers import new_id
from ciam.logs import redact_text
from ciam.sealing import keyed_hash
from ciam.storage.stores.audit_events import AuditEvent

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from uuid import UUID

    from ciam.audit.events import EventKind
    from ciam.storage import UnitOfWork

Detail = str | int | bool | None | list[str]

_SALT_BYTES: Final = 16
_PSEUDONYM_BYTES: Final = 16


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acted: a customer, a client, an operator or the server itself."""

    kind: str
    name: str | None = None
    customer_key: UUID | None = field(default=None, repr=False)

    @classmethod
    def customer(cls, customer: UUID) -> Self:
        """Name a customer, by pseudonym once it is written."""
        return cls("customer", customer_key=customer)

    @classmethod
    def client(cls, client_id: str) -> Self:
        """Name a client."""
        return cls("client", client_id)

    @classmethod
    def operator(cls, name: str) -> Self:
        """Name an operator."""
        return cls("operator", name)

    @classmethod
    def anyone(cls) -> Self:
        """Name somebody who has proven nothing yet."""
        return cls("anyone")

    @classmethod
    def server(cls) -> Self:
        """Name the server itself."""
        return cls("server")


async def record(
    transaction: UnitOfWork,
    kind: EventKind,
    *,
    actor: Actor,
    customer: UUID | None = None,
    client: str | None = None,
    **details: Detail,
) -> UUID:
    """Write an event by one INSERT and give its id; details hold no personal data, no secrets."""
    name = actor.name
    if actor.customer_key is not None:
        name = await pseudonym_of(transaction, actor.customer_key)
    event = make_event(
        kind,
        transaction.clock.now(),
        actor=Actor(actor.kind, name),
        customer=None if customer is None else await pseudonym_of(transaction, customer),
        client=client,
        details=details,
    )
    await transaction.audit_events.add(event)
    return event.id


async def pseudonym_of(transaction: UnitOfWork, customer: UUID) -> str:
    """Give the name under which a customer stands in the log; needs the customer's key."""
    key = await transaction.customer_keys.get(customer)
    return keyed_hash(key, "audit pseudonym")[:_PSEUDONYM_BYTES].hex()


def make_event(
    kind: EventKind,
    occurred_at: datetime,
    *,
    actor: Actor,
    customer: str | None,
    client: str | None,
    details: Mapping[str, Detail],
) -> AuditEvent:
    """Make the row of an event; `actor` and `customer` are pseudonyms already.

    What looks like a secret or an address is replaced: the log cannot be corrected later.
    """
    return AuditEvent(
        id=new_id(),
        kind=kind.value,
        occurred_at=occurred_at,
        actor_kind=actor.kind,
        actor=actor.name,
        customer=customer,
        client=client,
        details={name: _clean(value) for name, value in details.items()},
        salt=os.urandom(_SALT_BYTES),
    )


def _clean(value: Detail) -> Detail:
    if isinstance(value, str):
        return redact_text(value)
    return [redact_text(one) for one in value] if isinstance(value, list) else value

"""Write an event in the transaction of the act it tells of: both are kept, or neither.

A customer stands in an event only as a pseudonym made with that customer's data key. Once the key
is destroyed nobody can tell whose events they were, and the log still verifies.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Self

from ciam.identifiers import new_id
from ciam.sealing import keyed_hash
from ciam.storage.stores.audit_events import AuditEvent

if TYPE_CHECKING:
    from uuid import UUID

    from ciam.audit.events import EventKind
    from ciam.storage import Database, UnitOfWork

Detail = str | int | bool | None | list[str]

_SALT_BYTES = 16
_PSEUDONYM_BYTES = 16


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
    """Write an event by one INSERT; `details` hold neither personal data nor secrets."""
    name = actor.name
    if actor.customer_key is not None:
        name = await pseudonym_of(transaction, actor.customer_key)
    event = AuditEvent(
        id=new_id(),
        kind=str(kind),
        occurred_at=transaction.clock.now(),
        actor_kind=actor.kind,
        actor=name,
        customer=None if customer is None else await pseudonym_of(transaction, customer),
        client=client,
        details=dict(details),
        salt=os.urandom(_SALT_BYTES),
    )
    await transaction.audit_events.add([event])
    return event.id


async def pseudonym_of(transaction: UnitOfWork, customer: UUID) -> str:
    """Give the name under which a customer stands in the log; needs the customer's key."""
    key = await transaction.customer_keys.get(customer)
    return keyed_hash(key, "audit pseudonym")[:_PSEUDONYM_BYTES].hex()


class LateEvents:
    """Events written up to a second after the reply: a client's own token, no customer."""

    def __init__(self) -> None:
        """Begin empty."""
        self._waiting: list[AuditEvent] = []

    def add(
        self,
        timed: Database | UnitOfWork,
        kind: EventKind,
        client_id: str,
        **details: Detail,
    ) -> None:
        """Keep an event of a client until the next flush; `timed` gives the clock."""
        self._waiting.append(
            AuditEvent(
                id=new_id(),
                kind=str(kind),
                occurred_at=timed.clock.now(),
                actor_kind="client",
                actor=client_id,
                customer=None,
                client=client_id,
                details=dict(details),
                salt=os.urandom(_SALT_BYTES),
            )
        )

    async def flush(self, database: Database) -> int:
        """Write what waits in one statement; gives how many. A failure keeps them for the next."""
        waiting, self._waiting = self._waiting, []
        if not waiting:
            return 0
        try:
            async with database.write() as transaction:
                await transaction.audit_events.add(waiting)
        except BaseException:
            self._waiting = waiting + self._waiting
            raise
        return len(waiting)


late_events = LateEvents()
"""The buffer of this process; a job flushes it every second, and the stop of the server."""

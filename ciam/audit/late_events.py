"""Events written up to a second after the reply: a client's own token, no customer.

Whatever concerns a customer is durable before the reply and goes through `trail.record`. Here a
crash loses the events of the last second, as decided; a graceful stop loses none.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from weakref import WeakKeyDictionary

from ciam.audit.trail import Actor, Detail, make_event
from ciam.errors import Unavailable

if TYPE_CHECKING:
    from ciam.audit.events import EventKind
    from ciam.storage import Database
    from ciam.storage.stores.audit_events import AuditEvent

_MOST_WAITING: Final = 20_000
_BATCH: Final = 500


class LateEvents:
    """What waits in this process, for each database it has open."""

    def __init__(self) -> None:
        """Begin empty."""
        self._waiting: WeakKeyDictionary[Database, list[AuditEvent]] = WeakKeyDictionary()

    def add(self, database: Database, kind: EventKind, client_id: str, **details: Detail) -> None:
        """Keep an event of a client until the next flush.

        Raise Unavailable when the events of long cannot be written: then nothing is issued.
        """
        waiting = self._waiting.setdefault(database, [])
        if len(waiting) >= _MOST_WAITING:
            cause = "events cannot be written"
            raise Unavailable(cause)
        event = make_event(
            kind,
            database.clock.now(),
            actor=Actor.client(client_id),
            customer=None,
            client=client_id,
            details=details,
        )
        waiting.append(event)

    async def flush(self, database: Database) -> int:
        """Write what waits; gives how many. What could not be written waits for the next time."""
        waiting = self._waiting.setdefault(database, [])
        written = 0
        while batch := waiting[:_BATCH]:
            async with database.write() as transaction:
                await transaction.audit_events.add(*batch)
            del waiting[: len(batch)]
            written += len(batch)
        return written


late_events: Final = LateEvents()
"""The buffer of this process; the worker flushes it twice a second, and when it stops."""

"""Events written up to a second after the reply: a client's own token, no customer.

Whatever concerns a customer is durable before the reply and goes through `trail.record`. Here a
crash loses the events of the last second, as decided; a graceful stop loses none. Events that say
the same are written as one, with their `count` and the time of the first: a client that asks for
hundreds of tokens a second does not fill the log with them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from weakref import WeakKeyDictionary

from ciam.audit.trail import Actor, Detail, make_event
from ciam.errors import Unavailable

if TYPE_CHECKING:
    from collections.abc import Hashable
    from datetime import datetime

    from ciam.audit.events import EventKind
    from ciam.storage import Database
    from ciam.storage.stores.audit_events import AuditEvent

_MOST_WAITING: Final = 20_000
_BATCH: Final = 500


@dataclass(slots=True)
class _Late:
    kind: EventKind
    client_id: str
    details: dict[str, Detail]
    occurred_at: datetime
    count: int = 1

    def to_event(self) -> AuditEvent:
        counted: dict[str, Detail] = {"count": self.count} if self.count > 1 else {}
        return make_event(
            self.kind,
            self.occurred_at,
            actor=Actor.client(self.client_id),
            customer=None,
            client=self.client_id,
            details=self.details | counted,
        )


class LateEvents:
    """What waits in this process, for each database it has open."""

    def __init__(self) -> None:
        """Begin empty."""
        self._waiting: WeakKeyDictionary[Database, dict[Hashable, _Late]] = WeakKeyDictionary()

    def add(self, database: Database, kind: EventKind, client_id: str, **details: Detail) -> None:
        """Keep an event of a client until the next flush.

        Raise Unavailable when the events of long cannot be written: then nothing is issued.
        """
        waiting = self._waiting.setdefault(database, {})
        said = (kind, client_id, *(_hashable(one) for one in details.items()))
        found = waiting.get(said)
        if found is not None:
            found.count += 1
            return
        if len(waiting) >= _MOST_WAITING:
            cause = "events cannot be written"
            raise Unavailable(cause)
        waiting[said] = _Late(kind, client_id, details, database.clock.now())

    async def flush(self, database: Database) -> int:
        """Write what waits; gives how many. What could not be written waits for the next time."""
        waiting = self._waiting.setdefault(database, {})
        written = 0
        while batch := [(said, waiting.pop(said)) for said in list(waiting)[:_BATCH]]:
            try:
                async with database.write() as transaction:
                    await transaction.audit_events.add(*(late.to_event() for _, late in batch))
            except BaseException:
                for said, late in batch:
                    meanwhile = waiting.get(said)
                    late.count += 0 if meanwhile is None else meanwhile.count
                    waiting[said] = late
                raise
            written += len(batch)
        return written


def _hashable(detail: tuple[str, Detail]) -> Hashable:
    name, value = detail
    return (name, tuple(value)) if isinstance(value, list) else detail


late_events: Final = LateEvents()
"""The buffer of this process; the worker flushes it twice a second, and when it stops."""

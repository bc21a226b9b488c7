"""What a node counts for Prometheus, in one place; labels are words of ours, never personal data.

Every worker writes to files of its own that the parent adds up at each scrape, so a scrape of a
node is about all its workers. The port of the metrics is apart from the port of the customers, and
on loopback unless it is set otherwise: there is no token to leak and no path to guard in a proxy.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Final

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    multiprocess,
    start_http_server,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from prometheus_client import Metric

_SECONDS: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)

REQUESTS: Final = Histogram(
    "ciam_http_request_seconds",
    "Time to the end of an answer, by the route and the status.",
    ("method", "route", "status"),
    buckets=_SECONDS,
)
EVENTS: Final = Counter(
    "ciam_events",
    "Committed events of the catalogue; sign-ins carry the method that was proven.",
    ("kind", "method"),
)
HASH_WAITING: Final = Gauge(
    "ciam_password_hash_waiting",
    "Passwords that wait for a thread.",
    multiprocess_mode="livesum",
)
HASH_REFUSED: Final = Counter(
    "ciam_password_hash_refused", "Passwords not hashed because no thread was free in time."
)
CONNECTIONS: Final = Gauge(
    "ciam_database_connections_in_use",
    "Connections taken from the pool.",
    multiprocess_mode="livesum",
)
DATABASE_UNAVAILABLE: Final = Counter(
    "ciam_database_unavailable", "Units of work that ended because the database was away or busy."
)
QUEUE_DUE: Final = Gauge(
    "ciam_outbox_due", "Jobs that are due and not done.", multiprocess_mode="livemostrecent"
)
QUEUE_AGE: Final = Gauge(
    "ciam_outbox_oldest_due_seconds",
    "How long the oldest due job has waited.",
    multiprocess_mode="livemostrecent",
)
QUEUE_FAILED: Final = Gauge(
    "ciam_outbox_given_up",
    "Jobs that were given up and wait for an operator.",
    multiprocess_mode="livemostrecent",
)
SMS_PARTS: Final = Counter("ciam_sms_parts", "Parts of text messages that were paid for.")
SMS_HELD_BACK: Final = Counter(
    "ciam_sms_held_back",
    "Text messages that did not leave: the budget is spent, or a block is stopped.",
    ("reason",),
)

ALL: Final = (
    REQUESTS,
    EVENTS,
    HASH_WAITING,
    HASH_REFUSED,
    CONNECTIONS,
    DATABASE_UNAVAILABLE,
    QUEUE_DUE,
    QUEUE_AGE,
    QUEUE_FAILED,
    SMS_PARTS,
    SMS_HELD_BACK,
)


def count_events(events: Iterable[tuple[str, str]]) -> None:
    """Count what a transaction has committed: kind and method, the latter empty for most."""
    for kind, method in events:
        EVENTS.labels(kind, method).inc()


def serve_metrics(folder: Path, host: str, port: int) -> None:
    """Answer scrapes in a thread of the parent process; raise OSError when the port is taken."""
    registry = CollectorRegistry()
    registry.register(_Workers(folder))
    start_http_server(port, addr=host, registry=registry)


class _Workers(multiprocess.MultiProcessCollector):
    """Adds up the workers; what a dead one held is forgotten, what it counted is kept."""

    def __init__(self, folder: Path) -> None:
        super().__init__(None, str(folder))  # type: ignore[no-untyped-call] # as all of its module
        self._folder = folder

    def collect(self) -> Iterator[Metric]:
        for file in self._folder.glob("gauge_live*.db"):
            found = re.search(r"_([0-9]+)\.db$", file.name)
            if found is not None and not _is_running(int(found[1])):
                _forget(int(found[1]), str(self._folder))
        yield from super().collect()  # type: ignore[no-untyped-call] # as above


def _forget(pid: int, folder: str) -> None:
    multiprocess.mark_process_dead(pid, folder)  # type: ignore[no-untyped-call] # as above


def _is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True

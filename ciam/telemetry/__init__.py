"""Traces of what a node does, where the extra is installed and an exporter is named.

Spans (OpenTelemetry) of requests, statements, outgoing calls, password hashing and jobs, joined by
`traceparent` (W3C Trace Context). No exporter is loaded otherwise, and a span costs a comparison.
What a span says are words of ours: routes, names of tables, hosts, statuses, classes of errors;
never a value, a query, an address of a person, or the text of an error.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING, Final, Literal, Protocol, TypeAlias

import structlog

from ciam.settings import wants_traces

if TYPE_CHECKING:
    from ciam.telemetry.tracing import Tracing

Kind: TypeAlias = Literal["server", "client", "internal", "consumer"]
Facts: TypeAlias = Mapping[str, str | int]

log = structlog.get_logger("ciam.telemetry")


class Span(Protocol):
    """One piece of work, timed."""

    def rename(self, name: str) -> None:
        """Give the name that is known only now."""

    def note(self, facts: Facts) -> None:
        """Add attributes, named as the semantic conventions of OpenTelemetry do."""

    def fail(self, kind: str) -> None:
        """Mark the work as failed by the class of its error."""

    def end(self) -> None:
        """End a span that was begun by `begin`."""


class _NoSpan:
    def rename(self, name: str) -> None:
        pass

    def note(self, facts: Facts) -> None:
        pass

    def fail(self, kind: str) -> None:
        pass

    def end(self) -> None:
        pass


NO_SPAN: Final[Span] = _NoSpan()
_NOTHING: Final = nullcontext(NO_SPAN)
_NO_FACTS: Final[Facts] = {}
_tracing: Tracing | None = None


def start() -> None:
    """Begin to trace when the environment names an exporter; say so when the extra is missing."""
    if not wants_traces():
        return
    try:
        from ciam.telemetry.exporting import open_tracing  # noqa: PLC0415 - nothing is loaded when nothing is wanted
    except ImportError:
        log.warning("traces are wanted, but not installed: pip install 'ciam[telemetry]'")
        return
    use(open_tracing())


def use(tracing: Tracing | None) -> None:
    """Trace by this; before the database is opened, which asks once."""
    global _tracing  # noqa: PLW0603 - one for the process, as its metrics are
    _tracing = tracing


def stop() -> None:
    """Send what waits, for some seconds at most, and trace no more."""
    if _tracing is not None:
        _tracing.close()
    use(None)


def is_on() -> bool:
    """Tell whether anything is traced."""
    return _tracing is not None


def span(
    name: str, kind: Kind = "internal", facts: Facts = _NO_FACTS
) -> AbstractContextManager[Span]:
    """Time what is inside; an error that leaves it is noted by its class."""
    return _NOTHING if _tracing is None else _tracing.span(name, kind, facts)


def answering(
    name: str, headers: Iterable[tuple[bytes, bytes]], facts: Facts = _NO_FACTS
) -> AbstractContextManager[Span]:
    """Time the answer to a request, as a part of the caller's trace when it names one."""
    return _NOTHING if _tracing is None else _tracing.answering(name, headers, facts)


def begin(name: str, kind: Kind, facts: Facts = _NO_FACTS) -> Span:
    """Begin a span that is ended by hand, inside the present one."""
    return NO_SPAN if _tracing is None else _tracing.begin(name, kind, facts)


def trace_headers() -> dict[str, str]:
    """Give the headers by which a service of our own joins the present trace."""
    return {} if _tracing is None else _tracing.headers()

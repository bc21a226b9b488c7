"""Spans by the interface of OpenTelemetry; only this module and `exporting` know it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.trace import SpanKind, Status, StatusCode
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import TracerProvider

    from ciam.telemetry import Facts, Kind

_KINDS: Final = {
    "server": SpanKind.SERVER,
    "client": SpanKind.CLIENT,
    "internal": SpanKind.INTERNAL,
    "consumer": SpanKind.CONSUMER,
}
_ROOTS: Final = {"server", "consumer"}
_PARENT: Final = "traceparent"
"""The one header that is read and sent: `tracestate` and `baggage` can carry anything."""


class Tracing:
    """Makes spans; one for the process."""

    def __init__(self, provider: TracerProvider) -> None:
        """Take what samples and exports."""
        self._provider = provider
        self._tracer = provider.get_tracer("ciam")
        self._propagator = TraceContextTextMapPropagator()

    @contextmanager
    def span(self, name: str, kind: Kind, facts: Facts) -> Iterator[_Span]:
        """Make a span the present one for what is inside."""
        with self._present(self.begin(name, kind, facts)) as made:
            yield made

    @contextmanager
    def answering(
        self, name: str, headers: Iterable[tuple[bytes, bytes]], facts: Facts
    ) -> Iterator[_Span]:
        """Make the span of a request; a malformed or doubled `traceparent` counts as none."""
        sent = [value.decode("latin-1") for key, value in headers if key == _PARENT.encode()]
        carrier = {_PARENT: sent[0]} if len(sent) == 1 else {}
        parent = self._propagator.extract(carrier, context=Context())
        raw = self._tracer.start_span(name, parent, _KINDS["server"], dict(facts))
        with self._present(_Span(raw)) as made:
            yield made

    def begin(self, name: str, kind: Kind, facts: Facts) -> _Span:
        """Begin a span; what the clock starts, for nobody, has none, or it would drown the rest."""
        if kind not in _ROOTS and not trace.get_current_span().is_recording():
            return _Span(trace.INVALID_SPAN)
        return _Span(self._tracer.start_span(name, None, _KINDS[kind], dict(facts)))

    def headers(self) -> dict[str, str]:
        """Name the present span for somebody else."""
        carrier: dict[str, str] = {}
        self._propagator.inject(carrier)
        return {_PARENT: carrier[_PARENT]} if _PARENT in carrier else {}

    def close(self) -> None:
        """Send what waits and end."""
        self._provider.shutdown()

    @contextmanager
    def _present(self, made: _Span) -> Iterator[_Span]:
        """Hold a span; the text of an error could hold anything, so its class alone is noted."""
        try:
            with trace.use_span(made.raw, record_exception=False, set_status_on_exception=False):
                yield made
        except BaseException as error:
            made.fail(type(error).__name__)
            raise
        finally:
            made.end()


class _Span:
    __slots__ = ("raw",)

    def __init__(self, raw: trace.Span) -> None:
        self.raw = raw

    def rename(self, name: str) -> None:
        self.raw.update_name(name)

    def note(self, facts: Facts) -> None:
        self.raw.set_attributes(dict(facts))

    def fail(self, kind: str) -> None:
        self.raw.set_attribute("error.type", kind)
        self.raw.set_status(Status(StatusCode.ERROR))

    def end(self) -> None:
        self.raw.end()

"""Sending spans by OTLP over HTTP, as the standard `OTEL_` variables say.

The SDK reads them itself: endpoint, headers, sampler, limits, batches, resource attributes.
"""

from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import OTELResourceDetector, Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor

from ciam.telemetry.tracing import Tracing


def open_tracing() -> Tracing:
    """Begin to export from a thread of its own; a collector that is away loses spans only."""
    named = Resource({"service.name": "ciam"}).merge(OTELResourceDetector().detect())
    provider = TracerProvider(resource=named)
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    return Tracing(provider)

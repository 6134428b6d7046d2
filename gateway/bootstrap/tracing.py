"""Traces, where an operator wants them: OpenTelemetry's SDK, sending to a collector."""

from collections.abc import Iterator
from contextlib import contextmanager

from gateway import __version__
from gateway.ports.clock import Clock
from gateway.ports.tracing import NoTracing, Tracing
from gateway.settings import TracingSettings

_FLUSH_MS = 5_000


class NoOpenTelemetryError(Exception):
    """Traces are wanted, and the packages are not there; the words are for the operator."""

    def __init__(self) -> None:
        super().__init__(
            "tracing.endpoint is set, but OpenTelemetry is not installed. Install "
            "pager-gateway[otel], or leave the setting empty."
        )


@contextmanager
def opened_tracing(settings: TracingSettings, clock: Clock) -> Iterator[Tracing]:
    """Send spans for the length of the block, and what is left at its end.

    Raises:
        NoOpenTelemetryError: they are wanted and cannot be written.
    """
    if not settings.endpoint:
        yield NoTracing()
        return
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import (  # noqa: PLC0415 - an extra
            OTLPSpanExporter,
        )
        from opentelemetry.sdk.resources import Resource  # noqa: PLC0415 - as above
        from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415 - as above
        from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415 - as above
        from opentelemetry.sdk.trace.sampling import (  # noqa: PLC0415 - as above
            ParentBased,
            TraceIdRatioBased,
        )

        from gateway.tracing import OpenTelemetryTracing  # noqa: PLC0415 - as above
    except ImportError:
        raise NoOpenTelemetryError from None
    named = Resource.create({"service.name": "pager-gateway", "service.version": __version__})
    provider = TracerProvider(
        sampler=ParentBased(TraceIdRatioBased(settings.share)),
        resource=named,
        shutdown_on_exit=False,
    )
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(endpoint=settings.endpoint)))
    try:
        yield OpenTelemetryTracing(provider, clock)
    finally:
        provider.force_flush(_FLUSH_MS)
        provider.shutdown()

"""OpenTelemetry: the only module that touches its API, imported where traces are wanted."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from opentelemetry.context import Context
from opentelemetry.trace import (
    Link,
    SpanKind,
    Status,
    StatusCode,
    TracerProvider,
    get_current_span,
)
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
from typing_extensions import override

from gateway import __version__
from gateway.domain.errors import FactValue
from gateway.ports.clock import Clock
from gateway.ports.tracing import Noted, Tracing

_HEADER = "traceparent"
_W3C = TraceContextTextMapPropagator()
_CALLS = {
    "pager.called": "pager",
    "pager.call_failed": "pager",
    "slack.called": "slack",
    "slack.call_failed": "slack",
}
"""Calls of foreign systems are heard of when they are over, and become spans then."""


class OpenTelemetryTracing(Tracing):
    """Writes spans to a provider, in our clock's time."""

    def __init__(self, provider: TracerProvider, clock: Clock) -> None:
        self._tracer = provider.get_tracer("gateway", __version__)
        self._clock = clock

    @override
    @contextmanager
    def span(
        self, name: str, *, parent: str = "", linked: str = "", **facts: FactValue
    ) -> Iterator[Noted]:
        # An empty context begins a trace, whatever span we are in; none continues that one.
        context = Context() if linked else _context_of(parent) if parent else None
        with self._tracer.start_as_current_span(
            name,
            context=context,
            kind=SpanKind.INTERNAL if parent or linked else SpanKind.SERVER,
            attributes=_attributes(facts),
            links=_links(linked),
            start_time=self._now_ns(),
            end_on_exit=False,
            record_exception=False,  # an exception's text may be anything
            set_status_on_exception=False,
        ) as span:
            try:
                yield {}
            except Exception as error:
                span.set_status(Status(StatusCode.ERROR, type(error).__name__))
                raise
            finally:
                span.end(self._now_ns())

    @override
    def note(self, **facts: FactValue) -> None:
        span = get_current_span()
        span.set_attributes(_attributes(facts))
        if code := facts.get("error_code"):
            span.set_status(Status(StatusCode.ERROR, str(code)))

    @override
    def here(self) -> str:
        carrier: dict[str, str] = {}
        _W3C.inject(carrier)
        return carrier.get(_HEADER, "")

    @override
    def heard(self, event: str, facts: Mapping[str, FactValue]) -> None:
        """Take what was seen into the trace: a call as a span of its own, the rest as events."""
        span = get_current_span()
        if not span.is_recording():
            return
        if system := _CALLS.get(event):
            self._add_call(system, facts)
            return
        span.add_event(event, _attributes(facts), self._now_ns())
        if page := facts.get("page_id"):
            span.set_attributes(_attributes({"page_id": page}))

    def _add_call(self, system: str, facts: Mapping[str, FactValue]) -> None:
        elapsed = facts.get("elapsed_ms")
        took_ns = int(elapsed * 1_000_000) if isinstance(elapsed, int | float) else 0
        ended = self._now_ns()
        span = self._tracer.start_span(
            f"{system} {facts.get('call') or facts.get('method')}",
            kind=SpanKind.CLIENT,
            attributes=_attributes(facts),
            start_time=ended - took_ns,
        )
        if code := facts.get("error_code"):
            span.set_status(Status(StatusCode.ERROR, str(code)))
        span.end(ended)

    def _now_ns(self) -> int:
        return int(self._clock.now().timestamp() * 1_000_000) * 1000


def _context_of(traceparent: str) -> Context:
    """Read a stored traceparent; one that makes no sense begins a trace."""
    return _W3C.extract({_HEADER: traceparent}, Context())


def _links(traceparent: str) -> list[Link]:
    found = get_current_span(_context_of(traceparent)).get_span_context()
    return [Link(found)] if found.is_valid else []


def _attributes(facts: Mapping[str, FactValue]) -> dict[str, str | int | float | bool | list[str]]:
    """Name facts as ours, but those with a dot: they are the convention's. The unknown stay out."""
    return {
        name if "." in name else f"gateway.{name}": value
        for name, value in facts.items()
        if value is not None and value != ""
    }

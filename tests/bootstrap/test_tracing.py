"""Traces are an extra: off by default, and without the packages everything else works."""

import builtins
import subprocess
import sys
from collections.abc import Mapping
from typing import Any

import pytest

from gateway.bootstrap.tracing import NoOpenTelemetryError, opened_tracing
from gateway.log_context import InContext
from gateway.ports.tracing import NoTracing
from gateway.settings import TracingSettings
from gateway.tracing import OpenTelemetryTracing
from tests.fakes.clock import MovedClock
from tests.fakes.observer import Ears

COLLECTOR = TracingSettings(endpoint="http://127.0.0.1:9/v1/traces")


def test_nothing_is_traced_unless_somebody_wants_it() -> None:
    """No span, no traceparent."""
    with opened_tracing(TracingSettings(), MovedClock()) as tracing:
        assert isinstance(tracing, NoTracing)
        with tracing.span("attempt SendPage", page_id="pg_1"):
            assert tracing.here() == ""


def test_opentelemetry_is_not_imported_unless_it_is_wanted() -> None:
    """It costs a second of start-up otherwise, and may not be there."""
    program = "import gateway.bootstrap, sys; print('opentelemetry' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)  # noqa: S603 - our own words
    assert done.stdout.strip() == b"False"


def test_traces_without_the_packages_are_refused_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    """At the start, with what to install."""
    real = builtins.__import__

    def absent(name: str, *more: Any, **others: Any) -> Any:
        if name.startswith("opentelemetry"):
            raise ImportError(name)
        return real(name, *more, **others)

    monkeypatch.setattr(builtins, "__import__", absent)
    with pytest.raises(NoOpenTelemetryError) as refused:
        opened_tracing(COLLECTOR, MovedClock()).__enter__()
    assert "gateway[otel]" in str(refused.value)


def test_what_is_logged_names_its_trace() -> None:
    """From a line in the log to the trace is one step."""
    ears = Ears()
    with opened_tracing(
        TracingSettings(endpoint=COLLECTOR.endpoint, share=0.0), MovedClock()
    ) as it:
        assert isinstance(it, OpenTelemetryTracing)
        observer = InContext(ears, it)
        observer.saw("gateway.started")
        with it.span("attempt SendPage"):
            observer.saw("page.accepted", page_id="pg_1")
            trace = it.here().split("-")[1]
    facts: list[Mapping[str, object]] = [facts for _, facts in ears.heard]
    assert facts == [{}, {"page_id": "pg_1", "trace_id": trace}]

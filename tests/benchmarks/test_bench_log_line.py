"""What a line of the log costs: ours, structlog as its documentation chains it, and bare JSON."""

import json
import logging
import os
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import structlog

from gateway.logs import set_up_logs
from tests.benchmarks.measuring import AGAIN, FLOOR, OURS, Bench, in_turns

pytestmark = pytest.mark.benchmark

LINES = 5000
FACTS: dict[str, Any] = {
    "delivery_id": 4711,
    "page_id": "pg_7K2MPQ",
    "kind": "SendPage",
    "state": "sent",
    "attempt": 1,
    "elapsed_ms": 41,
    "error_code": None,
}


@pytest.fixture
def nowhere(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Write where nothing is kept; logging is as before afterwards."""
    handlers, level = logging.getLogger().handlers, logging.getLogger().level
    with Path(os.devnull).open("w", encoding="utf-8") as stream:
        monkeypatch.setattr(sys, "stderr", stream)
        yield
        logging.getLogger().handlers = handlers
        logging.getLogger().setLevel(level)
        structlog.reset_defaults()


def chained() -> None:
    """Set structlog up as its documentation does beside the standard library."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    drawing: list[Any] = [
        structlog.stdlib.ProcessorFormatter.remove_processors_meta,
        structlog.processors.JSONRenderer(),
    ]
    handler.setFormatter(structlog.stdlib.ProcessorFormatter(processors=drawing))
    logging.getLogger().handlers = [handler]
    logging.getLogger().setLevel(logging.INFO)


def ours() -> None:
    """Set up what the service uses."""
    set_up_logs("info", json=True)


def cost(set_up: Callable[[], None], method: str = "info") -> Callable[[], float]:
    """Measure CPU seconds of many lines, with the thread that writes them."""

    def measure() -> float:
        set_up()
        log = getattr(structlog.get_logger("gateway"), method)
        begun = time.process_time()
        for _ in range(LINES):
            log("delivery.attempted", **FACTS)
        return time.process_time() - begun

    return measure


def bare() -> float:
    """Measure the least that writes such a line."""
    begun = time.process_time()
    for _ in range(LINES):
        line = {"event": "delivery.attempted", **FACTS, "level": "info", "timestamp": time.time()}  # noqa: TID251 - the floor
        sys.stderr.write(json.dumps(line) + "\n")
    return time.process_time() - begun


@pytest.mark.usefixtures("nowhere")
def test_a_line_costs_less_than_the_documented_chain(bench: Bench) -> None:
    """At most 0.4 of it; a line that is switched off costs half a microsecond."""
    chain = cost(chained)
    silent = cost(ours, "debug")
    times = in_turns(
        {FLOOR: chain, AGAIN: chain, OURS: cost(ours), "bare JSON": bare, "switched off": silent}
    )
    bench.at_most("switched off", min(times["switched off"]) / LINES * 1e6, "µs", 0.5, 1.5)
    bench.ratio(times, most=0.4, gate=0.8)

"""The table at the end of `make bench`, and the same as JSON with the machine's facts."""

import json
import os
import platform
import sqlite3
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

import aiohttp
import pytest

from tests.benchmarks.measuring import Bench, Figure

_FIGURES = pytest.StashKey[list[Figure]]()
_RESULTS = Path(".bench/results.json")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Take how long to soak."""
    parser.addoption("--minutes", type=int, default=45, help="How long `make soak` takes.")


@pytest.fixture
def minutes(request: pytest.FixtureRequest) -> int:
    """How long to soak."""
    given: int = request.config.getoption("--minutes")
    return given


@pytest.fixture
def bench(request: pytest.FixtureRequest) -> Bench:
    """Where a benchmark takes its figures down; the module names the row."""
    figures = request.config.stash.setdefault(_FIGURES, [])
    row = request.module.__name__.rpartition(".")[2].removeprefix("test_bench_")
    return Bench(row, figures)


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    """Print what was measured, and keep it."""
    figures = config.stash.get(_FIGURES, [])
    if not figures:
        return
    terminalreporter.section("benchmarks")
    for line in table(figures):
        terminalreporter.write_line(line)
    _RESULTS.parent.mkdir(exist_ok=True)
    kept = {"machine": machine(), "figures": [asdict(figure) for figure in figures]}
    _RESULTS.write_text(json.dumps(kept, indent=2, ensure_ascii=False), encoding="utf-8")


def table(figures: list[Figure]) -> list[str]:
    """Write the figures as a table of Markdown, ready for the docs."""
    head = ["| row | what | measured | goal | |", "|---|---|---|---|---|"]
    return [
        *head,
        *(f"| `{f.row}` | {f.what} | {_shown(f)} | {f.goal} | {f.verdict} |" for f in figures),
    ]


def _shown(figure: Figure) -> str:
    return f"{figure.value:.4g} {figure.unit}".strip()


def machine() -> dict[str, object]:
    """Describe what this was measured on."""
    cpu = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    models = {line.partition(": ")[2] for line in cpu.splitlines() if line.startswith("model name")}
    return {
        "measured_at": datetime.now(UTC).isoformat(timespec="minutes"),  # noqa: TID251 - a date for people
        "cores": os.cpu_count(),
        "cpu": ", ".join(sorted(models)),
        "load": os.getloadavg()[0],
        "python": platform.python_version(),
        "sqlite": sqlite3.sqlite_version,
        "aiohttp": aiohttp.__version__,
    }

"""What benchmarks share: contenders in turns, a floor beside itself, figures for the table."""

import os
import statistics
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest

ROUNDS = 5
FLOOR, AGAIN, OURS = "floor", "floor again", "ours"
QUIET = (0.85, 1.15)
"""Where a floor measured against itself has to be, or this machine cannot judge now."""

Times = Mapping[str, list[float]]
"""Contender to what each of its rounds took, in one unit for all."""


@dataclass(frozen=True)
class Figure:
    """A line of the table. `verdict` is `met`, `missed`, `not judged`, or empty without a goal."""

    row: str
    what: str
    value: float
    unit: str
    goal: str = ""
    verdict: str = ""


@dataclass(frozen=True)
class Bench:
    """Takes down what one row of the suite measured, and holds it to its goal."""

    row: str
    figures: list[Figure] = field(default_factory=list)

    def ratio(
        self, times: Times, *, most: float, gate: float, one: str = OURS, unit: str = "s"
    ) -> float:
        """Take down what one contender costs in floors: the median of the rounds' ratios.

        `most` is the goal, `unit` that of the rounds; more than `gate`, a margin for shared
        machines, fails. Skips when the floor differs from itself.
        """
        self.notes(times, unit)
        self.skip_unless([self.judged(f"{one} / {FLOOR}", times, most=most, gate=gate, one=one)])
        return median_ratio(times, one, FLOOR)

    def notes(self, times: Times, unit: str) -> None:
        """Take down what a round took, whose ratios are judged."""
        for name, each in times.items():
            self.note(f"{name}, a round", statistics.median(each), unit)

    def judged(self, what: str, times: Times, *, most: float, gate: float, one: str) -> bool:
        """Take one of several ratios down; `False` if the floor differs from itself too much."""
        found = median_ratio(times, one, FLOOR)
        is_quiet = QUIET[0] <= median_ratio(times, AGAIN, FLOOR) <= QUIET[1]
        if is_quiet:
            self.at_most(what, found, "times", most, gate)
        else:
            self._take(what, found, "times", f"≤ {most:g}", "not judged")
        return is_quiet

    def skip_unless(self, judged: Sequence[bool]) -> None:
        """Say that not everything could be judged, once all is taken down."""
        if not all(judged):
            pytest.skip("the floor is not itself: this machine cannot judge now")

    def at_most(self, what: str, value: float, unit: str, most: float, gate: float) -> None:
        """Take a figure down that should not pass `most`; fails beyond `gate`."""
        self._take(what, value, unit, f"≤ {most:g}", "met" if value <= most else "missed")
        assert value <= gate

    def exactly(self, what: str, value: int, expected: int) -> None:
        """Take a count down that has no margin."""
        self._take(what, value, "", f"= {expected}", "met" if value == expected else "missed")
        assert value == expected

    def note(self, what: str, value: float, unit: str) -> None:
        """Take a figure down that has no goal of its own."""
        self._take(what, value, unit, "", "")

    def _take(self, what: str, value: float, unit: str, goal: str, verdict: str) -> None:
        self.figures.append(Figure(self.row, what, value, unit, goal, verdict))


def median_ratio(times: Times, one: str, other: str) -> float:
    """Give the median of the ratios within each round."""
    return statistics.median(a / b for a, b in zip(times[one], times[other], strict=True))


def in_turns(contenders: Mapping[str, Callable[[], float]], rounds: int = ROUNDS) -> Times:
    """Measure everybody once in each round, so that all meet the same weather."""
    each = [{name: measure() for name, measure in contenders.items()} for _ in range(rounds)]
    return {name: [one[name] for one in each] for name in contenders}


async def in_turns_async(
    contenders: Mapping[str, Callable[[], Awaitable[float]]], rounds: int = ROUNDS
) -> Times:
    """As `in_turns`, for what waits."""
    times: dict[str, list[float]] = {name: [] for name in contenders}
    for _ in range(rounds):
        for name, measure in contenders.items():
            times[name].append(await measure())
    return times


def cpu_of(pid: int) -> float:
    """Tell the CPU seconds of a process with all its threads, as Linux counts them."""
    return sum(map(_nanoseconds_of, Path(f"/proc/{pid}/task").iterdir())) / 1e9


def _nanoseconds_of(task: Path) -> int:
    """Tell what a thread has used; one may end while we look."""
    with suppress(FileNotFoundError, ProcessLookupError):
        return int((task / "schedstat").read_text().split()[0])
    return 0


def memory_of(pid: int) -> float:
    """Tell the memory of a process in MB: what is resident."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6

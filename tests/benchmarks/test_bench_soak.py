"""Mixed traffic with a fault a minute, for as long as wanted: `make soak` takes most of an hour.

Nothing may grow with time but the database; afterwards the checker judges everything that was
said, from the servers' logs alone.
"""

import asyncio
import re
import statistics
from dataclasses import dataclass, field
from itertools import cycle
from pathlib import Path

import pytest

from gateway.system import SystemClock
from tests.benchmarks.measuring import Bench, cpu_of, memory_of
from tests.faults.checker import broken_promises
from tests.faults.company import Company, Json, Service, running_company
from tests.faults.rehearsal import USERS, play, settled
from tests.faults.senders import Senders
from tests.faults.upstream import read_upstream

pytestmark = pytest.mark.soak

MINUTE_S = 60.0
FAULT_S = 6.0
PATIENCE_S = 50.0
WARM = 80
"""Rounds played at once, before the first minute: caches fill, and malloc finds its size."""
LOADED = 5
"""Minutes after which everything is loaded that faults load once."""
MOST_MB_AN_HOUR = 0.5
SENDING = {"path": "company-pager"}
FAULTS: tuple[tuple[str, Json], ...] = (
    ("pager", {"verb": "status"}),
    ("slack", {"verb": "status", "status": 503, "times": None, "method": "*"}),
    ("pager", {"verb": "process_then_reset", "match": SENDING, "times": 3}),
    ("slack", {"verb": "duplicate", "shape": "two_ts", "times": None, "method": "message"}),
    ("pager", {"verb": "read_then_hang"}),
    ("pager", {"verb": "drop_webhook"}),
    ("slack", {"verb": "ratelimit", "retry_after": 3, "times": 2, "channel": "C0PERSON"}),
    ("pager", {"verb": "reorder_webhook"}),
    ("pager", {"verb": "duplicate_webhook"}),
    ("pager", {"verb": "reset_before_read"}),
)


@dataclass(frozen=True)
class Sample:
    """How the process was at the end of a round; `cpu_s` is what the round took."""

    memory_mb: float
    descriptors: int
    threads: int
    lag_s: float
    cpu_s: float


@dataclass
class Soak:
    """Plays a round a minute on one run of the service."""

    company: Company
    service: Service
    samples: list[Sample] = field(default_factory=list)

    async def warm_up(self, senders: Senders) -> None:
        """Play as many rounds as it takes until memory stands still."""
        for _ in range(WARM):
            await play(senders)

    async def run(self, senders: Senders, minutes: int) -> None:
        """Play, break something meanwhile, and look at the process; once a minute."""
        clock = SystemClock()
        begun = clock.monotonic()
        for minute, (where, fault) in zip(range(minutes), cycle(FAULTS), strict=False):
            before = cpu_of(self._pid)
            async with asyncio.TaskGroup() as group:
                group.create_task(self._break(where, fault))
                group.create_task(play(senders))
            await clock.sleep(begun + (minute + 1) * MINUTE_S - clock.monotonic())
            self.samples.append(await self._sample(before))

    @property
    def _pid(self) -> int:
        return self.service.process.pid or 0

    async def _break(self, where: str, fault: Json) -> None:
        pager, slack = self.company.pager_door, self.company.slack_door
        if where == "pager":
            await pager.call("POST", "faults", fault)
        else:
            await slack.post("faults", fault)
        await SystemClock().sleep(FAULT_S)
        await pager.heal()
        await slack.heal()

    async def _sample(self, cpu_before: float) -> Sample:
        async with self.company.session.get(f"{self.company.admin_url}/metrics") as answer:
            shown = re.search(r"^gateway_loop_lag_seconds (\S+)", await answer.text(), re.MULTILINE)
        process = Path(f"/proc/{self._pid}")
        return Sample(
            memory_of(self._pid),
            sum(1 for _ in (process / "fd").iterdir()),
            sum(1 for _ in (process / "task").iterdir()),
            float(shown.group(1)) if shown else 0.0,
            cpu_of(self._pid) - cpu_before,
        )


def more(counts: list[int]) -> int:
    """Tell how much the most of the second half is over the most of the first."""
    half = len(counts) // 2
    return max(0, max(counts[half:]) - max(counts[:half] or counts))


def slope(values: list[float]) -> float:
    """Tell how much a value grows from one round to the next, by least squares."""
    return statistics.linear_regression(range(len(values)), values).slope


async def test_nothing_grows_and_nothing_breaks(bench: Bench, tmp_path: Path, minutes: int) -> None:
    """Memory, descriptors, threads and CPU stay as they are; every promise is kept."""
    async with running_company(tmp_path) as company, company.service() as service:
        senders, soak = Senders(company, patience_s=PATIENCE_S), Soak(company, service)
        await soak.warm_up(senders)
        await soak.run(senders, minutes)
        await settled(company, senders.log)
        broken = broken_promises(senders.log, await read_upstream(company, USERS))
    later = soak.samples[LOADED:] or soak.samples
    cpu, half = [sample.cpu_s for sample in later], len(later) // 2
    said = sum(1 for _ in senders.log.tokens())
    bench.note("minutes", minutes, "")
    bench.note("pages, replies and answers", said, "")
    bench.note("loop lag, longest", max(sample.lag_s for sample in later), "s")
    bench.exactly("promises broken", len(broken), 0)
    bench.at_most("descriptors more", more([s.descriptors for s in later]), "", 0, 8)
    bench.at_most("threads more", more([s.threads for s in later]), "", 0, 0)
    drift = statistics.median(cpu[half:]) / statistics.median(cpu[:half] or cpu)
    bench.at_most("CPU a round, second half / first", drift, "times", 1.03, 1.3)
    growth = slope([sample.memory_mb for sample in later]) * 60
    bench.at_most("memory", growth, "MB an hour", MOST_MB_AN_HOUR, 5.0)

"""How fast commands are acknowledged while alerts storm in, beside the same without a storm.

100 commands a second. The storm comes from a process of its own; pages wait a minute for second
thoughts, so that nothing a person typed is sent while it is measured.
"""

import sqlite3
from collections import Counter, defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.benchmarks.alert_blower import Answers, blowing
from tests.benchmarks.alert_takers import at_rest, door
from tests.benchmarks.measuring import AGAIN, FLOOR, ROUNDS, Bench
from tests.benchmarks.test_bench_ack_cpu import PATIENT
from tests.faults.alert_storm import Storm as AlertStorm
from tests.faults.company import Company, Service, running_company
from tests.faults.storm import Storm
from tests.faults.upstream import TOKEN

pytestmark = pytest.mark.benchmark

PER_S = 100
SECONDS = 2
ACKS = PER_S * SECONDS
TOO_LATE_MS = 3000
"""Slack tells the person that the app did not answer."""
MANY = AlertStorm(alerts=5_000 * SECONDS, seconds=SECONDS, groups=50, batch=50, per_minute=240)
LARGEST = AlertStorm(alerts=3_000 * SECONDS, seconds=SECONDS, groups=50, batch=3_000)
"""Bodies as large as any that is taken."""
TOO_LARGE = AlertStorm(alerts=10_000 * SECONDS, seconds=SECONDS, groups=50, batch=10_000)
STORMS = {
    "a body of 10,000 a second": TOO_LARGE,
    "a body of 3,000 a second": LARGEST,
    "5,000 alerts a second": MANY,
}
"""Those after which most is to be told come last."""


@dataclass
class Times:
    """What all rounds found: times by weather, and how many were late or lost."""

    p50_ms: defaultdict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    p99_ms: defaultdict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    answers: defaultdict[str, Answers] = field(default_factory=lambda: defaultdict(Counter))
    late: Counter[str] = field(default_factory=Counter)
    lost: int = 0


async def one_round(company: Company, service: Service, times: Times) -> None:
    """Send commands in all weathers, kill the process, and look what it has kept."""
    url, secret = f"{company.url}/slack/events", company.slack.signing_secret
    storm = Storm(company.session, url, secret)
    await at_rest(service.process.pid or 0)
    for number, weather in enumerate((FLOOR, AGAIN, *STORMS)):
        storm.times_ms.clear()
        async with in_weather(company, weather, times):
            await storm.blow(ACKS, PER_S, first=1 + number * ACKS)
        times.p50_ms[weather].append(storm.percentile(0.5))
        times.p99_ms[weather].append(storm.percentile(0.99))
        times.late[weather] += sum(each > TOO_LATE_MS for each in storm.times_ms)
        times.late[weather] += len(storm.failed)
        storm.failed.clear()
    await service.end()
    assert storm.refused == []
    times.lost += len(set(storm.accepted) - kept(company))


@asynccontextmanager
async def in_weather(company: Company, weather: str, times: Times) -> AsyncIterator[None]:
    """Have alerts storm in during the block, where the weather is one of storms."""
    if weather not in STORMS:
        yield
        return
    async with blowing(door(company), STORMS[weather]) as answers:
        yield
    times.answers[weather] += answers


def kept(company: Company) -> set[str]:
    """Read the tokens of all pages in the file that a killed process has left."""
    with closing(sqlite3.connect(company.database)) as file:
        bodies = [str(body) for (body,) in file.execute("SELECT body FROM pages")]
    return {found.group() for found in map(TOKEN.search, bodies) if found}


async def test_acknowledgements_in_a_storm_of_alerts(bench: Bench, tmp_path: Path) -> None:
    """p99 at most 1.6 times that without a storm; none after three seconds, none lost."""
    times = Times()
    for number in range(ROUNDS):
        folder = tmp_path / str(number)
        folder.mkdir()
        async with running_company(folder) as company:
            MANY.set_up(company)
            with company.config.open("a") as file:
                file.write(PATIENT)
            async with company.service() as service:
                await one_round(company, service, times)
    take_down(bench, times)


def take_down(bench: Bench, times: Times) -> None:
    """Take down what all rounds found."""
    bench.note("commands in each weather", ROUNDS * ACKS, "")
    bench.notes(times.p50_ms, "ms, p50")
    bench.notes(times.p99_ms, "ms, p99")
    for weather, answers in times.answers.items():
        for status, bodies in answers.items():
            bench.note(f"{weather}: answered {status}", bodies, "bodies")
    bench.exactly("acknowledged and lost with kill -9", times.lost, 0)
    for weather, late in times.late.items():
        what = f"{weather}: acknowledged after 3 s, or never"
        bench.at_most(what, late, "", 0, ROUNDS * ACKS)
    judged = [
        bench.judged(f"{weather} / without, p99", times.p99_ms, one=weather, most=1.6, gate=60.0)
        for weather in STORMS
    ]
    bench.skip_unless(judged)

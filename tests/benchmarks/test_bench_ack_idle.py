"""How soon one command is acknowledged when there is nothing else to do.

One connection, one command after the other. The floor is bare aiohttp with one sync to disk; Bolt
as its documentation shows it stands beside. Pages wait a minute for second thoughts
(`policy.undo_s`), so that nothing is sent while it is measured.
"""

import statistics
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import pytest
from aiohttp import ClientSession

from gateway.system import SystemClock
from tests.benchmarks.ack_floor import running_bolt, running_floor
from tests.benchmarks.measuring import AGAIN, FLOOR, OURS, Bench, in_turns_async, median_ratio
from tests.benchmarks.test_bench_ack_cpu import PATIENT
from tests.faults.company import running_company
from tests.faults.storm import USERS, command, signed

pytestmark = pytest.mark.benchmark

COMMANDS = 100
"""In a round."""
BOLT = "Bolt"


@dataclass(frozen=True)
class Commander:
    """Types one command after the other."""

    session: ClientSession
    secret: str
    numbers: Iterator[int]

    def at(self, url: str) -> Callable[[], Awaitable[float]]:
        """Measure the median time of a round's answers in milliseconds."""

        async def measure() -> float:
            return statistics.median([await self._page(url) for _ in range(COMMANDS)])

        return measure

    async def _page(self, url: str) -> float:
        number, clock = next(self.numbers), SystemClock()
        body = command(f"no{number:06d}", USERS[number % len(USERS)])
        headers = signed(body, self.secret)
        begun = clock.monotonic()
        async with self.session.post(url, data=body, headers=headers) as answer:
            assert "Sending" in await answer.text()
        return (clock.monotonic() - begun) * 1000


async def test_an_acknowledgement_is_as_soon_as_one_sync_to_disk(
    bench: Bench, tmp_path: Path
) -> None:
    """At most 1.3 times the floor with its sync (p50)."""
    async with running_company(tmp_path) as company:
        with company.config.open("a") as file:
            file.write(PATIENT)
        async with (
            company.service(),
            running_floor(company, tmp_path / "journal") as floor,
            running_bolt(company) as bolt,
        ):
            commander = Commander(company.session, company.slack.signing_secret, count(1))
            ours = commander.at(f"{company.url}/slack/events")
            bare, peer = commander.at(floor.url), commander.at(bolt.url)
            contenders = {FLOOR: bare, AGAIN: bare, OURS: ours, BOLT: peer}
            for warm in contenders.values():
                await warm()
            times = await in_turns_async(contenders)
    bench.note(f"{BOLT} / {OURS}", median_ratio(times, BOLT, OURS), "times, goal 15")
    bench.ratio(times, most=1.3, gate=8.0, unit="ms, p50")

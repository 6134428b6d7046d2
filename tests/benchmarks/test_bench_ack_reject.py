"""What a refused request costs the server, beside an honest command on bare aiohttp.

Forged, stale and far too large; 32 connections, as in `ack_cpu`.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import pytest
from aiohttp import ClientSession, TCPConnector

from tests.benchmarks.ack_floor import running_floor
from tests.benchmarks.measuring import AGAIN, FLOOR, Bench, cpu_of, in_turns_async, median_ratio
from tests.benchmarks.test_bench_ack_cpu import COMMANDS, CONNECTIONS, POLL_S, Rush
from tests.faults.company import running_company
from tests.faults.storm import USERS, command, signed

pytestmark = pytest.mark.benchmark

FORGED: Mapping[str, str] = {}
STALE = {"X-Slack-Request-Timestamp": "1000000000"}


@dataclass(frozen=True)
class Stranger:
    """Sends commands that somebody else signed, as fast as they are refused."""

    session: ClientSession
    url: str
    pid: int

    def sends(self, but: Mapping[str, str]) -> Callable[[], Awaitable[float]]:
        """Measure the server's CPU seconds for a rush with other headers."""
        body = command("no000000", USERS[0])
        headers = {**signed(body, "not-the-secret"), **but}
        return self._rush(lambda: self._refused(body, headers, 401))

    def announces(self, size: int) -> Callable[[], Awaitable[float]]:
        """Measure a rush of bodies of which nothing comes but their size in bytes."""
        length = {"Content-Length": str(size), "Connection": "close"}
        headers = {**signed(b"", "not-the-secret"), **length}
        return self._rush(lambda: self._refused(None, headers, 413))

    def _rush(self, send: Callable[[], Awaitable[None]]) -> Callable[[], Awaitable[float]]:
        async def some(todo: Iterator[int]) -> None:
            for _ in todo:
                await send()

        async def measure() -> float:
            todo, begun = iter(range(COMMANDS)), cpu_of(self.pid)
            async with asyncio.TaskGroup() as group:
                for _ in range(CONNECTIONS):
                    group.create_task(some(todo))
            return cpu_of(self.pid) - begun

        return measure

    async def _refused(self, body: bytes | None, headers: Mapping[str, str], status: int) -> None:
        async with self.session.post(self.url, data=body, headers=headers) as answer:
            await answer.read()
            assert answer.status == status


async def test_refusals_cost_less_than_honest_commands(bench: Bench, tmp_path: Path) -> None:
    """Nothing of them is parsed: at most 0.75 of a floor's command, and size costs nothing."""
    async with (
        running_company(tmp_path, poll_s=POLL_S) as company,
        company.service() as service,
        running_floor(company) as floor,
        ClientSession(connector=TCPConnector(limit=CONNECTIONS)) as session,
    ):
        bare = Rush(session, company.slack.signing_secret, count(1)).at(floor.url, floor.pid)
        stranger = Stranger(session, f"{company.url}/slack/events", service.process.pid or 0)
        contenders = {
            FLOOR: bare,
            AGAIN: bare,
            "forged": stranger.sends(FORGED),
            "stale": stranger.sends(STALE),
            "300 kB": stranger.announces(300_000),
            "3 MB": stranger.announces(3_000_000),
        }
        for warm in contenders.values():
            await warm()
        times = await in_turns_async(contenders)
    bench.notes(times, "s")
    larger = median_ratio(times, "3 MB", "300 kB")
    bench.at_most("3 MB / 300 kB", larger, "times", 1.15, 2.0)
    bench.skip_unless(
        [
            bench.judged(f"{one} / {FLOOR}", times, most=0.75, gate=2.5, one=one)
            for one in ("forged", "stale")
        ]
    )

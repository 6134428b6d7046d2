"""What an acknowledged command costs the server, beside bare aiohttp.

32 connections. The service checks, looks up, keeps the page on disk, writes its log line and
counts; the floor checks the signature, parses the form and answers. Pages wait a minute for second
thoughts (`policy.undo_s`), so that nothing is sent while it is measured.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import pytest
from aiohttp import ClientSession, TCPConnector

from tests.benchmarks.ack_floor import Floor, running_floor
from tests.benchmarks.measuring import AGAIN, FLOOR, OURS, Bench, cpu_of, in_turns_async
from tests.faults.company import Company, Service, running_company
from tests.faults.storm import USERS, command, signed

pytestmark = pytest.mark.benchmark

CONNECTIONS = 32
COMMANDS = 600
PATIENT = "\n[policy]\nundo_s = 60.0\n"
POLL_S = 15.0
"""As in production: what a rehearsal's haste costs in the background is no request's cost."""


@dataclass(frozen=True)
class Rush:
    """Sends commands over many connections, as fast as they are answered."""

    session: ClientSession
    secret: str
    numbers: Iterator[int]

    def at(self, url: str, pid: int) -> Callable[[], Awaitable[float]]:
        """Measure the server's CPU seconds for a rush at it; every one is answered 200."""

        async def measure() -> float:
            todo = iter(range(COMMANDS))
            begun = cpu_of(pid)
            async with asyncio.TaskGroup() as group:
                for _ in range(CONNECTIONS):
                    group.create_task(self._send(url, todo))
            return cpu_of(pid) - begun

        return measure

    async def _send(self, url: str, todo: Iterator[int]) -> None:
        for _ in todo:
            number = next(self.numbers)
            body = command(f"no{number:06d}", USERS[number % len(USERS)])
            headers = signed(body, self.secret)
            async with self.session.post(url, data=body, headers=headers) as answer:
                await answer.read()
                assert answer.status == 200


async def rush(company: Company, service: Service, floor: Floor) -> dict[str, list[float]]:
    """Measure the service and the floor in turns."""
    async with ClientSession(connector=TCPConnector(limit=CONNECTIONS)) as session:
        honest = Rush(session, company.slack.signing_secret, count(1))
        ours = honest.at(f"{company.url}/slack/events", service.process.pid or 0)
        bare = honest.at(floor.url, floor.pid)
        await ours()
        await bare()
        return dict(await in_turns_async({FLOOR: bare, AGAIN: bare, OURS: ours}))


async def test_acknowledgements_cost_little_more_than_bare_aiohttp(
    bench: Bench, tmp_path: Path
) -> None:
    """With everything on and every page on disk: at most 2 floors with Bolt on the way."""
    async with running_company(tmp_path, poll_s=POLL_S) as company:
        with company.config.open("a") as file:
            file.write(PATIENT)
        async with company.service() as service, running_floor(company) as floor:
            times = await rush(company, service, floor)
    bench.ratio(times, most=2.0, gate=30.0)

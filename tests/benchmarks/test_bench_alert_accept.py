"""What an accepted alert costs beside Alertmanager, in batches; ours are on disk when answered.

Both hold what they get for an hour, so that only taking it in is measured.
"""

import asyncio
import json
from asyncio.subprocess import DEVNULL
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import pytest
from aiohttp import ClientError, ClientSession

from gateway.demo.doors import Json
from gateway.demo.world import free_port
from gateway.system import SystemClock
from tests.acceptance.test_alertmanager import BINARY, MISSING
from tests.benchmarks.measuring import AGAIN, FLOOR, OURS, Bench, cpu_of, in_turns_async
from tests.faults.alert_storm import SECRET, SOURCE, Storm
from tests.faults.company import Company, running_company
from tests.faults.waiting import until

pytestmark = [
    pytest.mark.benchmark,
    pytest.mark.skipif(BINARY is None, reason=MISSING),
]

ALERTS = 1920
GOALS = {1: 1.2, 10: 0.6, 64: 0.45}
HOUR = "1h"


@dataclass(frozen=True)
class Taker:
    """Something that takes alerts, and how a batch for it is written."""

    url: str
    pid: int
    write: Callable[[list[Json]], bytes]


@asynccontextmanager
async def alertmanager(folder: Path, session: ClientSession) -> AsyncIterator[Taker]:
    """Run one that waits an hour before it tells anybody."""
    route = {"receiver": "nobody", "group_by": ["alertname"], "group_wait": HOUR}
    file = folder / "alertmanager.yml"
    file.write_text(json.dumps({"route": route, "receivers": [{"name": "nobody"}]}))
    url = f"http://127.0.0.1:{free_port()}"
    process = await asyncio.create_subprocess_exec(
        str(BINARY),
        f"--config.file={file}",
        f"--storage.path={folder / 'alertmanager'}",
        f"--web.listen-address={url.removeprefix('http://')}",
        "--cluster.listen-address=",
        stdout=DEVNULL,
        stderr=DEVNULL,
    )

    async def listens() -> bool | None:
        with suppress(ClientError):
            async with session.get(f"{url}/-/ready"):
                return True
        return None

    try:
        await until(listens, "Alertmanager")
        yield Taker(f"{url}/api/v2/alerts", process.pid, lambda batch: json.dumps(batch).encode())
    finally:
        process.kill()
        await process.wait()


@asynccontextmanager
async def gateway(company: Company) -> AsyncIterator[Taker]:
    """Run the service with routes that wait an hour."""
    Storm(alerts=0, seconds=0, groups=1).set_up(company)
    file = company.folder / "routes.json"
    routes = json.loads(file.read_text())
    routes["route"]["group_wait"] = HOUR
    file.write_text(json.dumps(routes))
    async with company.service() as service:
        yield Taker(f"{company.url}/alerts/{SOURCE}", service.process.pid or 0, notification)


def notification(batch: list[Json]) -> bytes:
    """Write what Alertmanager would send us."""
    alerts = [{**alert, "status": "firing", "endsAt": "0001-01-01T00:00:00Z"} for alert in batch]
    body = {"version": "4", "status": "firing", "groupKey": "{}", "alerts": alerts}
    return json.dumps(body).encode()


def alerts(numbers: Iterator[int]) -> list[Json]:
    """Make alerts that nobody has seen, in fifty groups."""
    now = SystemClock().now().isoformat()
    return [
        {
            "labels": {
                "alertname": f"Check{number % 50:02}",
                "severity": "warning",
                "team": f"t{number % 7}",
                "host": f"h{number:07}",
            },
            "annotations": {"summary": f"Something is wrong on h{number:07}"},
            "startsAt": now,  # older ones are told at once
        }
        for number, _ in zip(numbers, range(ALERTS), strict=False)
    ]


def taking(
    session: ClientSession, taker: Taker, size: int, numbers: Iterator[int]
) -> Callable[[], Awaitable[float]]:
    """Measure the CPU seconds in which it takes a round of alerts, in batches of `size`."""
    headers = {"Authorization": f"Bearer {SECRET}", "Content-Type": "application/json"}

    async def measure() -> float:
        new = alerts(numbers)
        bodies = [taker.write(new[first : first + size]) for first in range(0, ALERTS, size)]
        todo, begun = iter(bodies), cpu_of(taker.pid)

        async def send() -> None:
            for body in todo:
                async with session.post(taker.url, data=body, headers=headers) as answer:
                    await answer.read()
                    assert answer.status in {200, 202}

        async with asyncio.TaskGroup() as group:
            for _ in range(8):
                group.create_task(send())
        return cpu_of(taker.pid) - begun

    return measure


@pytest.mark.parametrize("size", GOALS)
async def test_taking_alerts_costs_less_than_alertmanager(
    bench: Bench, tmp_path: Path, size: int
) -> None:
    """Durable before the answer, and still cheaper in batches."""
    async with (
        running_company(tmp_path) as company,
        alertmanager(tmp_path, company.session) as peer,
        gateway(company) as ours,
    ):
        session, numbers = company.session, count(1)
        contenders = {
            FLOOR: taking(session, peer, size, numbers),
            AGAIN: taking(session, peer, size, numbers),
            OURS: taking(session, ours, size, numbers),
        }
        await in_turns_async(contenders, rounds=1)
        times = await in_turns_async(contenders)
    bench.note(f"batches of {size}", size, "alerts")
    bench.ratio(times, most=GOALS[size], gate=60.0)

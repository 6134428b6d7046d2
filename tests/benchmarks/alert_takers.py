"""Alertmanager and the gateway side by side: started alike, fed alike.

Both group by `alertname` and wait as long as they are told to before they tell anybody.
"""

import asyncio
import json
from asyncio.subprocess import DEVNULL
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from signal import SIGKILL, Signals

from aiohttp import ClientSession

from gateway.demo.doors import Json
from gateway.demo.world import free_port
from gateway.system import SystemClock
from tests.acceptance.test_alertmanager import BINARY
from tests.benchmarks.measuring import cpu_of
from tests.faults.alert_storm import SECRET, SOURCE, Storm
from tests.faults.company import Company
from tests.faults.waiting import listening

HOUR = "1h"
GROUPS = 50
HEADERS = {"Authorization": f"Bearer {SECRET}", "Content-Type": "application/json"}
UNBOUNDED = 1_000_000
"""Sends a minute: no page of these benchmarks waits for the pager's rate."""
_HANDS = 8
_AGAIN_S = 0.2
_LOOK_S = 1.5
_AT_REST_S = 0.03


@dataclass(frozen=True)
class Taker:
    """Something that takes alerts, and how a batch for it is written."""

    url: str
    pid: int
    write: Callable[[list[Json]], bytes]


@asynccontextmanager
async def alertmanager(
    folder: Path,
    session: ClientSession,
    *,
    wait: str = HOUR,
    tells: str = "",
    end: Signals = SIGKILL,
) -> AsyncIterator[Taker]:
    """Run one on what the folder holds; `tells` is its webhook, `end` what ends it."""
    receiver: Json = {"name": "all"} | ({"webhook_configs": [{"url": tells}]} if tells else {})
    route = {"receiver": "all", "group_by": ["alertname"], "group_wait": wait}
    file = folder / "alertmanager.yml"
    file.write_text(json.dumps({"route": route, "receivers": [receiver]}))
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

    try:
        await listening(session, f"{url}/-/ready", "Alertmanager")
        yield Taker(f"{url}/api/v2/alerts", process.pid, lambda batch: json.dumps(batch).encode())
    finally:
        process.send_signal(end)
        await process.wait()


@asynccontextmanager
async def gateway(company: Company, *, wait: str = HOUR) -> AsyncIterator[Taker]:
    """Run the service; it pages and says nothing in the chat, as its peer has none."""
    route_alerts(company, wait)
    async with company.service() as service:
        yield Taker(door(company), service.process.pid or 0, notification)


def route_alerts(company: Company, wait: str) -> None:
    """Write the routes of a service that is to be started."""
    Storm(alerts=0, seconds=0, groups=1, per_minute=UNBOUNDED).set_up(company)
    file = company.folder / "routes.json"
    routes = json.loads(file.read_text())
    routes["route"]["group_wait"] = wait
    for receiver in routes["receivers"]:
        del receiver["channel"]
    file.write_text(json.dumps(routes))


def door(company: Company) -> str:
    """Tell where the service takes alerts."""
    return f"{company.url}/alerts/{SOURCE}"


def notification(batch: list[Json]) -> bytes:
    """Write what Alertmanager would send us."""
    alerts = [{**alert, "status": "firing", "endsAt": "0001-01-01T00:00:00Z"} for alert in batch]
    body = {"version": "4", "status": "firing", "groupKey": "{}", "alerts": alerts}
    return json.dumps(body).encode()


def alerts(numbers: Iterable[int], groups: int = 0, severity: str = "warning") -> list[Json]:
    """Make alerts that begin now, in so many groups; with 0 each is a group of its own."""
    now = SystemClock().now().isoformat()
    return [
        _alert(number, number % groups if groups else number, now, severity) for number in numbers
    ]


def _alert(number: int, group: int, now: str, severity: str) -> Json:
    """Write one; its group decides the route, since groups of two routes are two."""
    labels = {"alertname": f"Check{group:02}", "team": f"t{group % 7}", "host": f"h{number:07}"}
    return {
        "labels": {**labels, "severity": severity},
        "annotations": {"summary": f"Something is wrong on h{number:07}"},
        "startsAt": now,  # older ones are told at once
    }


async def feed(session: ClientSession, taker: Taker, new: list[Json], size: int) -> None:
    """Have it take alerts in batches; whoever is asked to come again does so."""
    todo = iter([taker.write(new[first : first + size]) for first in range(0, len(new), size)])

    async def send() -> None:
        for body in todo:
            while await _answer(session, taker.url, body) == HTTPStatus.SERVICE_UNAVAILABLE:
                await SystemClock().sleep(_AGAIN_S)

    async with asyncio.TaskGroup() as group:
        for _ in range(_HANDS):
            group.create_task(send())


async def _answer(session: ClientSession, url: str, body: bytes) -> int:
    async with session.post(url, data=body, headers=HEADERS) as answer:
        await answer.read()
        assert answer.status in {200, 202, 503}
        return answer.status


async def at_rest(pid: int) -> None:
    """Wait until a process has done what it had to do."""
    before = cpu_of(pid)
    await SystemClock().sleep(_LOOK_S)
    while (now := cpu_of(pid)) - before > _AT_REST_S:
        before = now
        await SystemClock().sleep(_LOOK_S)

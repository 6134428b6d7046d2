"""How soon an alert that need not wait is told, beside Alertmanager; ours is on disk before.

Each is a group of its own with a `group_wait` of 0, ten a second. The peer is timed until it calls
its webhook, we until the pager has the page: the test's own clock at both ends.
"""

import re
import statistics
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from itertools import count, islice
from pathlib import Path

import pytest
from aiohttp import ClientSession, web

from adapters.listening import Listener
from gateway.demo.doors import Json
from gateway.system import SystemClock
from tests.acceptance.test_alertmanager import BINARY, MISSING
from tests.benchmarks.alert_takers import HEADERS, Taker, alertmanager, alerts, gateway
from tests.benchmarks.measuring import AGAIN, FLOOR, OURS, Bench, in_turns_async
from tests.faults.company import Company, running_company
from tests.faults.waiting import until

pytestmark = [
    pytest.mark.benchmark,
    pytest.mark.skipif(BINARY is None, reason=MISSING),
]

ALERTS = 20
APART_S = 0.1
GOALS = {0.5: 1.5, 0.99: 2.0}

SEVERITIES = ("critical", "warning")
HOST = re.compile(r"\bh[0-9]{7}\b")

Heard = Callable[[], Awaitable[dict[str, datetime]]]
"""When each alert was told, by its host."""


@dataclass
class Webhook:
    """Hears of alerts, and notes when it did first."""

    at: dict[str, datetime] = field(default_factory=dict)

    async def take(self, request: web.Request) -> web.Response:
        """Take a notification."""
        now = SystemClock().now()
        for alert in (await request.json())["alerts"]:
            self.at.setdefault(alert["labels"]["host"], now)
        return web.Response()

    async def heard(self) -> dict[str, datetime]:
        """Tell what was heard."""
        return self.at

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[str]:
        """Listen for the length of the block; gives the address."""
        app = web.Application()
        app.router.add_post("/", self.take)
        runner = Listener(app, access_log=None, shutdown_timeout=1.0)
        await runner.setup()
        try:
            yield f"http://127.0.0.1:{await runner.listen('127.0.0.1', 0)}/"
        finally:
            await runner.cleanup()


@dataclass
class Timed:
    """Says alerts to one and times them; `ms` has every one of them, by round."""

    session: ClientSession
    taker: Taker
    heard: Heard
    severity: str
    numbers: Iterator[int]
    ms: list[list[float]] = field(default_factory=list)

    async def __call__(self) -> float:
        """Tell the median of a round."""
        said = {}
        for (alert,) in (
            alerts([number], severity=self.severity) for number in islice(self.numbers, ALERTS)
        ):
            said[alert["labels"]["host"]] = SystemClock().now()
            await self._say(alert)
            await SystemClock().sleep(APART_S)
        at = await until(lambda: self._all(said), "all alerts told")
        self.ms.append([(at[host] - begun).total_seconds() * 1000 for host, begun in said.items()])
        return statistics.median(self.ms[-1])

    async def _say(self, alert: Json) -> None:
        body = self.taker.write([alert])
        async with self.session.post(self.taker.url, data=body, headers=HEADERS) as answer:
            await answer.read()
            assert answer.ok

    async def _all(self, said: dict[str, datetime]) -> dict[str, datetime] | None:
        at = await self.heard()
        return at if said.keys() <= at.keys() else None

    def percentile(self, share: float) -> list[float]:
        """Tell the time within which this share was told, in each round."""
        return [
            statistics.quantiles(each, n=100, method="inclusive")[round(share * 100) - 1]
            for each in self.ms
        ]


async def paged(company: Company) -> dict[str, datetime]:
    """Tell when the pager accepted each, by its own log."""
    found = ((HOST.search(page["text"]), page["time"]) for page in await company.pager_door.log())
    return {host.group(): datetime.fromisoformat(at) for host, at in found if host}


@pytest.mark.parametrize("severity", SEVERITIES)
async def test_an_alert_is_told_as_soon_as_by_alertmanager(
    bench: Bench, tmp_path: Path, severity: str
) -> None:
    """p50 at most 1.5 times, p99 at most twice what Alertmanager takes that keeps nothing."""
    webhook, numbers = Webhook(), count()
    async with (
        running_company(tmp_path) as company,
        webhook.listening() as address,
        alertmanager(tmp_path, company.session, wait="0s", tells=address) as peer,
        gateway(company, wait="0s") as ours,
    ):
        session = company.session
        contenders = {
            FLOOR: Timed(session, peer, webhook.heard, severity, numbers),
            AGAIN: Timed(session, peer, webhook.heard, severity, numbers),
            OURS: Timed(session, ours, partial(paged, company), severity, numbers),
        }
        await in_turns_async(contenders)
    judged = []
    for share, most in GOALS.items():
        times = {name: each.percentile(share) for name, each in contenders.items()}
        bench.notes(times, f"ms, {severity}, p{share * 100:.0f}")
        what = f"{severity}, p{share * 100:.0f}: {OURS} / {FLOOR}"
        judged.append(bench.judged(what, times, most=most, gate=2_000, one=OURS))
    bench.skip_unless(judged)

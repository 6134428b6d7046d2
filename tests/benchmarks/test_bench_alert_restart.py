"""What is left of 10,000 alerts that wait for their group when the process ends, in every way.

Beside Alertmanager, which keeps notifications and silences in its files, and alerts in memory.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from signal import SIGKILL, SIGTERM, Signals

import pytest
from aiohttp import ClientSession

from gateway.demo.doors import Json
from gateway.system import SystemClock
from tests.acceptance.test_alertmanager import BINARY, MISSING
from tests.benchmarks.alert_takers import (
    GROUPS,
    Taker,
    alertmanager,
    alerts,
    door,
    feed,
    notification,
    route_alerts,
)
from tests.benchmarks.measuring import Bench
from tests.faults.alert_storm import asked, repeated
from tests.faults.company import Company, Service, running_company
from tests.faults.waiting import until

pytestmark = pytest.mark.benchmark

ALERTS = 10_000
BATCH = 64
WAIT = timedelta(seconds=20)
MOST_LATE_S = 10.0


@dataclass(frozen=True)
class Ending:
    """How the process ends while all alerts wait, and how long nobody starts it again."""

    name: str
    end: Callable[[Service], Awaitable[object]] | None
    away: timedelta = timedelta()


ENDINGS = (
    Ending("no restart", None),
    Ending("SIGTERM", Service.stop),
    Ending("kill -9", Service.end),
    Ending("kill -9, due while away", Service.end, WAIT),
)


@dataclass(frozen=True)
class Waited:
    """What came of alerts that waited: how the sum closed, and what the pager has."""

    told: Json
    pages: list[Json]
    late_s: list[float]
    pages_again: int


async def fired(company: Company, service: Service) -> tuple[Taker, list[Json], datetime]:
    """Have all alerts written down; every group begins with the first of them."""
    taker = Taker(door(company), service.process.pid or 0, notification)
    new, begun = alerts(range(ALERTS), GROUPS), SystemClock().now()
    await feed(company.session, taker, new, BATCH)
    return taker, new, begun


async def waited(company: Company, ending: Ending) -> Waited:
    """Let them wait, end the process, start it again, and say all of it once more."""
    route_alerts(company, f"{WAIT.seconds}s")
    service = company.start()
    await company.answers(service)
    taker, new, begun = await fired(company, service)
    due = begun + WAIT
    if ending.end:
        await ending.end(service)
        assert await company.pager_door.log() == []
        await SystemClock().sleep(ending.away.total_seconds())
        service = company.start()
        await company.answers(service)
        due = max(due, SystemClock().now())
    told = await until(lambda: all_told(company), "all alerts told", 120.0)
    pages = await company.pager_door.log()
    await feed(company.session, taker, new, BATCH)
    await until(lambda: all_known(company), "all alerts known already", 120.0)
    again = len(await company.pager_door.log()) - len(pages)
    await service.end()
    late = [(datetime.fromisoformat(page["time"]) - due).total_seconds() for page in pages]
    return Waited(told, pages, late, again)


async def all_told(company: Company) -> Json | None:
    """Ask what became of them, once nothing waits and the pager has a page of every group."""
    told = await asked(company)
    over = told and told["ingested"] >= ALERTS and not told["waiting"]
    return told if over and len(await company.pager_door.log()) >= GROUPS else None


async def all_known(company: Company) -> bool | None:
    """Ask whether all were taken for what was said before, so that nothing comes of them."""
    told = await asked(company)
    return True if told and told["duplicate"] >= ALERTS and not told["waiting"] else None


async def test_nothing_that_waits_is_lost_with_the_process(bench: Bench, tmp_path: Path) -> None:
    """All are told when they are due, or at once if that is over, and nothing is told twice."""
    undisturbed = 0.0
    for number, ending in enumerate(ENDINGS):
        folder = tmp_path / str(number)
        folder.mkdir()
        async with running_company(folder) as company:
            found = await waited(company, ending)
        late = max(found.late_s)
        undisturbed = undisturbed or late
        kept = found.told["ingested"] - found.told["unaccounted"] - found.told["waiting"]
        bench.exactly(f"{ending.name}: told", kept, ALERTS)
        bench.exactly(f"{ending.name}: pages", len(found.pages), GROUPS)
        bench.exactly(f"{ending.name}: pages more, all said again", found.pages_again, 0)
        assert min(found.late_s) >= 0
        assert repeated(found.pages) == {}
        bench.note(f"{ending.name}: longest, due to paged", late, "s")
        if ending.end:
            later = late - undisturbed
            bench.at_most(f"{ending.name}: longer than without", later, "s", 1.0, MOST_LATE_S)


@pytest.mark.skipif(BINARY is None, reason=MISSING)
@pytest.mark.parametrize("end", [SIGTERM, SIGKILL])
async def test_alertmanager_keeps_alerts_in_memory(
    bench: Bench, tmp_path: Path, end: Signals
) -> None:
    """What is left of as many in the same position; nothing, as it says itself."""
    async with ClientSession() as session:
        async with alertmanager(tmp_path, session, end=end) as peer:
            await feed(session, peer, alerts(range(ALERTS), GROUPS), BATCH)
            assert await held(session, peer) == ALERTS
        async with alertmanager(tmp_path, session) as peer:
            bench.note(f"Alertmanager, {end.name}: left", await held(session, peer), "alerts")


async def held(session: ClientSession, peer: Taker) -> int:
    """Count what an Alertmanager holds."""
    async with session.get(peer.url) as answer:
        return len(await answer.json())

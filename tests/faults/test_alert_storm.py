"""A storm of alerts over real HTTP: all is written, told once, named and accounted for."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from gateway.demo.doors import Json
from tests.faults.alert_storm import Sender, Storm, asked, everything_said, host, repeated
from tests.faults.company import KILLED, Company, running_company
from tests.faults.killable import Kill
from tests.faults.waiting import until

TINY = Storm(alerts=40, seconds=0.5, groups=2)
SMALL = Storm(alerts=1_200, seconds=2, groups=30)
BIG = Storm(alerts=10_000, seconds=10, groups=50, batch=20)
LONG_S = 600.0


@asynccontextmanager
async def stormy(storm: Storm, folder: Path) -> AsyncIterator[Company]:
    async with running_company(folder) as company:
        storm.set_up(company)
        yield company


async def all_told(company: Company, storm: Storm, patience_s: float) -> Json:
    """Wait until nothing waits any more; gives the sum."""

    async def look() -> Json | None:
        told = await asked(company)
        whole = told and told["ingested"] >= storm.alerts and not told["waiting"]
        return told if whole else None

    return await until(look, "every alert told", patience_s)


async def all_named(company: Company, storm: Storm, patience_s: float) -> None:
    async def look() -> bool | None:
        said = await everything_said(company)
        return True if all(host(n) in said for n in range(storm.alerts)) else None

    await until(look, "every alert named", patience_s)


async def weathered(company: Company, storm: Storm, sender: Sender, patience_s: float) -> Json:
    """Wait for the end of it, and hold it to what holds for every storm."""
    told = await all_told(company, storm, patience_s)
    await all_named(company, storm, patience_s)
    assert set(sender.answers) <= {202, 503}
    assert told["unaccounted"] == 0
    assert told["paged"] + told["digested"] + told["suppressed"] >= storm.alerts
    assert repeated(await company.pager_door.log()) == {}
    return told


async def test_storm_is_accounted_for(tmp_path: Path) -> None:
    """1,200 alerts in 2 s: few pages, every alert named, nothing lost, nothing twice."""
    async with stormy(SMALL, tmp_path) as company, company.service():
        sender = Sender(company)
        await sender.blow(SMALL)
        told = await weathered(company, SMALL, sender, patience_s=60.0)
        assert (sender.unanswered, told["ingested"]) == (0, SMALL.alerts)
        assert told["digested"] > 0
        assert len(await company.pager_door.log()) <= SMALL.per_minute


async def killed_in_the_middle(storm: Storm, folder: Path, patience_s: float) -> None:
    async with stormy(storm, folder) as company:
        sender = Sender(company)
        async with asyncio.TaskGroup() as group:
            async with company.service() as service:
                blowing = group.create_task(sender.blow(storm))
                half = storm.alerts // storm.batch // 2

                async def half_way() -> bool | None:
                    return True if sender.acknowledged >= half else None

                await until(half_way, "half of the storm")
                service.kill()
            async with company.service():
                await blowing
                await weathered(company, storm, sender, patience_s)
        assert sender.unanswered > 0


async def test_kill_in_a_storm_loses_and_repeats_nothing(tmp_path: Path) -> None:
    """What was acknowledged before the kill is told after it; pages stay single."""
    await killed_in_the_middle(SMALL, tmp_path, patience_s=60.0)


@pytest.mark.parametrize("point", ["alert.heard", "alert.recorded"])
async def test_killed_with_alerts_in_hand(point: str, tmp_path: Path) -> None:
    """Before and after their commit: the source comes again, and each is told once."""
    async with stormy(TINY, tmp_path) as company:
        sender = Sender(company)
        async with asyncio.TaskGroup() as group:
            async with company.service(Kill(point, 3)) as service:
                blowing = group.create_task(sender.blow(TINY))
                assert await service.ended() == KILLED
            async with company.service():
                await blowing
                await weathered(company, TINY, sender, patience_s=60.0)


@pytest.mark.slow
async def test_ten_thousand_alerts(tmp_path: Path) -> None:
    """In ten seconds over fifty groups: the sum closes with 0 unaccounted."""
    async with stormy(BIG, tmp_path) as company, company.service():
        sender = Sender(company)
        await sender.blow(BIG)
        await weathered(company, BIG, sender, LONG_S)


@pytest.mark.slow
async def test_kill_among_ten_thousand_alerts(tmp_path: Path) -> None:
    """The same with kill -9 in the middle."""
    await killed_in_the_middle(BIG, tmp_path, LONG_S)

"""The checker can fail: with a defence switched off it finds what the defence prevents.

What each defence takes with it is in `ablations`; "fence" needs two processes (`test_replicas`).
"""

import asyncio
import sys
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

import pytest

from tests.faults.ablations import ALL
from tests.faults.checker import broken_promises
from tests.faults.company import KILLED, Company, running_company
from tests.faults.killable import Kill
from tests.faults.promises import Broken
from tests.faults.rehearsal import USERS, After, Rehearsal, settled
from tests.faults.senders import Senders, SendersLog
from tests.faults.upstream import read_upstream

KILLS: dict[str, Sequence[Kill | After]] = {
    "look before sending again": [Kill("delivery.answered", nth) for nth in (1, 4, 6, 7)],
    "open attempts are unknown": [Kill("delivery.answered", nth) for nth in (1, 4, 6, 7)],
    "inbox keys": [Kill("intake.recorded", nth) for nth in (1, 4, 6, 7)],
    "commit before the answer": [After(0.2)],
    "echo guard": [],
}


@pytest.mark.parametrize("defence", KILLS)
async def test_without_a_defence_the_checker_finds_it(defence: str, tmp_path: Path) -> None:
    """What is lost, repeated, invented or kept quiet does not escape the checker."""
    async with running_company(tmp_path) as company:
        without = frozenset({defence})
        rehearsal = Rehearsal(company, KILLS[defence], without, patience_s=15.0)
        found = await rehearsal.broken_promises()
    assert ALL[defence].breaks in {each.promise for each in found}


Story = Callable[[Company, Senders, frozenset[str]], Awaitable[None]]


async def _loses_the_right(company: Company, senders: Senders, without: frozenset[str]) -> None:
    """A page is accepted; before it is sent, people without a credential may page no more."""
    async with company.service(Kill("delivery.claimed"), without) as service:
        page = await senders.page("U0AVERY", "118", "C0SHARED")
        assert await service.ended() == KILLED
    senders.log.barred.append(page.token)
    denied = '\n[policy]\nunlinked = "deny"\n'
    company.config.write_text(company.config.read_text() + denied)
    async with company.service(without=without):
        await settled(company, senders.log)


async def _talks_fast(company: Company, senders: Senders, without: frozenset[str]) -> None:
    """Several replies wait behind one that takes its time."""
    async with company.service(without=without):
        page = await senders.page("U0DANA", "102", "C0PERSON")
        await senders.root(page)
        await settled(company, senders.log)
        slow = {"verb": "process_then_hang", "match": {"path": "company-pager"}, "times": 1}
        await company.pager_door.call("POST", "faults", slow)
        for _ in range(4):
            await senders.say("U0DANA", page)
        await settled(company, senders.log)


STORIES: dict[str, Story] = {
    "authority at send time": _loses_the_right,
    "refusals are told": _loses_the_right,
    "order in a lane": _talks_fast,
}


async def _judged(story: Story, folder: Path, without: frozenset[str]) -> list[Broken]:
    async with running_company(folder) as company:
        senders = Senders(company)
        await story(company, senders, without)
        return broken_promises(senders.log, await read_upstream(company, USERS))


@pytest.mark.parametrize("defence", STORIES)
async def test_a_story_tells_a_defence_from_none(defence: str, tmp_path: Path) -> None:
    """The same story breaks nothing with the defence, and its promise without."""
    (whole := tmp_path / "whole").mkdir()
    (bare := tmp_path / "bare").mkdir()
    assert await _judged(STORIES[defence], whole, frozenset()) == []
    found = await _judged(STORIES[defence], bare, frozenset({defence}))
    assert ALL[defence].breaks in {each.promise for each in found}


async def test_the_checker_is_a_program(tmp_path: Path) -> None:
    """It reads the senders' log from a file and asks the servers; its exit code tells."""
    async with running_company(tmp_path) as company:
        log = tmp_path / "senders.json"
        async with company.service():
            senders = Senders(company)
            await senders.page("U0DANA", "102", "C0PERSON")
            await settled(company, senders.log)
        senders.log.save(log)
        assert await _checked(company, log) == (0, "every promise is kept\n")
        SendersLog().save(log)
        code, told = await _checked(company, log)
    assert (code, told.split(":")[0]) == (1, "invented")


async def _checked(company: Company, log: Path) -> tuple[int, str]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.faults.checker"),
        *("--pager", company.pager.url, "--slack", company.slack.url, "--senders", str(log)),
        stdout=asyncio.subprocess.PIPE,
    )
    told, _ = await process.communicate()
    return process.returncode or 0, told.decode()


def test_every_defence_is_tried() -> None:
    """A switch that nobody uses proves nothing."""
    assert {*KILLS, *STORIES, "fence"} == {*ALL}

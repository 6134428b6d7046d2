"""What a start costs when a hundred thousand deliveries wait and a million threads are open."""

from pathlib import Path

import pytest

from adapters.storage import open_store
from tests.benchmarks.crowd import crowd
from tests.benchmarks.measuring import AGAIN, FLOOR, OURS, Bench, in_turns_async
from tests.benchmarks.starting import Started
from tests.fakes.clock import MovedClock
from tests.faults.company import Company, running_company
from tests.faults.waiting import until

pytestmark = pytest.mark.benchmark

THREADS = 1_000_000
PENDING = 100_000


async def paged_once(company: Company) -> None:
    """Send the page that all others are like."""
    async with company.service() as service:
        typed = {"user": "U0DANA", "channel": "C0PERSON", "text": "/page 102 Water in room 5"}
        await company.slack_door.post("commands", typed)

        async def shown() -> bool | None:
            return True if await company.slack_door.messages("C0PERSON") else None

        await until(shown, "the status message")
        await service.stop()


async def fill(company: Company) -> None:
    """Put the crowd into the file while nobody has it open."""
    url = f"sqlite:///{company.database}"
    async with await open_store(url, migrate=False, clock=MovedClock()) as opened:
        await crowd(opened.engine, THREADS, PENDING)


async def test_a_start_costs_the_same_with_much_to_look_after(bench: Bench, tmp_path: Path) -> None:
    """The rows are the schedule: nothing is read through, whatever waits."""
    folders = [tmp_path / name for name in ("idle", "idle again", "full")]
    for folder in folders:
        folder.mkdir()
    idle, again, full = (running_company(folder) for folder in folders)
    async with idle as one, again as other, full as loaded:
        for company in (one, other, loaded):
            await paged_once(company)
        await fill(loaded)
        starts = {FLOOR: Started(one), AGAIN: Started(other), OURS: Started(loaded)}
        for started in starts.values():
            await started()
        times = await in_turns_async(starts)
    bench.ratio(times, most=1.05, gate=1.3)

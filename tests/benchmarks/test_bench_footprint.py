"""What an idle service takes: memory, and CPU until it listens, beside importing its libraries."""

import sys
from asyncio.subprocess import create_subprocess_exec
from collections.abc import Mapping
from functools import partial
from pathlib import Path

import pytest

from tests.benchmarks.measuring import AGAIN, FLOOR, OURS, Bench, in_turns_async
from tests.benchmarks.starting import Started, spent_by_children
from tests.faults.company import running_company

pytestmark = pytest.mark.benchmark

MOST_MEMORY_MB = 90.0
IMPORTS = "import aiohttp.web, slack_bolt.async_app"


async def spent(*arguments: str, environment: Mapping[str, str]) -> float:
    """Measure an interpreter that is called with these arguments, until it ends."""
    before = spent_by_children()
    process = await create_subprocess_exec(sys.executable, *arguments, env=environment)
    await process.wait()
    return spent_by_children() - before


async def test_an_idle_service_is_small_and_starts_quickly(bench: Bench, tmp_path: Path) -> None:
    """At most 90 MB, and 1.6 times the CPU of importing aiohttp and Bolt."""
    async with running_company(tmp_path) as company:
        started = Started(company)
        imported = partial(spent, "-c", IMPORTS, environment=started.environment)
        await started()  # the first start makes the schema, and compiles
        await imported()
        started.memory_mb.clear()
        times = await in_turns_async({FLOOR: imported, AGAIN: imported, OURS: started})
    bench.at_most("memory, idle", max(started.memory_mb), "MB", MOST_MEMORY_MB, 160.0)
    bench.ratio(times, most=1.6, gate=6.0)

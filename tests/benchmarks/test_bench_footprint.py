"""What an idle service takes: memory, and CPU until it listens; what commands take beside it."""

import statistics
import sys
from asyncio.subprocess import create_subprocess_exec
from collections.abc import Mapping
from functools import partial
from pathlib import Path

import pytest

from tests.benchmarks.measuring import AGAIN, FLOOR, OURS, ROUNDS, Bench, in_turns_async
from tests.benchmarks.starting import Started, as_installed, spent_by_children
from tests.faults.company import running_company

pytestmark = pytest.mark.benchmark

MOST_MEMORY_MB = 90.0
IMPORTS = "import aiohttp.web, slack_bolt.async_app"
COMMANDS = {"--help": 0.3, "status": 0.5}
"""With the most that each should take, in seconds of CPU."""


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
    bench.at_most("memory, idle", max(started.memory_mb), "MB", MOST_MEMORY_MB, 125.0)
    bench.ratio(times, most=1.6, gate=4.0)


@pytest.mark.parametrize("command", COMMANDS)
async def test_a_command_is_there_at_once(bench: Bench, tmp_path: Path, command: str) -> None:
    """Help, and a question that reads the settings to find whom it asks; nobody answers here."""
    (tmp_path / "gateway.toml").touch()
    environment = {**as_installed(tmp_path), "GATEWAY_CONFIG": str(tmp_path / "gateway.toml")}
    call = partial(spent, "-m", "gateway", command, environment=environment)
    await call()  # compiles
    took = statistics.median([await call() for _ in range(ROUNDS)])
    bench.at_most(f"gateway {command}, CPU", took, "s", COMMANDS[command], 2 * COMMANDS[command])

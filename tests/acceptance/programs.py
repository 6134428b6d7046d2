"""The programs as an operator starts them: commands, settings in a file and in the environment."""

import asyncio
import json
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from gateway.system import SystemClock
from tests.faults.waiting import until

START_WITHIN_S = 30.0
STOP_WITHIN_S = 25.0

Json = dict[str, Any]

_BARE = {"PATH": "/usr/bin:/bin", "PYTHONPATH": str(Path(__file__).parents[2])}
"""No settings, and this very tree, in whatever folder a command is called."""


@dataclass
class Program:
    """One running command; `said` is what it wrote to standard error so far, line by line."""

    process: Process
    said: list[str] = field(default_factory=list)

    async def ready(self) -> Json:
        """Wait for the line that says it listens."""
        async with asyncio.timeout(START_WITHIN_S):
            line = await _stream(self.process.stdout).readline()
        ready: Json = json.loads(line)
        return ready

    async def logged(self, event: str) -> Json:
        """Wait for a line of the log."""

        async def written() -> Json | None:
            return next((one for one in self.entries() if one.get("event") == event), None)

        return await until(written, f"{event} in the log", START_WITHIN_S)

    def entries(self) -> Iterator[Json]:
        """Read the log so far."""
        for line in self.said:
            with suppress(json.JSONDecodeError):
                yield json.loads(line)

    async def stop(self, within_s: float = STOP_WITHIN_S) -> int:
        """Send SIGTERM and wait for the end."""
        self.process.send_signal(signal.SIGTERM)
        return await self.ended(within_s)

    async def ended(self, within_s: float = START_WITHIN_S) -> int:
        """Wait for the end; the exit code."""
        async with asyncio.timeout(within_s):
            return await self.process.wait()

    async def listen(self) -> None:
        """Take what it writes, as a log collector does, until it closes its end."""
        async for line in _stream(self.process.stderr):
            self.said.append(line.decode())


def _stream(stream: asyncio.StreamReader | None) -> asyncio.StreamReader:
    if stream is None:
        raise ValueError("not a pipe")
    return stream


@asynccontextmanager
async def program(
    *arguments: str | Path, environment: Mapping[str, str] | None = None
) -> AsyncIterator[Program]:
    """Run `gateway …` for the length of the block, with no settings but the given ones."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "gateway",
        *map(str, arguments),
        stdout=PIPE,
        stderr=PIPE,
        env={**_BARE, **(environment or {})},
    )
    running = Program(process)
    async with asyncio.TaskGroup() as group:
        listening = group.create_task(running.listen())
        try:
            yield running
        finally:
            with suppress(ProcessLookupError):
                process.kill()
            await process.wait()
            await listening


@dataclass(frozen=True)
class Said:
    """What a command said, and how it ended."""

    code: int
    out: str
    err: str


async def command(
    *arguments: str | Path, environment: Mapping[str, str] | None = None, given: str = ""
) -> Said:
    """Run `gateway …` to its end, with something on standard input."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "gateway", *map(str, arguments)),
        stdin=PIPE,
        stdout=PIPE,
        stderr=PIPE,
        env={**_BARE, **(environment or {})},
    )
    out, err = await process.communicate(given.encode())
    return Said(process.returncode or 0, out.decode(), err.decode())


def elapsed_s(since: float) -> float:
    """Measure real time."""
    return SystemClock().monotonic() - since


def now() -> float:
    """Begin to measure."""
    return SystemClock().monotonic()

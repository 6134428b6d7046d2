"""The service started as an operator starts it, and what that takes."""

import os
import resource
import sys
from asyncio.subprocess import DEVNULL, create_subprocess_exec
from collections.abc import Mapping
from contextlib import suppress
from http.client import OK
from pathlib import Path

from aiohttp import ClientError

from tests.benchmarks.measuring import memory_of
from tests.faults.company import Company
from tests.faults.waiting import until


def spent_by_children() -> float:
    """Tell the CPU seconds of all processes that were waited for."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def compiled_in(folder: Path) -> Mapping[str, str]:
    """Give the environment of programs whose modules are compiled once, as an installation's are.

    The first program that is started with it compiles them.
    """
    inherited = dict(os.environ)  # noqa: TID251 - passed on to a process of our own
    inherited.pop("PYTHONDONTWRITEBYTECODE", None)
    return {**inherited, "PYTHONPYCACHEPREFIX": str(folder / "compiled")}


class Started:
    """The command, started as an operator starts it."""

    def __init__(self, company: Company) -> None:
        self.company = company
        self.environment = compiled_in(company.folder)
        self.memory_mb: list[float] = []

    async def __call__(self) -> float:
        """Start it, wait until it listens, look at its memory and stop it; gives its CPU."""
        before = spent_by_children()
        command = ("-m", "gateway", "run", "--config", str(self.company.config))
        process = await create_subprocess_exec(
            sys.executable, *command, stderr=DEVNULL, env=self.environment
        )
        await until(self._listens, "the service listening")
        self.memory_mb.append(memory_of(process.pid))
        process.terminate()
        await process.wait()
        return spent_by_children() - before

    async def _listens(self) -> bool | None:
        with suppress(ClientError):
            async with self.company.session.get(f"{self.company.url}/healthz") as answer:
                return True if answer.status == OK else None
        return None

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


_ONLY_HERE = "rich"
"""Comes with tools for developers; structlog imports it wherever it is."""


def as_installed(folder: Path) -> Mapping[str, str]:
    """Give the environment of programs that find what an installation has, and as it has it.

    Modules are compiled: the first program that is started with it does so.
    """
    hidden = folder / "hidden"
    hidden.mkdir()
    (hidden / f"{_ONLY_HERE}.py").write_text("raise ImportError\n", encoding="utf-8")
    inherited = dict(os.environ)  # noqa: TID251 - passed on to a process of our own
    inherited.pop("PYTHONDONTWRITEBYTECODE", None)
    paths = filter(None, (str(hidden), inherited.get("PYTHONPATH")))
    compiled = {"PYTHONPYCACHEPREFIX": str(folder / "compiled")}
    return {**inherited, **compiled, "PYTHONPATH": os.pathsep.join(paths)}


class Started:
    """The command, started as an operator starts it."""

    def __init__(self, company: Company) -> None:
        self.company = company
        self.environment = as_installed(company.folder)
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

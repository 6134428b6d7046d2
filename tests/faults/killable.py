"""The production service in a process of its own that ends itself with SIGKILL at a named point.

The process is forked from a server that has everything imported, so a restart takes a fraction of a
second. What is rehearsed is in `Orders`; everything else is what `gateway run` does.
"""

import asyncio
import os
import signal
import sys
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from pathlib import Path

from typing_extensions import override

from gateway import bootstrap
from gateway.bootstrap.process import stop_signal
from gateway.domain.deliveries import Policy
from gateway.logs import set_up_logs
from gateway.ports.faults import FaultPoints
from gateway.services.alerts import budget
from gateway.settings import load_settings
from tests.faults import ablations

PRELOADED = (
    "adapters.chat.slack.adapter",
    "adapters.storage.migrate",
    "adapters.storage.vault",
    "pytest",  # the child imports the parent's main module
    "tests.faults.killable",
)
HURRIED = partial(Policy, first_look_s=0.2, backoff_first_s=0.2, backoff_cap_s=1.0)
HURRIED_GATHER = timedelta(seconds=2)
"""Shorter pauses than any setting allows; what happens in them stays the same."""


@dataclass(frozen=True)
class Kill:
    """Where the process dies: at the `nth` pass of a point, counted from its start."""

    point: str
    nth: int = 1


@dataclass(frozen=True)
class Orders:
    """What one process is told: its settings file, where it logs, and what is rehearsed.

    `without` names the defences of `ablations` that are switched off.
    """

    config: Path
    log: Path
    kill: Kill | None = None
    without: frozenset[str] = field(default_factory=frozenset)


class KillAt(FaultPoints):
    """Sends SIGKILL to its own process: nothing is flushed, closed or told."""

    def __init__(self, kill: Kill | None) -> None:
        self._kill = kill
        self._passes = 0

    @override
    async def at(self, point: str) -> None:
        if self._kill is None or point != self._kill.point:
            return
        self._passes += 1
        if self._passes == self._kill.nth:
            os.kill(os.getpid(), signal.SIGKILL)


def run(orders: Orders) -> None:
    """Be the child process."""
    log = os.open(orders.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.dup2(log, sys.stdout.fileno())
    os.dup2(log, sys.stderr.fileno())
    for name in orders.without:
        ablations.ALL[name]()
    vars(bootstrap.house)["Policy"] = HURRIED
    vars(budget)["GATHER"] = HURRIED_GATHER
    asyncio.run(_serve(orders))


async def _serve(orders: Orders) -> None:
    settings = load_settings(orders.config)
    set_up_logs(settings.log.level, json=True)
    seams = bootstrap.Seams(faults=KillAt(orders.kill))
    async with bootstrap.running_gateway(settings, seams):
        await stop_signal()

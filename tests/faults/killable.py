"""The production service in a process of its own that ends itself with SIGKILL at a named point.

The process is forked from a server that has everything imported, so a restart takes a fraction of a
second. What is rehearsed is in `Orders`; everything else is what `gateway run` does.
"""

import asyncio
import os
import sys
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from pathlib import Path
from random import Random
from signal import SIGKILL, Signals

from typing_extensions import override

from adapters.pager.ringcentral import auth
from gateway import bootstrap
from gateway.bootstrap.process import spare_the_collector, stop_signal
from gateway.domain.deliveries import Policy
from gateway.logs import set_up_logs
from gateway.ports.faults import FaultPoints
from gateway.services import dispatching
from gateway.services.alerts import budget
from gateway.settings import load_settings
from tests.faults import ablations, points

PRELOADED = (
    "adapters.chat.slack.adapter",
    "adapters.storage.migrate",
    "adapters.storage.postgresql",
    "adapters.storage.vault",
    "pytest",  # the child imports the parent's main module
    "tests.faults.killable",
)
HURRIED = partial(Policy, first_look_s=0.2, backoff_first_s=0.2, backoff_cap_s=1.0)
HURRIED_GATHER = timedelta(seconds=2)
HURRIED_TURN = timedelta(seconds=1)
"""Shorter pauses than any setting allows; what happens in them stays the same."""


@dataclass(frozen=True)
class Kill:
    """Where the process dies: at the `nth` pass of a point, counted from its start.

    With SIGSTOP it freezes there, until somebody sends SIGCONT.
    """

    point: str
    nth: int = 1
    signal: Signals = SIGKILL


@dataclass(frozen=True)
class Orders:
    """What one process is told: its settings file, where it logs, and what is rehearsed.

    `without` names the defences of `ablations` that are switched off. A lease is that of
    production unless `lease_s` says otherwise.
    """

    config: Path
    log: Path
    kill: Kill | None = None
    without: frozenset[str] = field(default_factory=frozenset)
    lease_s: float | None = None


class StrikeAt(FaultPoints):
    """Sends a signal to its own process; after SIGKILL nothing is flushed, closed or told."""

    def __init__(self, kill: Kill | None) -> None:
        self._kill = kill
        self._passes = 0

    @override
    async def at(self, point: str) -> None:
        self.strike(point)

    def strike(self, point: str) -> None:
        """Pass a point."""
        if self._kill is None or point != self._kill.point:
            return
        self._passes += 1
        if self._passes == self._kill.nth:
            os.kill(os.getpid(), self._kill.signal)


def run(orders: Orders) -> None:
    """Be the child process."""
    log = os.open(orders.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.dup2(log, sys.stdout.fileno())
    os.dup2(log, sys.stderr.fileno())
    faults = StrikeAt(orders.kill)
    if orders.kill:
        points.place(faults.strike, Random(orders.kill.nth))  # noqa: S311 - seeded
    for name in orders.without:
        ablations.ALL[name].take_away()
    vars(bootstrap.house)["Policy"] = HURRIED
    vars(budget)["GATHER"] = HURRIED_GATHER
    vars(auth)["TURN"] = HURRIED_TURN
    if orders.lease_s is not None:
        vars(dispatching)["_LEASE_S"] = orders.lease_s
    asyncio.run(_serve(orders, faults))


async def _serve(orders: Orders, faults: FaultPoints) -> None:
    settings = load_settings(orders.config)
    set_up_logs(settings.log.level, json=True)
    seams = bootstrap.Seams(faults=faults)
    async with bootstrap.running_gateway(settings, seams):
        spare_the_collector()
        await stop_signal()

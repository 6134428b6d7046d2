"""The service in the test's own process, where a test holds its clock and its witness."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest
from typing_extensions import override

from gateway import bootstrap
from gateway.bootstrap import RunningGateway, Seams, running_gateway
from gateway.demo.clock import MovableClock
from gateway.domain.errors import FactValue
from gateway.ports.faults import FaultPoints, NoFaults
from gateway.ports.observer import Observer
from gateway.settings import load_settings
from gateway.system import SystemClock
from tests.faults.company import Company
from tests.faults.killable import HURRIED


@dataclass
class Witness(Observer):
    """Remembers the names of events."""

    seen: list[str] = field(default_factory=list)

    @override
    def saw(self, event: str, /, **facts: FactValue) -> None:
        self.seen.append(event)

    async def trouble(self) -> bool | None:
        """Tell whether the database failed a write."""
        return True if "store.write_failed" in self.seen else None


@dataclass
class DoAt(FaultPoints):
    """Does something at the first pass of a point."""

    point: str
    deed: Callable[[], object]
    done: bool = False

    @override
    async def at(self, point: str) -> None:
        if point == self.point and not self.done:
            self.done = True
            self.deed()


@dataclass(frozen=True)
class Served:
    """A service in this process, and what the test holds of it."""

    gateway: RunningGateway
    clock: MovableClock
    witness: Witness


@asynccontextmanager
async def serving(
    company: Company, monkeypatch: pytest.MonkeyPatch, faults: FaultPoints | None = None
) -> AsyncIterator[Served]:
    """Run the service on a company's data, impatiently, with a clock that can be moved."""
    monkeypatch.setattr(bootstrap, "Policy", HURRIED)
    clock, witness = MovableClock(SystemClock()), Witness()
    seams = Seams(clock=clock, observer=witness, faults=faults or NoFaults())
    async with running_gateway(load_settings(company.config), seams) as gateway:
        yield Served(gateway, clock, witness)

"""The service in the test's own process, where a test holds its clock and its witness."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest
from typing_extensions import override

from gateway import bootstrap
from gateway.bootstrap import RunningGateway, Seams, running_gateway
from gateway.demo.clock import MovableClock
from gateway.domain.errors import FactValue
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


@dataclass(frozen=True)
class Served:
    """A service in this process, and what the test holds of it."""

    gateway: RunningGateway
    clock: MovableClock
    witness: Witness


@asynccontextmanager
async def serving(company: Company, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Served]:
    """Run the service on a company's data, impatiently, with a clock that can be moved."""
    monkeypatch.setattr(bootstrap, "Policy", HURRIED)
    clock, witness = MovableClock(SystemClock()), Witness()
    seams = Seams(clock=clock, observer=witness)
    async with running_gateway(load_settings(company.config), seams) as gateway:
        yield Served(gateway, clock, witness)

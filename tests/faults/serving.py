"""The service in the test's own process, where a test holds its clock and its witness."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest
from typing_extensions import override

from gateway import bootstrap
from gateway.bootstrap import RunningGateway, Seams, running_gateway
from gateway.demo.clock import MovableClock
from gateway.domain.deliveries import DeliveryState
from gateway.domain.errors import FactValue
from gateway.ports.faults import FaultPoints, NoFaults
from gateway.ports.observer import Observer
from gateway.settings import load_settings
from gateway.system import SystemClock
from tests.faults.company import Company
from tests.faults.killable import HURRIED
from tests.faults.waiting import until

MINUTE_S = 60.0


@dataclass
class Witness(Observer):
    """Remembers the names of events."""

    seen: list[str] = field(default_factory=list)

    @override
    def saw(self, event: str, /, **facts: FactValue) -> None:
        self.seen.append(event)

    def has_seen(self, event: str, times: int = 1) -> Callable[[], Awaitable[bool | None]]:
        """Ask whether something was seen so many times."""

        async def seen() -> bool | None:
            return True if self.seen.count(event) >= times else None

        return seen

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


@dataclass(frozen=True, repr=False)
class Served:
    """A service in this process, and what the test holds of it."""

    company: Company
    gateway: RunningGateway
    clock: MovableClock
    witness: Witness

    async def advance(self, seconds: float) -> None:
        """Move the clocks of all three together."""
        self.clock.advance(seconds)
        await self.company.pager_door.call("POST", "clock", {"advance_s": seconds})
        moved = {"advance_s": seconds, "with_app": True}
        await self.company.slack_door.post("clock", moved)

    async def let_pass(self, minutes: int) -> None:
        """Let time pass minute by minute; nothing is under way when it moves."""
        for _ in range(minutes):
            await until(self._hands_are_free, "free hands")
            await self.advance(MINUTE_S)
        await until(self._hands_are_free, "free hands")

    async def _hands_are_free(self) -> bool | None:
        under_way = {DeliveryState.CLAIMED, DeliveryState.ATTEMPTING}
        return True if under_way.isdisjoint(await self.gateway.store.counts()) else None


class Wall(SystemClock):
    """A clock that somebody may put right while we look at it; what never goes back does not."""

    def __init__(self) -> None:
        self._back = timedelta(0)

    @override
    def now(self) -> datetime:
        return super().now() - self._back

    def put_back(self, by: timedelta) -> None:
        """Say from now on that it is earlier."""
        self._back += by


@asynccontextmanager
async def serving(
    company: Company,
    monkeypatch: pytest.MonkeyPatch,
    faults: FaultPoints | None = None,
    wall: Wall | None = None,
) -> AsyncIterator[Served]:
    """Run the service on a company's data, impatiently, with a clock that can be moved."""
    monkeypatch.setattr(bootstrap.house, "Policy", HURRIED)
    clock, witness = MovableClock(wall or SystemClock()), Witness()
    seams = Seams(clock=clock, observer=witness, faults=faults or NoFaults())
    async with running_gateway(load_settings(company.config), seams) as gateway:
        yield Served(company, gateway, clock, witness)

"""A clock that a test moves: nobody waits for real time, and nothing happens behind its back."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from typing_extensions import override

from gateway.ports.clock import Clock


@dataclass
class MovedClock(Clock):
    """Stands still until it is moved; sleepers wake when it passes their time.

    `followers` are moved along by the same seconds.
    """

    started: datetime = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
    passed_s: float = 0.0
    followers: list[Callable[[float], None]] = field(default_factory=list)
    someone_waits: asyncio.Event = field(default_factory=asyncio.Event)
    _waiting: list[tuple[float, asyncio.Event]] = field(default_factory=list)

    @override
    def now(self) -> datetime:
        return self.started + timedelta(seconds=self.passed_s)

    @override
    def monotonic(self) -> float:
        return self.passed_s

    @override
    async def sleep(self, seconds: float) -> None:
        over = asyncio.Event()
        self._waiting.append((self.passed_s + seconds, over))
        self.someone_waits.set()
        self.move(0)
        try:
            await over.wait()
        finally:
            self._waiting = [each for each in self._waiting if each[1] is not over]

    @property
    def sleepers(self) -> int:
        """Count who waits for time to pass."""
        return len(self._waiting)

    def move(self, seconds: float) -> None:
        """Let time pass and wake whoever waited for it."""
        self.passed_s += seconds
        for follow in self.followers:
            follow(seconds)
        for due in [each for each in self._waiting if each[0] <= self.passed_s]:
            self._waiting.remove(due)
            due[1].set()
        if not self._waiting:
            self.someone_waits.clear()

    def set(self, at: datetime) -> None:
        """Move to a moment."""
        self.move((at - self.now()).total_seconds())


@dataclass
class SkippingClock(MovedClock):
    """Every sleep is over at once, and as long as it was asked to be; `slept` remembers them."""

    slept: list[float] = field(default_factory=list)

    @override
    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.move(max(0.0, seconds))
        await asyncio.sleep(0)  # noqa: TID251 - only yields

"""Time that runs as usual and can be moved ahead, so that an outage of an hour takes a second."""

import asyncio
from datetime import datetime, timedelta

from typing_extensions import override

from gateway.ports.clock import Clock


class MovableClock(Clock):
    """A clock whose sleepers wake when it is moved past their time."""

    def __init__(self, base: Clock) -> None:
        self._base = base
        self._ahead_s = 0.0
        self._moved = asyncio.Event()

    @override
    def now(self) -> datetime:
        return self._base.now() + timedelta(seconds=self._ahead_s)

    @override
    def monotonic(self) -> float:
        return self._base.monotonic() + self._ahead_s

    @override
    async def sleep(self, seconds: float) -> None:
        due = self.monotonic() + seconds
        await self._base.sleep(0)
        while (left_s := due - self.monotonic()) > 0:
            try:
                async with asyncio.timeout(left_s):
                    await self._moved.wait()
            except TimeoutError:
                continue

    def advance(self, seconds: float) -> None:
        """Move ahead and wake everybody who waits for a moment now passed."""
        self._ahead_s += seconds
        moved, self._moved = self._moved, asyncio.Event()
        moved.set()

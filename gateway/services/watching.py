"""What this process has in hand, and for how long it has watched what got no answer.

By the clock that only goes forward. The wall may be set at any moment: then a lease seems to be
over while its worker is busy, and a message sent a moment ago seems to be missing for long.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from gateway.domain.ids import DeliveryId
from gateway.ports.clock import Clock

_MOST = 10_000
"""Of more, the oldest is watched anew: others may have finished it, and nobody told us."""


@dataclass
class Watching:
    """Keeps deliveries apart, and time."""

    clock: Clock
    _since: dict[DeliveryId, float] = field(default_factory=dict, init=False)
    _in_hand: dict[DeliveryId, asyncio.Event] = field(default_factory=dict, init=False)

    @asynccontextmanager
    async def alone(self, delivery: DeliveryId) -> AsyncIterator[None]:
        """Work on a delivery when whoever works on it here is through."""
        while other := self._in_hand.get(delivery):
            await other.wait()
        mine = self._in_hand[delivery] = asyncio.Event()
        try:
            yield
        finally:
            del self._in_hand[delivery]
            mine.set()

    def begin(self, delivery: DeliveryId) -> None:
        """Watch from now on: an attempt begins."""
        self._since.pop(delivery, None)
        self._since[delivery] = self.clock.monotonic()
        if len(self._since) > _MOST:
            del self._since[next(iter(self._since))]

    def watched_s(self, delivery: DeliveryId) -> float:
        """Tell for how long, in seconds; what another process began is watched from now on."""
        if delivery not in self._since:
            self.begin(delivery)
        return self.clock.monotonic() - self._since[delivery]

    def end(self, delivery: DeliveryId) -> None:
        """Watch no longer."""
        self._since.pop(delivery, None)

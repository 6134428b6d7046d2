"""What this process has in hand, and for how long it has watched what got no answer.

By the clock that only goes forward. The wall may be set at any moment: then a lease seems to be
over while its worker is busy, and a message sent a moment ago seems to be missing for long.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import NamedTuple

from gateway.domain.deliveries import Delivery, Watched
from gateway.domain.ids import DeliveryId
from gateway.ports.clock import Clock

_MOST = 10_000
"""Of more, the oldest is watched anew: others may have finished it, and nobody told us."""


class _Since(NamedTuple):
    at: float
    ours: bool


@dataclass
class Watching:
    """Keeps deliveries apart, and time."""

    clock: Clock
    _since: dict[tuple[DeliveryId, int], _Since] = field(default_factory=dict, init=False)
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

    def begin(self, delivery: Delivery) -> None:
        """Watch from now on: an attempt begins here."""
        self._note(delivery, ours=True)

    def watched(self, delivery: Delivery) -> Watched:
        """Tell how long the last attempt has been watched; another process's, from now on."""
        since = self._since.get(_attempt(delivery)) or self._note(delivery, ours=False)
        return Watched(self.clock.monotonic() - since.at, since.ours)

    def end(self, delivery: Delivery) -> None:
        """Watch no longer."""
        self._since.pop(_attempt(delivery), None)

    def _note(self, delivery: Delivery, *, ours: bool) -> _Since:
        since = self._since[_attempt(delivery)] = _Since(self.clock.monotonic(), ours)
        if len(self._since) > _MOST:
            del self._since[next(iter(self._since))]
        return since


def _attempt(delivery: Delivery) -> tuple[DeliveryId, int]:
    return delivery.id, delivery.attempt

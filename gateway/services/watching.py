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
    found_at: float


@dataclass
class Watching:
    """Keeps deliveries apart, and time.

    Who is `alone` on the database knows that every other process was dead when this one started:
    what such a process began has been watched since then, however late it is looked at.
    """

    clock: Clock
    alone: bool
    _unnoted_since: float = field(init=False)
    """What is not noted began earlier, if we are alone."""
    _since: dict[tuple[DeliveryId, int], _Since] = field(default_factory=dict, init=False)
    _in_hand: dict[DeliveryId, asyncio.Event] = field(default_factory=dict, init=False)

    def __post_init__(self) -> None:
        """Start now."""
        self._unnoted_since = self.clock.monotonic()

    @asynccontextmanager
    async def by_one(self, delivery: DeliveryId) -> AsyncIterator[None]:
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
        self._note(delivery, self.clock.monotonic(), ours=True)

    def watched(self, delivery: Delivery) -> Watched:
        """Tell how long the last attempt has been watched.

        Another process's has been from the first look at it, a dead one's since we started.
        """
        now = self.clock.monotonic()
        since = self._since.get(_attempt(delivery)) or self._note(
            delivery, self._unnoted_since if self.alone else now, ours=False
        )
        return Watched(now - since.at, since.ours, since.found_at - since.at)

    def end(self, delivery: Delivery) -> None:
        """Watch no longer: it is on record that nobody looks for this attempt any more."""
        self._since.pop(_attempt(delivery), None)

    def _note(self, delivery: Delivery, at: float, *, ours: bool) -> _Since:
        since = self._since[_attempt(delivery)] = _Since(at, ours, self.clock.monotonic())
        if len(self._since) > _MOST:
            gone = self._since.pop(next(iter(self._since)))
            self._unnoted_since = max(self._unnoted_since, gone.at)
        return since


def _attempt(delivery: Delivery) -> tuple[DeliveryId, int]:
    return delivery.id, delivery.attempt

"""A clock that is put back: what was due by the old time is due now, not an hour later."""

from dataclasses import dataclass, field
from datetime import timedelta

from gateway.ports.clock import Clock
from gateway.ports.observer import Observer
from gateway.ports.store import Store

_NOTICED_S = 2.0
"""Less is the usual drift; nobody misses two seconds."""
_SOON = timedelta(minutes=2)
"""What was put by for longer is no retry, and can wait for its time by the new clock."""


@dataclass
class ClockWatch:
    """Compares the clock on the wall with one that never goes back."""

    store: Store
    clock: Clock
    observer: Observer
    _ahead_s: float = field(init=False)

    def __post_init__(self) -> None:
        """Believe the wall to begin with."""
        self._ahead_s = self._wall_ahead_s()

    def _wall_ahead_s(self) -> float:
        return self.clock.now().timestamp() - self.clock.monotonic()

    async def look(self) -> None:
        """Bring forward what waits, when the clock went back since the last look.

        Raises:
            StoreUnavailableError: the next look does it.
        """
        now, ahead_s = self.clock.now(), self._wall_ahead_s()
        back_s = self._ahead_s - ahead_s
        if back_s > _NOTICED_S:
            self.observer.saw("clock.put_back", seconds=round(back_s))
            await self.store.bring_forward(now, now + timedelta(seconds=back_s) + _SOON)
        self._ahead_s = ahead_s

"""A clock that is put back: what was due by the old time is due now, not an hour later."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from gateway.ports.clock import Clock
from gateway.ports.observer import Observer
from gateway.ports.store import Store

_NOTICED_S = 2.0
"""Less is the usual drift; nobody misses two seconds."""
_SOON = timedelta(minutes=2)
"""What was put by for longer is no retry, and can wait for its time by the new clock."""


@dataclass
class ClockWatch:
    """Compares the clock on the wall with one that never goes back, and at first with the record.

    A clock may also be put back while nobody runs; then what was written last is yet to come.
    """

    store: Store
    clock: Clock
    observer: Observer
    _ahead_s: float | None = field(default=None, init=False)

    async def look(self) -> None:
        """Bring forward what waits, when the clock went back since the last look.

        Raises:
            StoreUnavailableError: the next look does it.
        """
        now = self.clock.now()
        ahead_s = now.timestamp() - self.clock.monotonic()
        before_s = self._ahead_s
        back_s = await self._behind_the_record_s(now) if before_s is None else before_s - ahead_s
        if back_s > _NOTICED_S:
            self.observer.saw("clock.put_back", seconds=round(back_s))
            await self.store.bring_forward(now, now + timedelta(seconds=back_s) + _SOON)
        self._ahead_s = ahead_s

    async def _behind_the_record_s(self, now: datetime) -> float:
        newest = await self.store.audit_newest(1)
        return (newest[0].moment - now).total_seconds() if newest else 0.0

"""An operator keeps the gateway from sending to the pager for a while, and lets it go on.

Pages are taken as ever and their authors read that they wait; what is told in the chat goes on.
Who waits for longer than patience allows is told that nothing was sent, as always.
"""

import json
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from gateway.domain.audit import Act, Actor, AuditEntry
from gateway.domain.errors import StoreUnavailableError
from gateway.ports.changes import Audit, MoveCursor
from gateway.ports.clock import Clock
from gateway.ports.store import Store, Unit

_STREAM = "sending.paused"
_LOOK_EVERY_S = 5.0
_AGAIN = timedelta(seconds=5)


@dataclass(frozen=True, slots=True)
class Pause:
    """Who paused, and when."""

    by: str
    since: datetime


@dataclass
class Pausing:
    """Knows whether sending is paused; every replica and the next start know it too."""

    store: Store
    clock: Clock
    now: Pause | None = field(default=None, init=False)

    async def refresh(self) -> None:
        """Read what was decided, here or elsewhere.

        Raises:
            StoreUnavailableError: what was known before stays.
        """
        kept = await self.store.cursor(_STREAM)
        self.now = _read(kept) if kept else None

    async def run(self) -> None:
        """Keep up with other replicas until cancelled."""
        while True:
            await self.clock.sleep(_LOOK_EVERY_S)
            with suppress(StoreUnavailableError):
                await self.refresh()

    async def pause(self, by: Actor) -> None:
        """Send nothing more to the pager. What is under way comes to its end.

        Raises:
            StoreUnavailableError: nothing was changed.
        """
        if self.now is None:
            kept = json.dumps({"by": by.who, "since": self.clock.now().isoformat()})
            await self._keep(kept, Act.SENDING_PAUSED, by)

    async def resume(self, by: Actor) -> None:
        """Go on; what waits is tried within seconds.

        Raises:
            StoreUnavailableError: nothing was changed.
        """
        if self.now:
            await self._keep("", Act.SENDING_RESUMED, by)

    def until(self) -> datetime | None:
        """Tell when to ask again whether something may be sent; `None` when it may be now."""
        return self.clock.now() + _AGAIN if self.now else None

    async def _keep(self, kept: str, act: Act, by: Actor) -> None:
        at = self.clock.now()
        entry = AuditEntry(act, "", by, at)
        await self.store.commit(Unit((MoveCursor(_STREAM, kept, at), Audit(entry))))
        await self.refresh()


def _read(kept: str) -> Pause:
    facts = json.loads(kept)
    return Pause(facts["by"], datetime.fromisoformat(facts["since"]))

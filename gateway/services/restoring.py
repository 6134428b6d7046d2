"""After a restore: nothing is sent before everything that may have been sent was looked for."""

import asyncio
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime

from gateway.domain.audit import Act, Actor, AuditEntry
from gateway.domain.errors import StoreUnavailableError
from gateway.ports.changes import Audit, EndRestore
from gateway.ports.clock import Clock
from gateway.ports.observer import Observer
from gateway.ports.store import Store, Unit
from gateway.services.dispatching import Dispatcher
from gateway.services.operators import Operators

_LOOK_EVERY_S = 0.5
_GATEWAY = Actor("gateway", "restore")


@dataclass
class Restoration:
    """Keeps the dispatcher from sending while a restored database is reconciled."""

    store: Store
    dispatcher: Dispatcher
    operators: Operators
    clock: Clock
    observer: Observer
    taken_at: datetime | None = field(default=None, init=False)
    """When the backup was taken that is being reconciled; `None` while there is nothing to do."""
    _over: asyncio.Event = field(default_factory=asyncio.Event, init=False)

    async def begin(self) -> None:
        """Find out whether the database was restored, before anything works on it.

        Raises:
            StoreUnavailableError: nobody knows.
        """
        self.taken_at = await self.store.take_over(self.clock.now())
        if self.taken_at is None:
            self._over.set()
            return
        self.dispatcher.paused = True
        self.observer.saw("restore.begun", taken_at=self.taken_at.isoformat())

    async def over(self) -> None:
        """Wait until sending goes on."""
        await self._over.wait()

    async def run(self) -> None:
        """Look until all is found out, then say so and let the dispatcher send."""
        while self.taken_at:
            with suppress(StoreUnavailableError):
                if not await self.store.unsettled(self.taken_at, self.clock.now()):
                    await self._end()
                    return
            await self.clock.sleep(_LOOK_EVERY_S)

    async def _end(self) -> None:
        entry = AuditEntry(Act.SENDING_RESUMED, "", _GATEWAY, self.clock.now())
        await self.store.commit(Unit((EndRestore(), Audit(entry), *self.operators.restored())))
        self.observer.saw("restore.ended")
        self.taken_at = None
        self.dispatcher.paused = False
        self._over.set()

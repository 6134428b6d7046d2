"""Everything that works in the background, and how it comes to its end."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta

from adapters.chat.slack import Slack
from adapters.pager.ringcentral import RingCentralPager
from gateway.bootstrap.tls import Tls
from gateway.domain.errors import StoreUnavailableError
from gateway.ports.clock import Clock
from gateway.ports.store import Store
from gateway.routes.keeping import RoutesKeeper
from gateway.services.auditing import AuditTrail
from gateway.services.catching_up import CatchingUp
from gateway.services.core import Core
from gateway.services.directory_sync import DirectoryKeeper
from gateway.services.restoring import Restoration

_DRAIN_S = 20.0
_TAKE_OVER_EVERY_S = 5.0
_TIDY_EVERY_S = 3600.0
_TIDY_BATCH = 500


@dataclass(frozen=True)
class Keeping:
    """How long what is over is kept."""

    finished: timedelta
    audit: timedelta


@dataclass(frozen=True)
class Loops:
    """The tasks of a running gateway; one that fails ends all, and the process with them."""

    core: Core
    directory: DirectoryKeeper
    pager: RingCentralPager
    slack: Slack
    catching_up: CatchingUp
    store: Store
    clock: Clock
    keep: Keeping
    audit: AuditTrail
    restoration: Restoration
    routes: RoutesKeeper | None = None
    tls: Tls | None = None

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Work for the length of the block; then let what is in hand come to its end."""
        beats = self.core.heartbeats
        async with asyncio.TaskGroup() as group:
            dispatcher = group.create_task(self.core.dispatcher.run(), name="dispatcher")
            others = [
                group.create_task(loop, name=name)
                for name, loop in {
                    "restoration": self.restoration.run(),
                    "mailboxes": self._mailboxes(),
                    "linking": self.core.linking.run(),
                    "directory": self.directory.run(),
                    "pager upkeep": self.pager.keep(),
                    "slack": self.slack.run(),
                    "catching up": self.catching_up.run(),
                    "taking over": self._take_over(),
                    "tidying": self._tidy(),
                    **({"heartbeats": beats.run()} if beats else {}),
                    **({"routes": self.routes.run()} if self.routes else {}),
                    **({"tls": self.tls.run(self.clock)} if self.tls else {}),
                }.items()
            ]
            try:
                yield
            finally:
                self.core.dispatcher.stop()
                await asyncio.wait([dispatcher], timeout=_DRAIN_S)
                for task in (dispatcher, *others):
                    task.cancel()

    async def _mailboxes(self) -> None:
        """Read them once it is known which conversations are ours."""
        await self.restoration.over()
        await self.core.mailboxes.run()

    async def _take_over(self) -> None:
        """Settle what a worker left whose lease ended: another replica's, or one of ours."""
        while True:
            await self.clock.sleep(_TAKE_OVER_EVERY_S)
            with suppress(StoreUnavailableError):
                await self.store.recover(self.clock.now(), everything=False)

    async def _tidy(self) -> None:
        """Forget what is finished and old, in small batches; tell where the audit trail ends."""
        while True:
            before = self.clock.now() - self.keep.finished
            with suppress(StoreUnavailableError):
                while await self.store.forget(before, _TIDY_BATCH):
                    await self.clock.sleep(0)
                await self.audit.forget(self.keep.audit)
                await self.audit.anchor()
            await self.clock.sleep(_TIDY_EVERY_S)

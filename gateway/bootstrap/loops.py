"""Everything that works in the background, and how it comes to its end."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta

from gateway.bootstrap.parts import Parts
from gateway.domain.errors import StoreUnavailableError
from gateway.services.auditing import AuditTrail
from gateway.services.catching_up import CatchingUp
from gateway.services.clock_watch import ClockWatch
from gateway.services.leading import while_leading
from gateway.services.probing import Probing

_DRAIN_S = 20.0
_TAKE_OVER_EVERY_S = 1.0
_TIDY_EVERY_S = 3600.0
_TIDY_BATCH = 500


@dataclass(frozen=True)
class Loops:
    """The tasks of a workspace; one that fails ends all, and the block with them."""

    parts: Parts
    audit: AuditTrail

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Work for the length of the block; then let what is in hand come to its end."""
        parts, core = self.parts, self.parts.core
        beats, routes, probing = core.heartbeats, parts.routes, self._probing()
        leadership = parts.opened.engine.leadership
        async with asyncio.TaskGroup() as group:
            dispatcher = group.create_task(core.dispatcher.run(), name="dispatcher")
            others = [
                group.create_task(loop, name=name)
                for name, loop in {
                    "restoration": parts.restoration.run(),
                    "mailboxes": self._mailboxes(),
                    "linking": core.linking.run(),
                    "pausing": core.pausing.run(),
                    "directory": parts.directory.run(),
                    "pager upkeep": while_leading(leadership, parts.pager.keep),
                    "slack": parts.slack.run(),
                    "catching up": while_leading(leadership, self._catching_up().run),
                    "taking over": self._take_over(),
                    "tidying": while_leading(leadership, self._tidy),
                    **({"probe": while_leading(leadership, probing.run)} if probing else {}),
                    **({"heartbeats": beats.run()} if beats else {}),
                    **({"routes": routes.run()} if routes else {}),
                }.items()
            ]
            try:
                yield
            finally:
                core.dispatcher.stop()
                await asyncio.wait([dispatcher], timeout=_DRAIN_S)
                for task in (dispatcher, *others):
                    task.cancel()

    async def _mailboxes(self) -> None:
        """Read them once it is known which conversations are ours."""
        await self.parts.restoration.over()
        await self.parts.core.mailboxes.run()

    def _catching_up(self) -> CatchingUp:
        parts = self.parts
        store, clock = parts.opened.store, parts.seams.clock
        return CatchingUp(store, parts.vault, parts.slack, clock, parts.observer)

    def _probing(self) -> Probing | None:
        parts, settings = self.parts, self.parts.settings.probe
        if not settings.to:
            return None
        return Probing(
            settings.to,
            settings.every_minutes * 60,
            parts.core.orders,
            parts.opened.store,
            parts.pager,
            parts.house.words,
            parts.seams.clock,
            parts.seams.ids,
            parts.observer,
        )

    async def _take_over(self) -> None:
        """Settle what a worker left that died, or whose lease ended: another replica's or ours."""
        clock, store = self.parts.seams.clock, self.parts.opened.store
        watch = ClockWatch(store, clock, self.parts.observer)
        while True:
            with suppress(StoreUnavailableError):
                await watch.look()
                await store.recover(clock.now(), everything=False)
            await clock.sleep(_TAKE_OVER_EVERY_S)

    async def _tidy(self) -> None:
        """Forget what is finished and old, in small batches; tell where the audit trail ends."""
        clock, store = self.parts.seams.clock, self.parts.opened.store
        database = self.parts.settings.database
        while True:
            before = clock.now() - timedelta(days=database.keep_days)
            with suppress(StoreUnavailableError):
                while await store.forget(before, _TIDY_BATCH):
                    await clock.sleep(0)
                await self.audit.forget(timedelta(days=database.keep_audit_days))
                await self.audit.anchor()
            await clock.sleep(_TIDY_EVERY_S)

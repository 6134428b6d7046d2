"""The workspace removed us: its credentials go, and what it would be told waits."""

import asyncio
from dataclasses import dataclass, field

from gateway.domain.audit import Act, Actor, AuditEntry
from gateway.domain.inbound import WorkspaceGone
from gateway.ports.changes import Audit
from gateway.ports.chat import Chat
from gateway.ports.clock import Clock
from gateway.ports.observer import Observer
from gateway.ports.store import Store, Unit
from gateway.services.linking.links import Links
from gateway.services.operators import Operators


@dataclass(frozen=True)
class Leaving:
    """Ends what a workspace let us do. Alerts, programs and pagers are served on."""

    store: Store
    chat: Chat
    links: Links
    operators: Operators
    clock: Clock
    observer: Observer
    _one: asyncio.Lock = field(default_factory=asyncio.Lock, init=False)

    async def leave(self, gone: WorkspaceGone) -> None:
        """Forget every credential; the chat tells of one removal twice, in any order.

        Raises:
            StoreUnavailableError: not all is done; it has to be told again.
        """
        async with self._one:
            if self.chat.admitted:
                self.observer.saw("workspace.left", workspace=gone.workspace)
                by = Actor(gone.workspace, "chat")
                noted = AuditEntry(Act.WORKSPACE_LEFT, gone.workspace, by, self.clock.now())
                unit = Unit((Audit(noted), *self.operators.removed()), once=gone.key)
                await self.store.commit(unit)
                await self.chat.leave()
            await self.links.end_all(gone.workspace)

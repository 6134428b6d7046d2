"""Who is linked, brought from the store to everybody who has to know."""

import asyncio
from contextlib import suppress
from dataclasses import dataclass

from gateway.domain.errors import PagerError
from gateway.domain.ids import WorkspaceId
from gateway.ports.accounts import Accounts
from gateway.ports.store import Store
from gateway.services.mailboxes import Mailboxes
from gateway.services.people import People

_PATIENCE_S = 2.0


@dataclass(frozen=True)
class LinkBook:
    """The store is the truth, for all processes; memory, pager and mailboxes follow it."""

    store: Store
    workspace: WorkspaceId
    people: People
    accounts: Accounts
    mailboxes: Mailboxes

    async def refresh(self) -> None:
        """Take over what changed, here or in another process.

        Raises:
            StoreUnavailableError: nothing was read; who was linked stays linked.
        """
        if self.people.learn(await self.store.people(self.workspace)):
            self.accounts.use(self.people.linked)
            await self.mailboxes.learn()


async def sign_out(accounts: Accounts, credential: str) -> None:
    """End what somebody allowed; who pressed a button does not wait for a pager that is slow."""
    with suppress(PagerError, TimeoutError):
        async with asyncio.timeout(_PATIENCE_S):
            await accounts.revoke(credential)

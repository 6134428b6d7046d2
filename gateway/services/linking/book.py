"""Who is linked, brought from the store to everybody who has to know."""

from dataclasses import dataclass

from gateway.domain.ids import WorkspaceId
from gateway.ports.accounts import Accounts
from gateway.ports.store import Store
from gateway.services.mailboxes import Mailboxes
from gateway.services.people import People


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

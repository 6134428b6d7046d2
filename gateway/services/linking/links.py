"""Links as they are made and as they end: on record, at the pager, and in words to their person."""

import asyncio
from contextlib import suppress
from dataclasses import dataclass

from gateway.domain.actions import Action
from gateway.domain.audit import Act, Actor, AuditEntry
from gateway.domain.errors import FactValue, StoreUnavailableError
from gateway.domain.ids import ChatUserId, ExtensionNumber, Ref, WorkspaceId
from gateway.domain.outbound import Notice, Whisper
from gateway.domain.people import PersonLink
from gateway.ports.accounts import Accounts
from gateway.ports.changes import Audit, Change, Enqueue, LinkPerson, UnlinkPerson
from gateway.ports.clock import Clock
from gateway.ports.observer import Observer
from gateway.ports.store import Committed, Store, Unit
from gateway.services.lanes import tell_lane
from gateway.services.linking.book import LinkBook, sign_out
from gateway.services.people import People

AGAIN_S = 5.0
"""So long another process's links may be unknown here; who is in doubt is looked up at once."""
_SETTLE_S = 3.0
"""Another process signs out a moment before it says that the link is over."""
_WORKSPACE = Actor("workspace", "chat")
_PAGER = Actor("pager", "pager")


@dataclass(frozen=True)
class Links:
    """Makes and ends them."""

    store: Store
    people: People
    accounts: Accounts
    book: LinkBook
    clock: Clock
    observer: Observer

    async def run(self) -> None:
        """Keep up with other processes and with the pager until cancelled."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._keep_up(), name="links")
            group.create_task(self._hear_ends(), name="ended links")

    async def make(self, link: PersonLink, once: str | None = None) -> bool:
        """Make a link, whoever had the extension before; they are told.

        `False` when what `once` stands for was decided otherwise meanwhile.

        Raises:
            StoreUnavailableError: nothing was linked.
        """
        await self.book.refresh()
        before = tuple(
            other
            for other in self.people.linked
            if other.credential != link.credential
            and (other.user == link.user or other.extension == link.extension)
        )
        told = (self._taken(other) for other in before if other.user != link.user)
        noted = self._noted(Act.PERSON_LINKED, link, _themselves(link))
        made = await self.store.commit(Unit((LinkPerson(link), *told, noted), once=once))
        if made is not Committed.DONE:
            return False
        self.observer.saw("link.made", mailbox=link.extension)
        await self.book.refresh()
        for other in before:
            await self._sign_out(other)
        return True

    def _taken(self, other: PersonLink) -> Change:
        facts: dict[str, FactValue] = {"number": other.extension, "sender": self.people.shared}
        return self._tell(other, Notice("link.taken", facts, ((Action.LINK_ME, ""),)))

    # --- ending ----------------------------------------------------------------------------

    async def end(self, link: PersonLink, by: Actor | None = None, *told: Change) -> None:
        """Sign out, then forget: what dies in between is found ended later.

        Raises:
            StoreUnavailableError: the link stands.
        """
        await self._sign_out(link)
        noted = self._noted(Act.PERSON_UNLINKED, link, by or _themselves(link))
        await self.store.commit(Unit((UnlinkPerson(link), noted, *told)))
        self.observer.saw("link.ended", mailbox=link.extension)
        await self.book.refresh()

    async def end_all(self, workspace: WorkspaceId) -> None:
        """The app left this workspace: nobody of it is spoken for any more."""
        for link in await self.store.people(workspace):
            await self.end(link, _WORKSPACE)

    async def end_of(self, workspace: WorkspaceId, user: ChatUserId) -> None:
        """Somebody left the company's chat: nothing is sent as them any more."""
        for link in await self.store.people(workspace):
            if link.user == user:
                await self.end(link, _WORKSPACE)

    async def listed(self) -> tuple[PersonLink, ...]:
        """List who linked themselves, the newest last."""
        return await self.store.people(self.book.workspace)

    async def revoke(self, extension: ExtensionNumber, by: Actor) -> PersonLink | None:
        """End the link of an extension as an operator; its person is told. `None`: there is none.

        Raises:
            StoreUnavailableError: the link stands.
        """
        link = next((each for each in await self.listed() if each.extension == extension), None)
        if link is None:
            return None
        facts: dict[str, FactValue] = {"number": link.extension, "sender": self.people.shared}
        notice = Notice("link.revoked", facts, ((Action.LINK_ME, ""),))
        await self.end(link, by, self._tell(link, notice))
        return link

    async def _sign_out(self, link: PersonLink) -> None:
        if link.credential:
            await sign_out(self.accounts, link.credential)

    async def _hear_ends(self) -> None:
        async for credential in self.accounts.ended():
            await self.clock.sleep(_SETTLE_S)
            while not await self._turned_off(credential):
                await self.clock.sleep(AGAIN_S)

    async def _turned_off(self, credential: str) -> bool:
        try:
            await self.lost(credential)
        except StoreUnavailableError:
            return False
        return True

    async def lost(self, credential: str) -> None:
        """The pager ended what somebody had allowed: turn their link off and tell them.

        Raises:
            StoreUnavailableError: the link stands.
        """
        await self.book.refresh()
        link = next((each for each in self.people.linked if each.credential == credential), None)
        if link is None:
            return
        facts: dict[str, FactValue] = {"number": link.extension, "sender": self.people.shared}
        notice = Notice("link.lost", facts, ((Action.LINK_ME, ""),))
        noted = self._noted(Act.PERSON_UNLINKED, link, _PAGER)
        changes = (UnlinkPerson(link), self._tell(link, notice), noted)
        await self.store.commit(Unit(changes, once=f"link.lost:{credential}"))
        self.observer.saw("link.lost", mailbox=link.extension)
        await self.book.refresh()

    async def _keep_up(self) -> None:
        while True:
            with suppress(StoreUnavailableError):
                await self.book.refresh()
            await self.clock.sleep(AGAIN_S)

    def _noted(self, act: Act, link: PersonLink, by: Actor) -> Audit:
        facts: dict[str, FactValue] = {"user": link.user}
        return Audit(AuditEntry(act, link.extension, by, self.clock.now(), facts))

    def _tell(self, link: PersonLink, notice: Notice) -> Enqueue:
        lane = tell_lane(Ref(""), ChatUserId(link.user))
        whisper = Whisper(link.workspace, link.user, None, notice)
        return Enqueue(lane, Ref(""), whisper, self.clock.now(), priority=1)


def _themselves(link: PersonLink) -> Actor:
    return Actor.of_person(link.workspace, link.user)

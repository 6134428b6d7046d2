"""Erasing a person: what they wrote and their names go; the audit trail, which holds ids, stays."""

from contextlib import suppress
from dataclasses import asdict, dataclass

from gateway.domain.audit import Act, Actor, AuditEntry
from gateway.domain.errors import ChatError, FactValue
from gateway.domain.ids import ChatUserId, ExtensionNumber, WorkspaceId
from gateway.ports.changes import Audit
from gateway.ports.chat import Chat
from gateway.ports.clock import Clock
from gateway.ports.observer import Observer
from gateway.ports.store import Erasure, Personal, Store, Unit
from gateway.services.directory_sync import DirectoryKeeper
from gateway.services.linking.links import Links
from gateway.services.people import People

_MOST_PAGES = 200


@dataclass(frozen=True)
class Erasing:
    """Finds what there is of a person, and takes it out."""

    workspace: WorkspaceId
    store: Store
    chat: Chat
    clock: Clock
    observer: Observer
    people: People
    directory: DirectoryKeeper
    links: Links

    async def meant(self, who: str) -> Erasure | None:
        """Find out who is meant by a chat user's id or an extension; `None`: nobody we know of.

        Raises:
            StoreUnavailableError: nothing could be read.
        """
        user, extension = self._ids(who)
        names = await self._names(user, extension)
        return Erasure(user, extension, names) if names else None

    async def found(self, whose: Erasure) -> Personal:
        """Count what there is.

        Raises:
            StoreUnavailableError: nothing could be read.
        """
        return await self.store.personal(whose)

    async def erase(self, whose: Erasure, by: Actor) -> Personal:
        """End their link, take them out, and put on record that it was done.

        Raises:
            StoreUnavailableError: something is left; ask again.
        """
        for link in await self.links.listed():
            if link.user == whose.user or link.extension == whose.extension:
                await self.links.end(link, by)
        erased = await self.store.erase(whose)
        facts: dict[str, FactValue] = {"user": whose.user, **asdict(erased)}
        act = AuditEntry(Act.PERSON_ERASED, whose.extension, by, self.clock.now(), facts)
        await self.store.commit(Unit((Audit(act),)))
        self.observer.saw("person.erased", **asdict(erased))
        return erased

    def _ids(self, who: str) -> tuple[ChatUserId, ExtensionNumber]:
        """Tell user and extension of whom is named by one of them; people may have only one."""
        if who.isdigit():
            extension = ExtensionNumber(who)
            return self.people.user_of(extension) or ChatUserId(""), extension
        user = ChatUserId(who)
        return user, self.people.known(user) or ExtensionNumber("")

    async def _names(self, user: ChatUserId, extension: ExtensionNumber) -> frozenset[str]:
        """Collect what they go by, in the chat, on the pager and on their pages."""
        links = await self.links.listed()
        theirs = [each for each in links if each.user == user or each.extension == extension]
        names = {name for each in theirs for name in (each.user_name, each.extension_name)}
        if entry := self.directory.current.extension(extension):
            names.add(entry.name)
        if user:
            pages = await self.store.pages_of(self.workspace, user, _MOST_PAGES)
            names.update(page.author_name for page in pages)
            with suppress(ChatError):
                names.add((await self.chat.person(self.workspace, user)).name)
        return frozenset(names - {""})

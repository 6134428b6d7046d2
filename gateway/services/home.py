"""The app's home tab: who you send as, your last pages, whom you may page."""

from contextlib import suppress
from dataclasses import dataclass

from gateway.domain.actions import Action
from gateway.domain.errors import ChatError
from gateway.domain.ids import ChatUserId, ExtensionNumber
from gateway.domain.pages import Person
from gateway.ports.chat import Chat
from gateway.ports.store import Store
from gateway.services.directory_sync import DirectoryKeeper
from gateway.services.people import People
from gateway.text.words import Words

_LAST_PAGES = 10


@dataclass(frozen=True)
class Home:
    """Draws the home tab afresh whenever somebody looks at it."""

    chat: Chat
    store: Store
    words: Words
    directory: DirectoryKeeper
    people: People

    async def draw(self, person: Person) -> None:
        """Show what is true now; best effort, the next look draws it again."""
        pages = await self.store.pages_of(person.workspace, person.user, _LAST_PAGES)
        own = self.people.extension_of(person.user)
        content = self.words.to(person).home(
            pages,
            self.directory.current,
            own=own,
            shared=self.people.shared,
            link=self._link(person.user, own),
        )
        with suppress(ChatError):
            await self.chat.publish_home(person.workspace, person.user, content)

    def _link(self, user: ChatUserId, own: ExtensionNumber | None) -> Action | None:
        """Offer what changes who they send as; what the settings say changes nobody here."""
        if own is None:
            return Action.LINK_ME
        return Action.UNLINK if self.people.link_of(user) else None

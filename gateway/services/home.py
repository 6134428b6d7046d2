"""The app's home tab: what waits for you, your last pages, whom you may page."""

import asyncio
from contextlib import suppress
from dataclasses import dataclass

from gateway.domain.actions import Action
from gateway.domain.directory import Department
from gateway.domain.errors import ChatError
from gateway.domain.ids import ChatUserId, ExtensionNumber
from gateway.domain.pages import Person
from gateway.domain.policy import Act
from gateway.ports.chat import Chat
from gateway.ports.clock import Clock
from gateway.ports.store import Store
from gateway.services.alerts.answers import NOWHERE, Answers
from gateway.services.directory_sync import DirectoryKeeper
from gateway.services.people import People
from gateway.services.permission import Permission
from gateway.text.home import AtHome
from gateway.text.words import Words

_LAST_PAGES = 10
_PATIENCE_S = 1.5
"""Whoever pressed a button there waits three seconds at most."""


@dataclass(frozen=True)
class Home:
    """Draws the home tab afresh whenever somebody looks at it, or pressed a button on it."""

    chat: Chat
    store: Store
    clock: Clock
    words: Words
    directory: DirectoryKeeper
    people: People
    permission: Permission
    answers: Answers | None = None

    async def draw(self, person: Person) -> None:
        """Show what is true now; best effort, the next look draws it again."""
        home = await self._home(person)
        content = self.words.to(person).home(home, self.directory.current)
        with suppress(ChatError, TimeoutError):
            async with asyncio.timeout(_PATIENCE_S):
                await self.chat.publish_home(person.workspace, person.user, content)

    async def _home(self, person: Person) -> AtHome:
        if self.permission.to_ask(person):
            # Names of departments are nothing for somebody who may not even ask.
            return AtHome(barred=True)
        own = self.people.extension_of(person.user)
        return AtHome(
            await self.store.pages_of(person.workspace, person.user, _LAST_PAGES),
            own,
            self.people.shared,
            self._link(person.user, own),
            await self.answers.waiting_for(person) if self.answers else None,
            await self._departments(person),
        )

    def _link(self, user: ChatUserId, own: ExtensionNumber | None) -> Action | None:
        """Offer what changes who they send as; what the settings say changes nobody here."""
        if own is None:
            return Action.LINK_ME
        return Action.UNLINK if self.people.link_of(user) else None

    async def _departments(self, person: Person) -> tuple[Department, ...]:
        """List those that may be paged from here; rules that name channels are not met here."""
        directory = self.directory.current
        departments = [d for d in directory.snapshot.departments if directory.active_members(d)]
        numbers = tuple(each.number for each in departments)
        if self.permission.to_reply(person):
            return ()
        decided = await self.permission.decide(
            Act.PAGE, person, numbers, channel=NOWHERE, at=self.clock.now()
        )
        return tuple(each for each in departments if decided[each.number].allowed)

"""Whether its author may still say what waits to be said.

Permission is judged when something is accepted, and again at each attempt: a page may have waited
for half an hour, and a held one for days. Membership is judged by the pager itself, then.
"""

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta

from gateway.domain.deliveries import Delivery
from gateway.domain.errors import ChatError, LinkEndedError
from gateway.domain.ids import ChatUserId, ExtensionNumber
from gateway.domain.outbound import SendPage, SendPageReply
from gateway.domain.pages import Fault, Origin, Page, Person
from gateway.domain.policy import Act
from gateway.ports.chat import Chat
from gateway.ports.clock import Clock
from gateway.ports.store import Store
from gateway.services.clients import Clients
from gateway.services.linking.book import LinkBook
from gateway.services.permission import Permission

_FRESH = timedelta(seconds=60)
"""So long ago that its author may be somebody else to the chat now: a guest, or gone. Whoever lets
something go on may be another one, so it counts from the beginning."""
_PATIENCE_S = 2.0
"""A chat that is slow must not hold up the pager."""


@dataclass(frozen=True)
class Authority:
    """Judges what is about to leave for the pager."""

    store: Store
    chat: Chat
    clock: Clock
    permission: Permission
    clients: Clients
    links: LinkBook

    async def denies(self, delivery: Delivery) -> Fault | None:
        """Say why this may not be sent any more; `None` when it may."""
        match delivery.outbound:
            case SendPage(sender=sender, part=1):
                page = await self.store.page(delivery.ref)
                if page and page.origin is Origin.API:
                    return self.clients.denies(page.author_name, page.to, sender)
                return await self._page(delivery, page, sender) if page else None
            case SendPageReply(sender=sender, author=author):
                page = await self.store.page(delivery.ref)
                return await self._reply(delivery, page, author, sender) if page else None
            case _:
                return None

    async def _gone(self, sender: ExtensionNumber) -> Fault | None:
        """Say that nobody lets us send from there any more.

        Another process may have linked it a moment ago: in doubt the store is asked. Before the
        pager told us of a shared sender we know too little to refuse anything.
        """
        people = self.permission.people
        if people.shared is None or people.ours(sender):
            return None
        await self.links.refresh()
        return None if people.ours(sender) else Fault.of(LinkEndedError(sender=sender))

    async def _page(self, delivery: Delivery, page: Page, sender: ExtensionNumber) -> Fault | None:
        if not page.author:
            return None
        gone = await self._gone(sender)
        person = await self._person(delivery, page, page.author)
        return (
            self.permission.to_reply(person)
            or gone
            or self.permission.to_send_as(person, sender)
            or await self._reach(Act.PAGE, person, page, page.created_at)
        )

    async def _reply(
        self, delivery: Delivery, page: Page, author: ChatUserId, sender: ExtensionNumber
    ) -> Fault | None:
        gone = await self._gone(sender)
        if not author:
            return gone
        person = await self._person(delivery, page, author)
        denied = self.permission.to_reply(person) or gone
        # Everybody may speak through the mailbox that began the conversation, named.
        if not denied and sender != page.sender:
            denied = self.permission.to_send_as(person, sender)
        return denied or await self._reach(Act.REPLY, person, page, delivery.created_at)

    async def _reach(self, act: Act, person: Person, page: Page, at: datetime) -> Fault | None:
        """Judge by today's table and groups, and by the time and place of acceptance."""
        return await self.permission.to_reach(act, person, page.to, channel=None, at=at)

    async def _person(self, delivery: Delivery, page: Page, author: ChatUserId) -> Person:
        """Describe an author; while the chat does not, as they were when this was accepted."""
        accepted = Person(page.workspace, author, "")
        # A later attempt has waited, and so has what is yet to come: somebody set a clock back.
        age = self.clock.now() - delivery.created_at
        if delivery.attempt <= 1 and timedelta(0) <= age < _FRESH:
            return accepted
        try:
            async with asyncio.timeout(_PATIENCE_S):
                return await self.chat.person(page.workspace, author)
        except (ChatError, TimeoutError):
            return accepted

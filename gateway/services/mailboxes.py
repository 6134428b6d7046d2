"""What is said on the pager, brought into the chat.

A nudge or a timer says "look into mailbox M"; message-sync tells what is there. Nudges carry no
text and may be lost, repeated or merged, so the cursor alone decides what is new.
"""

import asyncio
import re
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Protocol

from typing_extensions import override

from gateway.domain.deliveries import PostChatReply
from gateway.domain.errors import GatewayError, PagerError
from gateway.domain.ids import ChannelId, ChatUserId, ExtensionNumber, Ref, WorkspaceId
from gateway.domain.inbound import PagerMessage
from gateway.domain.pager_text import strip_tag
from gateway.domain.pages import Origin, Page, PageState, ThreadLink
from gateway.ports.clock import Clock
from gateway.ports.faults import FaultPoints
from gateway.ports.ids import Ids
from gateway.ports.observer import Observer
from gateway.ports.pager import Mailbox, Pager
from gateway.ports.store import (
    Change,
    Committed,
    CountReply,
    Enqueue,
    Link,
    MoveCursor,
    NewPage,
    Store,
    Unit,
)
from gateway.services.lanes import chat_lane
from gateway.services.people import People
from gateway.services.showing import show_status
from gateway.services.waiting import first_of

_MARGIN = timedelta(minutes=10)
"""How far a first or broken sync looks back beyond what is known."""

_REF = re.compile(r"\bpg_[0-9A-Z]{4,16}\b")


@dataclass(frozen=True)
class Lobby:
    """Where pager messages of no known conversation are shown; `channel` None drops them."""

    workspace: WorkspaceId
    channel: ChannelId | None = None


class Ears(Protocol):
    """Recognises words on the pager that mean something to us, such as "ack"."""

    async def hear(self, page: Page, message: PagerMessage) -> tuple[Change, ...] | None:
        """Take a message of a conversation; `None` when it is ordinary talk for the thread."""
        ...


class NoEars(Ears):
    """Where no alerts are routed, every message is talk."""

    @override
    async def hear(self, page: Page, message: PagerMessage) -> tuple[Change, ...] | None:
        return None


@dataclass
class Mailboxes:
    """Keeps every mailbox we hold a credential for in step with the chat."""

    store: Store
    pager: Pager
    clock: Clock
    ids: Ids
    observer: Observer
    people: People
    lobby: Lobby
    faults: FaultPoints
    ears: Ears = field(default_factory=NoEars)
    poll_s: float = 15.0
    _boxes: dict[ExtensionNumber, Mailbox] = field(default_factory=dict, init=False)
    _wanted: dict[ExtensionNumber, asyncio.Event] = field(default_factory=dict, init=False)

    async def run(self) -> None:
        """Follow nudges and timers until cancelled."""
        while not self._boxes and not await self.learn():
            await self.clock.sleep(self.poll_s)
        async with asyncio.TaskGroup() as group:
            group.create_task(self._listen(), name="pager nudges")
            for box in self._boxes.values():
                group.create_task(self._follow(box), name=f"mailbox {box.extension}")

    def nudge(self, mailbox: ExtensionNumber) -> None:
        """Ask for a look into one mailbox soon."""
        wanted = self._wanted.get(mailbox)
        if wanted:
            wanted.set()

    async def learn(self) -> bool:
        """Ask the pager which mailboxes there are; `False` when it does not say."""
        try:
            boxes = await self.pager.mailboxes()
        except PagerError as error:
            self.observer.saw("mailboxes.unavailable", error_code=error.code)
            return False
        self.people.shared = next((box.extension for box in boxes if box.shared), None)
        self._boxes = {box.extension: box for box in boxes}
        self._wanted = {box.extension: asyncio.Event() for box in boxes}
        return True

    async def _listen(self) -> None:
        async for mailbox in self.pager.nudges():
            self.nudge(mailbox)

    async def _follow(self, box: Mailbox) -> None:
        wanted = self._wanted[box.extension]
        while True:
            wanted.clear()
            try:
                await self.catch_up(box)
            except GatewayError as error:
                self.observer.saw("mailbox.unread", mailbox=box.extension, error_code=error.code)
            await first_of(wanted.wait(), self.clock.sleep(self.poll_s))

    async def catch_up(self, box: Mailbox) -> None:
        """Bring everything new in one mailbox over; each message in a transaction of its own.

        Raises:
            PagerError: the mailbox could not be read; the next call goes on where this one began.
        """
        cursor = await self.store.cursor(box.extension)
        since = self.clock.now() - _MARGIN
        synced = await self.pager.sync(box.extension, cursor, since)
        await self.faults.at("mailbox.synced")
        for message in synced.messages:
            await self._take(box, message, known=cursor is not None)
            await self.faults.at("mailbox.taken")
        if synced.cursor != cursor:
            moved = MoveCursor(box.extension, synced.cursor, self.clock.now())
            await self.store.commit(Unit((moved,)))
            await self.faults.at("mailbox.moved")

    async def _take(self, box: Mailbox, message: PagerMessage, *, known: bool) -> None:
        link = await self.store.link_of(box.extension, message.conversation)
        link = link or await self._adopt(box, message)
        if link:
            changes = await self._joined(link, message)
        elif message.inbound and box.shared and known:
            changes = self._begun(message)
        else:
            return
        key = f"pager:{box.extension}:{message.id}"
        if await self.store.commit(Unit(changes, once=key)) is Committed.DONE and message.inbound:
            self.observer.saw("pager.message_taken", mailbox=box.extension, page_id=_ref(changes))

    async def _adopt(self, box: Mailbox, message: PagerMessage) -> ThreadLink | None:
        """Recognise one of our pages in another mailbox of ours, by sender and reference.

        The reference alone proves nothing: anybody may type it.
        """
        for ref in map(Ref, _REF.findall(message.text)):
            page = await self.store.page(ref)
            if page and await self.store.sent_text(ref, message.sender, message.text):
                owner = message.sender == box.extension == page.sender
                return ThreadLink(ref, box.extension, message.conversation, message.id, owner)
        return None

    async def _joined(self, link: ThreadLink, message: PagerMessage) -> tuple[Change, ...]:
        moved = Link(
            ThreadLink(link.ref, link.mailbox, link.conversation, message.id, link.owner),
            message.created_at,
        )
        page = await self.store.page(link.ref)
        if not page or not link.owner or await self._echo(link, message):
            return (moved,)
        answered = await self.ears.hear(page, message) if message.inbound else None
        if answered is not None:
            return (moved, *answered)
        now = self.clock.now()
        reply = self._reply(page, message)
        return (
            moved,
            CountReply(page.ref, message.sender_name, message.created_at),
            show_status(page, now),
            Enqueue(chat_lane(page.ref), page.ref, reply, now, priority=2),
        )

    async def _echo(self, link: ThreadLink, message: PagerMessage) -> bool:
        """Whether we sent this ourselves; what an owner types on the phone is no echo."""
        return message.sender in self._boxes and await self.store.sent_text(
            link.ref, message.sender, message.text
        )

    def _reply(self, page: Page, message: PagerMessage) -> PostChatReply:
        return PostChatReply(
            page.thread,
            text=strip_tag(message.text),
            author=message.sender,
            author_name=message.sender_name,
        )

    def _begun(self, message: PagerMessage) -> tuple[Change, ...]:
        """A conversation that began on the pager gets a thread of its own in the lobby."""
        channel = self.lobby.channel
        if channel is None:
            self.observer.saw("pager.message_unlinked", mailbox=message.mailbox)
            return ()
        page = self._pager_page(message, channel)
        link = ThreadLink(page.ref, message.mailbox, message.conversation, message.id)
        return (NewPage(page), Link(link, message.created_at), show_status(page, self.clock.now()))

    def _pager_page(self, message: PagerMessage, channel: ChannelId) -> Page:
        return Page(
            ref=self.ids.ref("pg"),
            origin=Origin.PAGER,
            workspace=self.lobby.workspace,
            author=ChatUserId(""),
            author_name=message.sender_name,
            channel=channel,
            sender=message.mailbox,
            on_behalf=True,
            to=(message.sender, *(n for n in message.to if n != message.mailbox)),
            text=message.text,
            parts=1,
            state=PageState.SENT,
            created_at=message.created_at,
            changed_at=message.created_at,
            sent_at=message.created_at,
        )


def _ref(changes: tuple[Change, ...]) -> str:
    return next((c.ref for c in changes if isinstance(c, CountReply)), "")

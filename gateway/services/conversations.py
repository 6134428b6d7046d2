"""A message on the pager: which thread it belongs to, and what is shown there.

A conversation is known by mailbox and id. Each mailbox of ours has its own view of it; what others
say is taken from the owner's, or it would appear once per mailbox.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum, auto
from typing import Protocol

from typing_extensions import override

from gateway.domain.ids import ChannelId, ChatUserId, WorkspaceId
from gateway.domain.inbound import PagerMessage
from gateway.domain.outbound import Notice, PostChatReply
from gateway.domain.pager_text import find_refs, strip_tag, words_of
from gateway.domain.pages import Origin, Page, PageState, ThreadLink
from gateway.domain.threads import ThreadMode
from gateway.ports.changes import Change, CountReply, Enqueue, Link, NewPage, Once
from gateway.ports.clock import Clock
from gateway.ports.ids import Ids
from gateway.ports.observer import Observer
from gateway.ports.pager import Mailbox
from gateway.ports.store import Committed, Store, Unit
from gateway.services.copies import begun_with, is_copy, is_double, is_double_beginning
from gateway.services.lanes import chat_lane
from gateway.services.operators import Operators
from gateway.services.people import People
from gateway.services.showing import show_status


@dataclass(frozen=True)
class Lobby:
    """Where pager messages of no known conversation are shown; `channel` None drops them."""

    workspace: WorkspaceId
    channel: ChannelId | None = None
    mode: ThreadMode = ThreadMode.REPLIES


class Whose(Enum):
    """Whose words a message on the pager is."""

    OURS = auto()
    """Or another mailbox's to tell."""
    DOUBLED = auto()
    """Ours, once more than it should be there."""
    THEIRS = auto()


class Ears(Protocol):
    """Recognises words on the pager that mean something to us, such as "ack"."""

    async def hear(self, page: Page | None, message: PagerMessage) -> tuple[Change, ...] | None:
        """Take a message; `None` when it is ordinary talk for the thread.

        `page` is the one whose conversation it belongs to, `None` when we know none.
        """
        ...


class NoEars(Ears):
    """Where no alerts are routed, every message is talk."""

    @override
    async def hear(self, page: Page | None, message: PagerMessage) -> tuple[Change, ...] | None:
        return None


@dataclass(frozen=True)
class Conversations:
    """Brings what is said on the pager to the threads of the chat."""

    store: Store
    clock: Clock
    ids: Ids
    observer: Observer
    people: People
    operators: Operators
    lobby: Lobby
    ears: Ears

    async def new(self, box: Mailbox, messages: Sequence[PagerMessage]) -> tuple[PagerMessage, ...]:
        """Leave out what was taken before: what is read overlaps by the last few seconds."""
        by_key = {_key(box, message): message for message in messages}
        taken = await self.store.seen(tuple(by_key))
        return tuple(message for key, message in by_key.items() if key not in taken)

    async def take(self, box: Mailbox, message: PagerMessage, *, known: bool) -> None:
        """Take one mailbox's copy of a message, once.

        `known` says that we followed this mailbox before: what was there earlier begins no thread.
        """
        key = _key(box, message)
        link, page = await self._known(box, message)
        whose = Whose.THEIRS
        if link and page:
            whose = await self._whose(link, message)
            changes = await self._joined(link, page, message, whose)
            taken = await self.store.commit(Unit(changes, once=key))
        elif not (message.inbound and box.shared):
            return
        elif known:
            taken = await self._begin(message, key)
        else:
            # Remembered, or it would look new when somebody marks it as read.
            taken = await self.store.commit(Unit(once=key))
        ref = page.ref if page else ""
        if taken is Committed.DONE and message.inbound:
            self.observer.saw("pager.message_taken", mailbox=box.extension, page_id=ref)
        elif taken is Committed.DONE and whose is Whose.DOUBLED:
            age_ms = round((self.clock.now() - message.created_at).total_seconds() * 1000)
            self.observer.saw(
                "pager.message_doubled", mailbox=box.extension, page_id=ref, age_ms=age_ms
            )

    async def _known(
        self, box: Mailbox, message: PagerMessage
    ) -> tuple[ThreadLink | None, Page | None]:
        """Find what a message belongs to; a page that was forgotten is none."""
        link = await self.store.link_of(box.extension, message.conversation)
        link = link or await self._adopt(box, message)
        return link, await self.store.page(link.ref) if link else None

    async def _adopt(self, box: Mailbox, message: PagerMessage) -> ThreadLink | None:
        """Recognise something we sent in a mailbox of ours that does not hold the conversation yet.

        Who answers the first of two has a conversation of its own, and is heard there as well.
        """
        for ref in find_refs(message.text):
            for delivery in await self.store.deliveries(ref):
                if is_copy(delivery, message) or is_double_beginning(delivery, message):
                    owner = message.sender == box.extension and bool(begun_with(delivery))
                    return ThreadLink(ref, box.extension, message.conversation, message.id, owner)
        return None

    async def _joined(
        self, link: ThreadLink, page: Page, message: PagerMessage, whose: Whose
    ) -> tuple[Change, ...]:
        moved = Link(
            ThreadLink(link.ref, link.mailbox, link.conversation, message.id, link.owner),
            message.created_at,
        )
        if whose is Whose.OURS:
            return (moved,)
        if whose is Whose.DOUBLED:
            return (moved, *self._told_of_double(page, message))
        answered = await self.ears.hear(page, message) if message.inbound else None
        if answered is not None:
            return (moved, *answered)
        now = self.clock.now()
        reply = self._reply(page, message)
        counted = CountReply(page.ref, message.sender_name, message.created_at)
        if page.origin is Origin.API and not page.channel:
            return (moved, counted)  # shown nowhere; its client sees that there are replies
        return (
            moved,
            counted,
            show_status(page, now),
            Enqueue(chat_lane(page.ref), page.ref, reply, now, priority=2),
        )

    async def _whose(self, link: ThreadLink, message: PagerMessage) -> Whose:
        """Tell whether we sent this ourselves; what an owner types on the phone is theirs."""
        if not link.owner:
            return Whose.OURS
        if not self.people.ours(message.sender):
            return Whose.THEIRS
        if await self.store.is_ours(message.mailbox, message.id):
            return Whose.OURS
        if not await self.store.sent_text(link.ref, message.sender, message.text):
            return Whose.THEIRS
        deliveries = await self.store.deliveries(link.ref)
        if any(is_copy(each, message) for each in deliveries):
            return Whose.OURS
        doubled = any(is_double(each, message) for each in deliveries)
        return Whose.DOUBLED if doubled else Whose.THEIRS

    def _told_of_double(self, page: Page, message: PagerMessage) -> tuple[Change, ...]:
        """Say once in its thread that a page, or words about it, went out twice."""
        told = self.operators.doubled(page)
        if page.channel:
            notice = Notice("thread.doubled", {"ref": page.ref, "text": words_of(message.text)})
            post = PostChatReply(page.thread, notice=notice)
            lane, now = chat_lane(page.ref), self.clock.now()
            told = (*told, Enqueue(lane, page.ref, post, now, priority=4))
        return (Once(f"doubled:{page.ref}", told),)

    def _reply(self, page: Page, message: PagerMessage) -> PostChatReply:
        return PostChatReply(
            page.thread,
            text=strip_tag(message.text),
            author=message.sender,
            author_name=message.sender_name,
        )

    async def _begin(self, message: PagerMessage, key: str) -> Committed:
        """A conversation that began on the pager gets a thread of its own in the lobby."""
        answered = await self.ears.hear(None, message)
        if answered is not None:
            return await self.store.commit(Unit(answered, once=key))
        channel = self.lobby.channel
        if channel is None:
            taken = await self.store.commit(Unit(once=key))
            if taken is Committed.DONE:
                self.observer.saw("pager.message_unlinked", mailbox=message.mailbox)
            return taken
        while True:
            page = self._pager_page(message, channel)
            link = ThreadLink(page.ref, message.mailbox, message.conversation, message.id)
            shown = show_status(page, self.clock.now())
            changes = (NewPage(page), Link(link, message.created_at), shown)
            taken = await self.store.commit(Unit(changes, once=key))
            if taken is not Committed.TAKEN:
                return taken

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
            mode=self.lobby.mode,
        )


def _key(box: Mailbox, message: PagerMessage) -> str:
    """Name a mailbox's copy of a message: it is taken once."""
    return f"pager:{box.extension}:{message.id}"

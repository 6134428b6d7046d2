"""A message on the pager: which thread it belongs to, and what is shown there.

A conversation is known by mailbox and id. Each mailbox of ours has its own view of it; what others
say is taken from the owner's, or it would appear once per mailbox.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from typing_extensions import override

from gateway.domain.deliveries import Delivery, PagerReceipt
from gateway.domain.ids import ChannelId, ChatUserId, WorkspaceId
from gateway.domain.inbound import PagerMessage
from gateway.domain.outbound import PostChatReply, SendFollowUp, SendPage, SendPageReply
from gateway.domain.pager_text import find_refs, strip_tag
from gateway.domain.pages import Origin, Page, PageState, ThreadLink
from gateway.domain.threads import ThreadMode
from gateway.ports.changes import Change, CountReply, Enqueue, Link, NewPage
from gateway.ports.clock import CLOCKS_DIFFER, Clock
from gateway.ports.ids import Ids
from gateway.ports.observer import Observer
from gateway.ports.pager import Mailbox
from gateway.ports.store import Committed, Store, Unit
from gateway.services.lanes import chat_lane
from gateway.services.people import People
from gateway.services.showing import show_status

_SAME_MOMENT = timedelta(seconds=60)
"""Copies of one message carry one time, the pager's, give or take a little."""


@dataclass(frozen=True)
class Lobby:
    """Where pager messages of no known conversation are shown; `channel` None drops them."""

    workspace: WorkspaceId
    channel: ChannelId | None = None
    mode: ThreadMode = ThreadMode.REPLIES


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
        if link and page:
            changes = await self._joined(link, page, message)
            taken = await self.store.commit(Unit(changes, once=key))
        elif not (message.inbound and box.shared):
            return
        elif known:
            taken = await self._begin(message, key)
        else:
            # Remembered, or it would look new when somebody marks it as read.
            taken = await self.store.commit(Unit(once=key))
        if taken is Committed.DONE and message.inbound:
            ref = page.ref if page else ""
            self.observer.saw("pager.message_taken", mailbox=box.extension, page_id=ref)

    async def _known(
        self, box: Mailbox, message: PagerMessage
    ) -> tuple[ThreadLink | None, Page | None]:
        """Find what a message belongs to; a page that was forgotten is none."""
        link = await self.store.link_of(box.extension, message.conversation)
        link = link or await self._adopt(box, message)
        return link, await self.store.page(link.ref) if link else None

    async def _adopt(self, box: Mailbox, message: PagerMessage) -> ThreadLink | None:
        """Recognise something we sent in a mailbox of ours that does not hold the conversation yet.

        A reference proves nothing, anybody may type it; neither do the words, they can be passed
        on. Sender, words and moment together are what one of our deliveries said.
        """
        for ref in find_refs(message.text):
            for delivery in await self.store.deliveries(ref):
                if _is_copy(delivery, message):
                    owner = message.sender == box.extension and _begins(delivery)
                    return ThreadLink(ref, box.extension, message.conversation, message.id, owner)
        return None

    async def _joined(
        self, link: ThreadLink, page: Page, message: PagerMessage
    ) -> tuple[Change, ...]:
        moved = Link(
            ThreadLink(link.ref, link.mailbox, link.conversation, message.id, link.owner),
            message.created_at,
        )
        if not link.owner or await self._echo(link, message):
            return (moved,)
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

    async def _echo(self, link: ThreadLink, message: PagerMessage) -> bool:
        """Whether we sent this ourselves; what an owner types on the phone is no echo."""
        if not self.people.ours(message.sender):
            return False
        if await self.store.is_ours(message.mailbox, message.id):
            return True
        if not await self.store.sent_text(link.ref, message.sender, message.text):
            return False
        return any(_is_copy(d, message) for d in await self.store.deliveries(link.ref))

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


def _begins(delivery: Delivery) -> bool:
    """Whether this begins a conversation; its replies are taken from the sender's mailbox then."""
    match delivery.outbound:
        case SendPage(part=1):
            return True
        case SendPageReply(afresh=to):
            return bool(to)
        case _:
            return False


def _key(box: Mailbox, message: PagerMessage) -> str:
    """Name a mailbox's copy of a message: it is taken once."""
    return f"pager:{box.extension}:{message.id}"


def _is_copy(delivery: Delivery, message: PagerMessage) -> bool:
    """Whether a message is a mailbox's copy of what this delivery sent, or may have sent."""
    match delivery.outbound:
        case (
            SendPage(sender=sender, text=text)
            | SendPageReply(sender=sender, text=text)
            | SendFollowUp(sender=sender, text=text, to=())
        ) if delivery.started_at:
            says_it = (sender, text.split()) == (message.sender, message.text.split())
            return says_it and _at_that_moment(delivery, delivery.started_at, message)
        case _:
            return False


def _at_that_moment(delivery: Delivery, started: datetime, message: PagerMessage) -> bool:
    match delivery.receipt:
        case PagerReceipt(message=own) if message.mailbox == message.sender:
            return message.id == own
        case PagerReceipt(sent_at=sent_at):
            return abs(message.created_at - sent_at) <= _SAME_MOMENT
        case _:
            return message.created_at >= started - CLOCKS_DIFFER

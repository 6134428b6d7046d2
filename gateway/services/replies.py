"""What is typed in a thread goes out on the pager."""

from dataclasses import dataclass
from datetime import datetime

from gateway.domain.actions import Action
from gateway.domain.deliveries import (
    Delivery,
    DeliveryState,
    Notice,
    React,
    SendPageReply,
    Whisper,
)
from gateway.domain.errors import ThreadNotOpenError
from gateway.domain.ids import ChatUserId, ExtensionNumber
from gateway.domain.inbound import ChatDeletion, ChatEdit, ChatReply
from gateway.domain.pager_text import clean, compose_reply
from gateway.domain.pages import ChatThread, Fault, Page
from gateway.domain.policy import Act
from gateway.ports.clock import Clock
from gateway.ports.observer import Observer
from gateway.ports.store import Change, Committed, Enqueue, Store, Unit
from gateway.services.lanes import WAITING, call_off, pager_lane, tell_lane
from gateway.services.people import People
from gateway.services.permission import Permission

_KEPT_IN_CHAT = ("//", "🔒")
_HUMAN_FIRST = 0
_UNDER_WAY = frozenset(
    {DeliveryState.ATTEMPTING, DeliveryState.UNKNOWN, DeliveryState.RECONCILING, DeliveryState.HELD}
)
_GONE_OUT = frozenset({DeliveryState.SENT, *_UNDER_WAY})
"""Reached the pager, or may have."""
_SAYS_IT = frozenset({*_GONE_OUT, *WAITING})
"""Reached it, or will."""
_PATIENCE_S = 1.5
"""The platform waits three seconds for us."""
_PAUSE_S = 0.05


@dataclass(frozen=True)
class Replies:
    """Takes thread messages; all but those in threads of ours are none of our business."""

    store: Store
    clock: Clock
    observer: Observer
    people: People
    permission: Permission
    max_parts: int = 5

    async def take(self, reply: ChatReply) -> None:
        """Send a reply, unless its author keeps it in the chat.

        Raises:
            StoreUnavailableError, ThreadNotOpenError: nothing was recorded; the platform delivers
                the event again.
        """
        page = await self._page(reply)
        if page is None or reply.text.startswith(_KEPT_IN_CHAT) or not _words(reply):
            return
        denied = self.permission.to_reply(reply.person) or await self._unreached(page, reply)
        changes = (
            (self._tell(page, reply.person.user, reply.thread, Notice(denied.code, denied.facts)),)
            if denied
            else await self._outgoing(page, reply)
        )
        if await self.store.commit(Unit(changes, once=reply.key)) is Committed.DONE:
            self.observer.saw("reply.taken", page_id=page.ref, refused=denied is not None)

    async def _page(self, reply: ChatReply) -> Page | None:
        """Find the page of a thread; `None` when it is none of ours.

        People see a status message a moment before its place is on record, after a crash many
        moments. As long as one may be on its way, a reply under a message of ours waits.
        """
        deadline = self.clock.monotonic() + _PATIENCE_S
        while True:
            # In this order: what is not being posted now and has no page never gets one.
            posting = reply.under_us and await self._posting()
            page = await self.store.page_of_thread(reply.thread)
            if page or not posting:
                return page
            if self.clock.monotonic() >= deadline:
                raise ThreadNotOpenError
            await self.clock.sleep(_PAUSE_S)

    async def _unreached(self, page: Page, reply: ChatReply) -> Fault | None:
        channel, now = reply.thread.channel, self.clock.now()
        return await self.permission.to_reach(
            Act.REPLY, reply.person, page.to, channel=channel, at=now
        )

    async def _posting(self) -> bool:
        return not _UNDER_WAY.isdisjoint(await self.store.counts())

    async def edited(self, edit: ChatEdit) -> None:
        """Tell the author of an edit that pagers keep the first version."""
        page = await self.store.page_of_thread(edit.thread)
        if page and any(part.state in _SAYS_IT for part in await self._parts(page, edit)):
            told = self._remark(page, edit.person.user, edit.thread, "thread.edited")
            await self.store.commit(Unit((told,), once=edit.key))

    async def deleted(self, deletion: ChatDeletion) -> None:
        """Take back what still waits; of what went out, tell its author that it stays out."""
        page = await self.store.page_of_thread(deletion.thread)
        if page is None:
            return
        parts = await self._parts(page, deletion)
        changes = call_off((p for p in parts if p.state in WAITING), self.clock.now())
        if any(part.state in _GONE_OUT for part in parts):
            # Slack shows nothing in a thread whose last reply is gone.
            told = self._remark(
                page, deletion.person.user, deletion.thread, "thread.deleted", in_thread=False
            )
            changes = (*changes, told)
        done = await self.store.commit(Unit(changes, once=deletion.key))
        if done is Committed.STALE:
            # One of them set out meanwhile, so there is something to tell.
            await self.deleted(deletion)

    async def _parts(self, page: Page, change: ChatEdit | ChatDeletion) -> list[Delivery]:
        """List what a message in a thread became."""
        return [
            d
            for d in await self.store.deliveries(page.ref)
            if isinstance(d.outbound, SendPageReply)
            and (d.outbound.thread, d.outbound.message) == (change.thread, change.message)
        ]

    def send(
        self, page: Page, reply: ChatReply, sender: ExtensionNumber, *, on_behalf: bool
    ) -> tuple[Change, ...]:
        """List the deliveries of a reply from a chosen sender."""
        name = reply.person.name if on_behalf else None
        parts = compose_reply(_words(reply), name, page.ref, max_parts=self.max_parts)
        return tuple(
            self._enqueue(
                page,
                SendPageReply(
                    sender, part, reply.person.user, reply.thread, reply.message, n, len(parts)
                ),
                self.clock.now(),
            )
            for n, part in enumerate(parts, start=1)
        )

    async def _outgoing(self, page: Page, reply: ChatReply) -> tuple[Change, ...]:
        sender = await self._sender(page, reply.person.user)
        own = self.people.extension_of(reply.person.user)
        sends = self.send(page, reply, sender, on_behalf=sender != own)
        return (*sends, *self._waits(page, reply))

    def _waits(self, page: Page, reply: ChatReply) -> tuple[Change, ...]:
        """A reply to a page that is not out yet stands in line behind it, and shows that."""
        if page.state.final:
            return ()
        sign = React(reply.thread, reply.message, "hourglass_flowing_sand")
        lane = tell_lane(page.ref, ChatUserId(reply.message))
        return (Enqueue(lane, page.ref, sign, self.clock.now(), priority=4),)

    async def _sender(self, page: Page, user: ChatUserId) -> ExtensionNumber:
        """People reply from their own extension where it holds the conversation.

        Everybody else speaks through the mailbox that began it, named in the first line.
        """
        own = self.people.extension_of(user)
        links = await self.store.links(page.ref)
        if own and any(link.mailbox == own for link in links):
            return own
        return next((link.mailbox for link in links if link.owner), page.sender)

    def _enqueue(self, page: Page, reply: SendPageReply, now: datetime) -> Enqueue:
        return Enqueue(pager_lane(page.ref), page.ref, reply, now, priority=_HUMAN_FIRST)

    def _tell(
        self,
        page: Page,
        user: ChatUserId,
        place: ChatThread,
        notice: Notice,
        *,
        in_thread: bool = True,
    ) -> Enqueue:
        root = place.root if in_thread else None
        whisper = Whisper(place.workspace, user, place.channel, notice, root)
        return Enqueue(tell_lane(page.ref, user), page.ref, whisper, self.clock.now(), priority=1)

    def _remark(
        self,
        page: Page,
        user: ChatUserId,
        place: ChatThread,
        key: str,
        *,
        in_thread: bool = True,
    ) -> Enqueue:
        notice = Notice(key, {"ref": page.ref}, ((Action.CORRECT, page.ref),))
        return self._tell(page, user, place, notice, in_thread=in_thread)


def _words(reply: ChatReply) -> str:
    """Give what there is to say: the text and the names of files; empty for neither."""
    return clean("\n".join((reply.text, *reply.files)))

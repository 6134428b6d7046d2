"""What is typed in a thread goes out on the pager."""

from dataclasses import dataclass
from datetime import datetime

from gateway.domain.actions import Action
from gateway.domain.deliveries import DeliveryState, Notice, React, SendPageReply, Whisper
from gateway.domain.errors import ThreadNotOpenError
from gateway.domain.ids import ChatUserId, ExtensionNumber
from gateway.domain.inbound import ChatDeletion, ChatEdit, ChatReply
from gateway.domain.pager_text import compose_reply
from gateway.domain.pages import ChatThread, Page, PageState
from gateway.ports.clock import Clock
from gateway.ports.observer import Observer
from gateway.ports.store import Change, Committed, Enqueue, Store, Unit
from gateway.services.lanes import pager_lane, tell_lane
from gateway.services.people import People
from gateway.services.permission import Permission

_KEPT_IN_CHAT = ("//", "🔒")
_HUMAN_FIRST = 0
_UNDER_WAY = frozenset(
    {DeliveryState.ATTEMPTING, DeliveryState.UNKNOWN, DeliveryState.RECONCILING, DeliveryState.HELD}
)
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
        if page is None or reply.text.startswith(_KEPT_IN_CHAT):
            return
        denied = self.permission.to_reply(reply.person)
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

    async def _posting(self) -> bool:
        return not _UNDER_WAY.isdisjoint(await self.store.counts())

    async def edited(self, edit: ChatEdit) -> None:
        """Tell the author of an edit that pagers keep the first version."""
        await self._remark(edit.key, edit, "thread.edited")

    async def deleted(self, deletion: ChatDeletion) -> None:
        """Tell the author of a deletion that pagers cannot unsee it."""
        await self._remark(deletion.key, deletion, "thread.deleted")

    def send(
        self, page: Page, reply: ChatReply, sender: ExtensionNumber, *, on_behalf: bool
    ) -> tuple[Change, ...]:
        """List the deliveries of a reply from a chosen sender."""
        text = "\n".join((reply.text, *reply.files)).strip()
        name = reply.person.name if on_behalf else None
        parts = compose_reply(text, name, page.ref, max_parts=self.max_parts)
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
        if page.state is PageState.SENT:
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
        return links[0].mailbox if links else page.sender

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

    async def _remark(self, key: str, change: ChatEdit | ChatDeletion, notice: str) -> None:
        page = await self.store.page_of_thread(change.thread)
        if page is None or not await self.store.reply_delivery(change.thread, change.message):
            return
        told = Notice(notice, {"ref": page.ref}, ((Action.CORRECT, page.ref),))
        # Slack shows nothing in a thread whose last reply is gone.
        stands = isinstance(change, ChatEdit)
        whisper = self._tell(page, change.person.user, change.thread, told, in_thread=stands)
        await self.store.commit(Unit((whisper,), once=key))

"""What follows from the outcome of a delivery: page states, links, words, the next delivery.

Everything here is committed in the same transaction as the outcome itself.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from typing_extensions import override

from gateway.domain.deliveries import (
    ChatReceipt,
    Delivery,
    DeliveryState,
    Notice,
    PagerReceipt,
    PostChatMessage,
    PostChatReply,
    React,
    SendFollowUp,
    SendPage,
    SendPageReply,
    Step,
    UpdateChatMessage,
    Wake,
    Whisper,
)
from gateway.domain.ids import ChannelId, ChatUserId
from gateway.domain.pager_text import quoted
from gateway.domain.pages import DRAFT_LIFE, ChatThread, Draft, Fault, Page, PageState, ThreadLink
from gateway.ports.clock import Clock
from gateway.ports.ids import Ids
from gateway.ports.store import AnchorPage, Change, Enqueue, Link, MovePage, SaveDraft, Store
from gateway.services.directory_sync import DirectoryKeeper
from gateway.services.lanes import chat_lane, pager_lane, tell_lane
from gateway.services.operators import Operators
from gateway.services.people import People
from gateway.services.refusals import Refusal, leave_out, refusal_notice
from gateway.services.showing import show_status

_SECOND_LOOK = timedelta(seconds=1)
_WAITS = "hourglass_flowing_sand"
_A_WAIT = timedelta(seconds=3)

_CLOSED = frozenset({"pager.thread_too_old", "pager.not_a_participant", "thread.not_open"})

_STATE_AFTER: dict[DeliveryState, PageState] = {
    DeliveryState.READY: PageState.WAITING,
    DeliveryState.REFUSED: PageState.REFUSED,
    DeliveryState.UNKNOWN: PageState.UNSURE,
    DeliveryState.RECONCILING: PageState.UNSURE,
    DeliveryState.HELD: PageState.HELD,
}


class Wakings(Protocol):
    """Decides what follows when a time has come."""

    async def due(self, wake: Wake) -> tuple[Change, ...]:
        """List the changes; the next waking is among them if there is to be one."""
        ...


class NoWakings(Wakings):
    """Where no alerts are routed, no time comes."""

    @override
    async def due(self, wake: Wake) -> tuple[Change, ...]:
        return ()


@dataclass(frozen=True)
class Consequences:
    """Turns what an attempt taught us into changes."""

    store: Store
    clock: Clock
    ids: Ids
    directory: DirectoryKeeper
    people: People
    operators: Operators
    wakings: Wakings

    async def of(self, delivery: Delivery, step: Step) -> tuple[Change, ...]:
        """List the changes that belong into the outcome's transaction."""
        if isinstance(delivery.outbound, Wake):
            return await self.wakings.due(delivery.outbound)
        page = await self.store.page(delivery.ref)
        if page is None:
            return ()
        match delivery.outbound:
            case SendPage() as send:
                return await self._page(page, send, step)
            case SendPageReply() as reply:
                return await self._reply(page, reply, delivery, step)
            case PostChatMessage() as post:
                return await self._status(page, post, delivery, step)
            case PostChatReply() as post:
                return self._shown(page, post, step)
            case Whisper() as whisper:
                return self._told(page, whisper, step)
            case SendFollowUp() as further:
                return self._followed_up(page, further, step)
            case UpdateChatMessage() | React():
                return ()

    # --- pages -----------------------------------------------------------------------------

    async def _page(self, page: Page, send: SendPage, step: Step) -> tuple[Change, ...]:
        if step.state is DeliveryState.SENT:
            return await self._page_sent(page, send, step)
        state = _STATE_AFTER.get(step.state)
        if state is None or (page.state is PageState.REFUSED and send.part > 1):
            return ()
        if state is page.state and page.fault == step.fault:
            return ()
        return (
            MovePage(page.ref, state, self.clock.now(), step.fault),
            *await self._show(page, state),
            *(self._refuse_page(page, step.fault) if state is PageState.REFUSED else ()),
            *self._alarm(page, step, send.sender),
        )

    async def _page_sent(self, page: Page, send: SendPage, step: Step) -> tuple[Change, ...]:
        receipt = step.receipt
        if not isinstance(receipt, PagerReceipt):
            raise TypeError(receipt)
        link = ThreadLink(page.ref, send.sender, receipt.conversation, receipt.message)
        linked = Link(link, receipt.sent_at)
        if send.part < send.parts:
            return (linked,)
        moved = MovePage(page.ref, PageState.SENT, self.clock.now(), sent_at=receipt.sent_at)
        return (linked, moved, *await self._show(page, PageState.SENT))

    async def _show(self, page: Page, state: PageState) -> tuple[Change, ...]:
        """A page that was refused at once has no status message: an anchor without a page lies."""
        if state is PageState.REFUSED and page.thread is None:
            return ()
        return await show_status(self.store, page, self.clock.now())

    def _refuse_page(self, page: Page, fault: Fault | None) -> tuple[Change, ...]:
        refusal = Refusal(page, fault or Fault("gateway.broken"), page.sender)
        return self._tell_refusal(refusal, page.author, page.channel, page.text)

    def _tell_refusal(
        self,
        refusal: Refusal,
        author: ChatUserId,
        channel: ChannelId,
        text: str,
        thread: ChatThread | None = None,
    ) -> tuple[Change, ...]:
        if not author:
            return ()
        draft = self._draft(refusal, author, text, thread)
        notice = refusal_notice(refusal, draft.id, self.directory.current, self.people)
        root = thread.root if thread else None
        where = thread.channel if thread else channel
        whisper = Whisper(refusal.page.workspace, author, where, notice, root)
        return (SaveDraft(draft), self._tell(refusal.page, whisper))

    def _draft(
        self, refusal: Refusal, author: ChatUserId, text: str, thread: ChatThread | None
    ) -> Draft:
        page = refusal.page
        blamed = leave_out(refusal, self.directory.current)
        return Draft(
            id=self.ids.draft(),
            workspace=page.workspace,
            author=author,
            author_name=page.author_name,
            channel=page.channel,
            text=text,
            ask=refusal.fault.code,
            expires_at=self.clock.now() + DRAFT_LIFE,
            to=page.to,
            term=",".join(blamed),
            ref=page.ref,
            thread=thread,
        )

    def _tell(self, page: Page, whisper: Whisper) -> Enqueue:
        lane = tell_lane(page.ref, whisper.user)
        return Enqueue(lane, page.ref, whisper, self.clock.now(), priority=1)

    def _alarm(self, page: Page, step: Step, sender: str) -> tuple[Change, ...]:
        """Tell the operators what only they can mend, once per change of the page's fault."""
        return self.operators.alarm(page, step, sender)

    def _followed_up(self, page: Page, further: SendFollowUp, step: Step) -> tuple[Change, ...]:
        """What the conversation does not take any more begins a new one to the same people."""
        if isinstance(step.receipt, PagerReceipt):
            receipt = step.receipt
            link = ThreadLink(page.ref, further.sender, receipt.conversation, receipt.message)
            return (Link(link, receipt.sent_at),)
        if step.state is not DeliveryState.REFUSED:
            return self._alarm(page, step, further.sender)
        if step.fault and step.fault.code in _CLOSED:
            anew = SendPage(further.sender, page.to, further.text)
            return (Enqueue(pager_lane(page.ref), page.ref, anew, self.clock.now(), priority=1),)
        return self._alarm(page, step, further.sender)

    # --- replies typed in the chat ---------------------------------------------------------

    async def _reply(
        self, page: Page, reply: SendPageReply, delivery: Delivery, step: Step
    ) -> tuple[Change, ...]:
        match step.state:
            case DeliveryState.SENT:
                return await self._reply_sent(page, delivery, reply, step)
            case DeliveryState.REFUSED if _renewable(step, reply, page):
                return self._renew(page, reply)
            case DeliveryState.REFUSED:
                return self._reply_refused(page, delivery, reply, step)
            case DeliveryState.HELD:
                return (self._notice(page, reply.thread, _held(page, delivery)),)
            case DeliveryState.READY if delivery.attempt == 1:
                return (self._react(page, reply, _WAITS),)
            case _:
                return ()

    async def _reply_sent(
        self, page: Page, delivery: Delivery, reply: SendPageReply, step: Step
    ) -> tuple[Change, ...]:
        receipt = step.receipt
        if not isinstance(receipt, PagerReceipt):
            raise TypeError(receipt)
        links = await self.store.links(page.ref)
        known = next((link for link in links if link.mailbox == reply.sender), None)
        owner = known.owner if known else bool(reply.afresh)
        link = ThreadLink(page.ref, reply.sender, receipt.conversation, receipt.message, owner)
        changes: tuple[Change, ...] = (Link(link, receipt.sent_at),)
        if reply.afresh:
            changes = (
                *changes,
                self._notice(page, reply.thread, Notice("thread.renewed", {"ref": page.ref})),
            )
        if reply.part == reply.parts:
            changes = (
                *changes,
                self._react(page, reply, "white_check_mark", instead_of=_waited(delivery)),
            )
        return changes

    def _renew(self, page: Page, reply: SendPageReply) -> tuple[Change, ...]:
        """The old conversation is closed for its age: a new one begins with a quote of the root."""
        afresh = SendPageReply(
            reply.sender,
            quoted(reply.text, page.text),
            reply.author,
            reply.thread,
            reply.message,
            reply.part,
            reply.parts,
            afresh=tuple(n for n in page.to if n != reply.sender),
        )
        return (Enqueue(pager_lane(page.ref), page.ref, afresh, self.clock.now(), priority=0),)

    def _reply_refused(
        self, page: Page, delivery: Delivery, reply: SendPageReply, step: Step
    ) -> tuple[Change, ...]:
        refusal = Refusal(page, step.fault or Fault("gateway.broken"), reply.sender, reply=True)
        return (
            self._react(page, reply, "warning", instead_of=_waited(delivery)),
            *self._tell_refusal(
                refusal, reply.author, reply.thread.channel, reply.text, reply.thread
            ),
            *self._alarm(page, step, reply.sender),
        )

    def _react(
        self, page: Page, reply: SendPageReply, emoji: str, *, instead_of: str = ""
    ) -> Enqueue:
        """A sign of its own lane: it must not wait behind a slow thread, nor hold it up."""
        sign = React(reply.thread, reply.message, emoji, instead_of)
        lane = tell_lane(page.ref, ChatUserId(reply.message))
        return Enqueue(lane, page.ref, sign, self.clock.now(), priority=4)

    def _notice(self, page: Page, thread: ChatThread, notice: Notice) -> Enqueue:
        post = PostChatReply(thread, notice=notice)
        return Enqueue(chat_lane(page.ref), page.ref, post, self.clock.now(), priority=2)

    # --- what is shown in the chat ---------------------------------------------------------

    async def _status(
        self, page: Page, post: PostChatMessage, delivery: Delivery, step: Step
    ) -> tuple[Change, ...]:
        if post.notice is not None:
            return ()
        match step.state:
            case DeliveryState.SENT:
                return self._anchored(page, delivery, step)
            case DeliveryState.REFUSED:
                return self._elsewhere(page, post)
            case _:
                return ()

    def _anchored(self, page: Page, delivery: Delivery, step: Step) -> tuple[Change, ...]:
        receipt = step.receipt
        if not isinstance(receipt, ChatReceipt):
            raise TypeError(receipt)
        thread = ChatThread(page.workspace, receipt.channel, receipt.message)
        anchored = AnchorPage(page.ref, thread)
        started = delivery.started_at or delivery.created_at
        if page.state.final and page.changed_at < started:
            return (anchored,)
        # The page may have moved between our reading and now, in another lane: show it once more.
        again = self.clock.now() + _SECOND_LOOK
        update = UpdateChatMessage(thread)
        edit = Enqueue(chat_lane(page.ref), page.ref, update, again, priority=3, coalesce=True)
        return (anchored, edit)

    def _elsewhere(self, page: Page, post: PostChatMessage) -> tuple[Change, ...]:
        """The bot may not write where the author acted: the thread begins in their messages."""
        direct = ChannelId(page.author)
        if not page.author or post.channel == direct:
            return ()
        told = Whisper(
            page.workspace,
            page.author,
            page.channel,
            Notice("chat.not_in_channel", {"ref": page.ref}),
        )
        moved = PostChatMessage(page.workspace, direct)
        return (
            Enqueue(chat_lane(page.ref), page.ref, moved, self.clock.now(), priority=2),
            self._tell(page, told),
        )

    def _shown(self, page: Page, post: PostChatReply, step: Step) -> tuple[Change, ...]:
        """A reply that has no thread any more goes to the page's author."""
        if step.state is not DeliveryState.REFUSED or not page.author:
            return ()
        notice = post.notice or Notice(
            "chat.channel_gone",
            {"ref": page.ref, "text": post.text, "name": post.author_name},
        )
        return (self._tell(page, Whisper(page.workspace, page.author, None, notice)),)

    def _told(self, page: Page, whisper: Whisper, step: Step) -> tuple[Change, ...]:
        if step.state is not DeliveryState.REFUSED:
            return ()
        return self.operators.not_told(page, whisper)


def _renewable(step: Step, reply: SendPageReply, page: Page) -> bool:
    """Whether a closed conversation may be begun anew without asking: same people, once."""
    closed = step.fault is not None and step.fault.code == "pager.thread_too_old"
    return closed and not reply.afresh and bool(page.to)


def _waited(delivery: Delivery) -> str:
    """Name the sign a reply got while it waited; taking away one that is not there is harmless."""
    started = delivery.started_at or delivery.created_at
    return _WAITS if delivery.attempt > 1 or started - delivery.created_at > _A_WAIT else ""


def _held(page: Page, delivery: Delivery) -> Notice:
    value = f"{page.ref}:{delivery.id}"
    actions = (("send_again", value), ("mark_sent", value))
    return Notice("pager.outcome_unknown", {"ref": page.ref, "looking": False}, actions)

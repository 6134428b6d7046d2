"""What follows from the outcome of a delivery: page states, links, words, the next delivery.

Everything here is committed in the same transaction as the outcome itself.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Protocol

from typing_extensions import override

from gateway.domain.deliveries import UNPROVED, Delivery, DeliveryState, PagerReceipt, Step
from gateway.domain.outbound import (
    PostChatMessage,
    PostChatReply,
    React,
    SendFollowUp,
    SendPage,
    SendPageReply,
    UpdateChatMessage,
    Wake,
    Waking,
    Whisper,
)
from gateway.domain.pager_text import REPEAT_MARK, marked_as_repeat, words_of
from gateway.domain.pages import Fault, Origin, Page, PageState, ThreadLink
from gateway.ports.changes import Change, Enqueue, Link, MovePage
from gateway.ports.clock import Clock
from gateway.ports.ids import Ids
from gateway.ports.store import Store
from gateway.services.authors import Authors, held_notice
from gateway.services.chat_outcomes import ChatOutcomes
from gateway.services.corrections import Corrections
from gateway.services.directory_sync import DirectoryKeeper
from gateway.services.lanes import call_off, pager_lane
from gateway.services.operators import Operators
from gateway.services.people import People
from gateway.services.refusals import Refusal
from gateway.services.reply_outcomes import ReplyOutcomes
from gateway.services.showing import has_status, show_status, update_status

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


@dataclass
class Consequences:
    """Turns what an attempt taught us into changes."""

    store: Store
    clock: Clock
    ids: Ids
    directory: DirectoryKeeper
    people: People
    operators: Operators
    wakings: Wakings
    corrections: Corrections
    _authors: Authors = field(init=False)
    _replies: ReplyOutcomes = field(init=False)
    _chat: ChatOutcomes = field(init=False)

    def __post_init__(self) -> None:
        """Share what all kinds of outcomes need."""
        self._authors = Authors(self.clock, self.ids, self.directory, self.people)
        self._replies = ReplyOutcomes(self.store, self.clock, self._authors, self.operators)
        self._chat = ChatOutcomes(self.store, self.clock, self._authors, self.operators)

    async def of(self, delivery: Delivery, step: Step) -> tuple[Change, ...]:
        """List the changes that belong into the outcome's transaction."""
        outbound = delivery.outbound
        if isinstance(outbound, Wake) and outbound.what is not Waking.CORRECTION:
            return await self.wakings.due(outbound)  # of no page
        page = await self.store.page(delivery.ref)
        match outbound:
            case Wake() as wake:
                return await self.corrections.due(page, wake) if page else ()
            case Whisper() as whisper:
                return self._chat.of_whisper(page, whisper, step)
            case _:
                return await self._of_page(page, delivery, step) if page else ()

    async def _of_page(self, page: Page, delivery: Delivery, step: Step) -> tuple[Change, ...]:
        match delivery.outbound:
            case SendPage() as send:
                return await self._page(page, send, delivery, step)
            case SendFollowUp() as further:
                return self._followed_up(page, further, step)
            case SendPageReply() as reply:
                return await self._replies.of(page, reply, delivery, step)
            case PostChatMessage() as post:
                return await self._chat.of_status(page, post, delivery, step)
            case PostChatReply() as post:
                return self._chat.of_reply(page, post, step)
            case UpdateChatMessage() | React() | Whisper() | Wake():
                return ()

    # --- pages -----------------------------------------------------------------------------

    async def _page(
        self, page: Page, send: SendPage, delivery: Delivery, step: Step
    ) -> tuple[Change, ...]:
        if step.state is DeliveryState.SENT:
            return self._page_sent(page, send, step)
        if send.insist and step.fault and step.fault.code == UNPROVED:
            repeat = replace(send, text=marked_as_repeat(send.text), insist=False)
            return (self._again(page, repeat),) if step.state is DeliveryState.REFUSED else ()
        if step.state is DeliveryState.REFUSED:
            return await self._page_refused(page, send, delivery, step)
        state, fault = _STATE_AFTER[step.state], _told(step)
        if state is page.state and page.fault == fault:
            return ()
        moved = MovePage(page.ref, state, self.clock.now(), fault)
        asked = self._authors.late(page, held_notice(page, delivery))
        return (
            moved,
            *self._show(page),
            *(asked if state is PageState.HELD else ()),
            *(
                self.operators.alarm(page, step, send.sender)
                if _is_news(page, state, fault)
                else ()
            ),
        )

    def _page_sent(self, page: Page, send: SendPage, step: Step) -> tuple[Change, ...]:
        receipt = step.receipt
        if not isinstance(receipt, PagerReceipt):
            raise TypeError(receipt)
        link = ThreadLink(page.ref, send.sender, receipt.conversation, receipt.message)
        linked = Link(link, receipt.sent_at)
        if send.part < send.parts:
            return (linked,)
        moved = MovePage(page.ref, PageState.SENT, self.clock.now(), sent_at=receipt.sent_at)
        return (linked, moved, *self._show(page))

    async def _page_refused(
        self, page: Page, send: SendPage, delivery: Delivery, step: Step
    ) -> tuple[Change, ...]:
        """End a page. A part that is refused takes those after it along.

        A page that was refused at once has no status message: an anchor without a page lies.
        """
        now, fault = self.clock.now(), step.fault or Fault("gateway.broken")
        rest = _parts_after(delivery, await self.store.deliveries(page.ref))
        text = page.text
        if send.part > 1:
            texts = (
                send.text,
                *(d.outbound.text for d in rest if isinstance(d.outbound, SendPage)),
            )
            text = "\n".join(words_of(each, send.parts) for each in texts)
            facts = {"part": send.part, "parts": send.parts, "count": send.part - 1}
            fault = Fault("page.part_refused", {**facts, "cause": fault.code})
        refusal = Refusal(page, fault, page.sender)
        shown = await has_status(self.store, page)
        return (
            *call_off(rest, now),
            MovePage(page.ref, PageState.REFUSED, now, fault),
            *await self._refused_status(page),
            *self._authors.page_refused(refusal, text, shown=shown),
            *self.operators.alarm(page, step, send.sender),
        )

    async def _refused_status(self, page: Page) -> tuple[Change, ...]:
        """People acted and are told in private; what a program did, only its channel can tell."""
        if page.origin is Origin.API:
            return self._show(page)
        return await update_status(self.store, page, self.clock.now())

    def _show(self, page: Page) -> tuple[Change, ...]:
        return (show_status(page, self.clock.now()),) if page.channel else ()

    def _again(self, page: Page, outbound: SendPage | SendFollowUp) -> Enqueue:
        lane = pager_lane(page.ref)
        return Enqueue(lane, page.ref, outbound, self.clock.now(), priority=0)

    def _followed_up(self, page: Page, further: SendFollowUp, step: Step) -> tuple[Change, ...]:
        """What the conversation does not take any more begins a new one to the same people."""
        if further.to:
            return self.operators.alarm(page, step, further.sender)
        if isinstance(step.receipt, PagerReceipt):
            receipt = step.receipt
            link = ThreadLink(page.ref, further.sender, receipt.conversation, receipt.message)
            return (Link(link, receipt.sent_at),)
        alarm = self.operators.alarm(page, step, further.sender)
        if step.state is not DeliveryState.REFUSED:
            return alarm
        repeated = further.text.endswith(REPEAT_MARK)
        if step.fault and step.fault.code == UNPROVED and not repeated:
            return (self._again(page, replace(further, text=marked_as_repeat(further.text))),)
        if step.fault and step.fault.code in _CLOSED:
            return (self._again(page, SendPage(further.sender, page.to, further.text)),)
        return alarm


def _told(step: Step) -> Fault | None:
    """Say what a page waits for; one whose absence was proved waits for nothing but its turn."""
    lost = step.fault is not None and step.fault.code == UNPROVED
    return None if lost and step.state is DeliveryState.READY else step.fault


def _is_news(page: Page, state: PageState, fault: Fault | None) -> bool:
    """Whether something else is the matter now; details such as times and traces are no news."""
    before = page.fault.code if page.fault else ""
    return state is not page.state or (fault.code if fault else "") != before


def _parts_after(delivery: Delivery, all_of_page: Iterable[Delivery]) -> list[Delivery]:
    return [
        d
        for d in all_of_page
        if isinstance(d.outbound, SendPage)
        and d.lane == delivery.lane
        and d.id > delivery.id
        and d.outbound.part > 1
        and d.state is DeliveryState.READY
    ]

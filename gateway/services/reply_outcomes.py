"""What follows when a reply typed in a thread was sent, refused, or may have been sent."""

from dataclasses import dataclass, replace

from gateway.domain.deliveries import Delivery, DeliveryState, PagerReceipt, Step
from gateway.domain.ids import ChatUserId
from gateway.domain.outbound import Notice, PostChatReply, React, SendPageReply
from gateway.domain.pager_text import quoted, unquoted, words_of
from gateway.domain.pages import ChatThread, Fault, Page, ThreadLink
from gateway.ports.changes import Change, Enqueue, Link
from gateway.ports.clock import Clock
from gateway.ports.store import Store
from gateway.services.authors import Authors, held_notice
from gateway.services.lanes import call_off, chat_lane, pager_lane, stand_behind, tell_lane
from gateway.services.operators import Operators
from gateway.services.refusals import Refusal

_WAITS = "hourglass_flowing_sand"


@dataclass(frozen=True)
class ReplyOutcomes:
    """Keeps thread and conversation one, whatever became of a reply."""

    store: Store
    clock: Clock
    authors: Authors
    operators: Operators

    async def of(
        self, page: Page, reply: SendPageReply, delivery: Delivery, step: Step
    ) -> tuple[Change, ...]:
        """List what follows from an attempt at a reply."""
        match step.state:
            case DeliveryState.SENT:
                return await self._sent(page, delivery, reply, step)
            case DeliveryState.REFUSED if _renewable(step, reply, page):
                return await self._renew(page, delivery, reply)
            case DeliveryState.REFUSED:
                return await self._refused(page, delivery, reply, step)
            case DeliveryState.HELD:
                asked = self._notice(page, reply.thread, held_notice(page, delivery))
                return (asked, *self.operators.alarm(page, step, reply.sender))
            case DeliveryState.READY if delivery.attempt == 1:
                return (self._sign(page, reply, _WAITS),)
            case _:
                return ()

    async def _sent(
        self, page: Page, delivery: Delivery, reply: SendPageReply, step: Step
    ) -> tuple[Change, ...]:
        receipt = step.receipt
        if not isinstance(receipt, PagerReceipt):
            raise TypeError(receipt)
        known = await self.store.link_of(reply.sender, receipt.conversation)
        owner = known.owner if known else bool(reply.afresh)
        link = ThreadLink(page.ref, reply.sender, receipt.conversation, receipt.message, owner)
        renewed = self._notice(page, reply.thread, Notice("thread.renewed", {"ref": page.ref}))
        sign = self._sign(page, reply, "white_check_mark", instead_of=_waited(page, delivery))
        return (
            Link(link, receipt.sent_at),
            *((renewed,) if reply.afresh else ()),
            *((sign,) if reply.part == reply.parts else ()),
        )

    async def _renew(
        self, page: Page, delivery: Delivery, reply: SendPageReply
    ) -> tuple[Change, ...]:
        """The old conversation is closed for its age: a new one begins with a quote of the root.

        Everybody who had a place gets one. What waits behind goes into the new one, too.
        """
        everybody = dict.fromkeys((*page.to, page.sender))
        afresh = replace(
            reply,
            text=quoted(reply.text, page.text),
            afresh=tuple(number for number in everybody if number != reply.sender),
        )
        lane, now = pager_lane(page.ref), self.clock.now()
        behind = [d for d in await self._waiting(delivery) if isinstance(d.outbound, SendPageReply)]
        return (
            Enqueue(lane, page.ref, afresh, now, priority=0),
            *stand_behind(behind, now),
        )

    async def _refused(
        self, page: Page, delivery: Delivery, reply: SendPageReply, step: Step
    ) -> tuple[Change, ...]:
        """A refused part takes those after it along; their author is told once."""
        rest = [d for d in await self._waiting(delivery) if _is_part_of(d, reply)]
        texts = [text for d in rest if (text := _same_words(d, reply))]
        first = unquoted(reply.text, page.text) if reply.afresh else reply.text
        words = "\n".join(words_of(text, reply.parts) for text in (first, *texts))
        fault = step.fault or Fault("gateway.broken")
        refusal = Refusal(page, fault, reply.sender, reply=True)
        return (
            *call_off(rest, self.clock.now()),
            self._sign(page, reply, "warning", instead_of=_waited(page, delivery)),
            *self.authors.reply_refused(refusal, reply, words),
            *self.operators.alarm(page, step, reply.sender),
        )

    async def _waiting(self, delivery: Delivery) -> list[Delivery]:
        """List what stands behind a delivery in its lane."""
        return [
            d
            for d in await self.store.deliveries(delivery.ref)
            if d.lane == delivery.lane and d.id > delivery.id and d.state is DeliveryState.READY
        ]

    def _sign(
        self, page: Page, reply: SendPageReply, emoji: str, *, instead_of: str = ""
    ) -> Enqueue:
        """A sign of its own lane: it must not wait behind a slow thread, nor hold it up."""
        sign = React(reply.thread, reply.message, emoji, instead_of)
        lane = tell_lane(page.ref, ChatUserId(reply.message))
        return Enqueue(lane, page.ref, sign, self.clock.now(), priority=4)

    def _notice(self, page: Page, thread: ChatThread, notice: Notice) -> Enqueue:
        post = PostChatReply(thread, notice=notice)
        return Enqueue(chat_lane(page.ref), page.ref, post, self.clock.now(), priority=2)


def _renewable(step: Step, reply: SendPageReply, page: Page) -> bool:
    """Whether a closed conversation may be begun anew without asking: same people, once."""
    closed = step.fault is not None and step.fault.code == "pager.thread_too_old"
    return closed and not reply.afresh and bool(page.to)


def _is_part_of(delivery: Delivery, reply: SendPageReply) -> bool:
    match delivery.outbound:
        case SendPageReply(thread=thread, message=message):
            return (thread, message) == (reply.thread, reply.message)
        case _:
            return False


def _same_words(delivery: Delivery, reply: SendPageReply) -> str:
    """Give the text of a further part; a correction that waits says the same words anew."""
    match delivery.outbound:
        case SendPageReply(text=text, correction=again) if again is reply.correction:
            return text
        case _:
            return ""


def _waited(page: Page, delivery: Delivery) -> str:
    """Name the sign a reply got while it waited; taking away one that is not there is harmless.

    It waited when it was tried before, or was written before its page was out.
    """
    parted = isinstance(delivery.outbound, SendPageReply) and delivery.outbound.parts > 1
    waited = delivery.attempt > 1 or parted or page.changed_at >= delivery.created_at
    return _WAITS if waited else ""

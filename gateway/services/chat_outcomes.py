"""What follows when something was shown in the chat, or could not be."""

from dataclasses import dataclass

from gateway.domain.deliveries import ChatReceipt, Delivery, DeliveryState, Step
from gateway.domain.errors import ChatRefusal, FactValue
from gateway.domain.ids import ChannelId
from gateway.domain.outbound import Notice, PostChatMessage, PostChatReply, Whisper
from gateway.domain.pages import ChatThread, Page, PageState
from gateway.ports.changes import AnchorPage, Change, Enqueue
from gateway.ports.clock import Clock
from gateway.ports.store import Store
from gateway.services.authors import Authors
from gateway.services.lanes import chat_lane, stand_behind
from gateway.services.operators import Operators


@dataclass(frozen=True)
class ChatOutcomes:
    """Finds another place for what cannot be shown where it belongs."""

    store: Store
    clock: Clock
    authors: Authors
    operators: Operators

    async def of_status(
        self, page: Page, post: PostChatMessage, delivery: Delivery, step: Step
    ) -> tuple[Change, ...]:
        """List what follows from posting a status message; notices need nothing more."""
        if post.notice is not None:
            return ()
        match step.state:
            case DeliveryState.SENT:
                return _anchored(page, step)
            case DeliveryState.REFUSED:
                return await self._elsewhere(page, post, delivery, step)
            case _:
                return ()

    def of_reply(self, page: Page, post: PostChatReply, step: Step) -> tuple[Change, ...]:
        """List what follows from a post into a thread: without a thread, its author is told."""
        if step.state is not DeliveryState.REFUSED:
            return ()
        if not page.author:
            return self.operators.not_shown(page)
        facts: dict[str, FactValue] = {"ref": page.ref, "text": post.text, "name": post.author_name}
        notice = post.notice or Notice("chat.channel_gone", facts)
        return (self.authors.whisper(page, page.author, None, notice),)

    def of_whisper(self, page: Page | None, whisper: Whisper, step: Step) -> tuple[Change, ...]:
        """List what follows from telling one person."""
        if step.state is not DeliveryState.REFUSED:
            return ()
        return self.operators.not_told(page, whisper)

    async def _elsewhere(
        self, page: Page, post: PostChatMessage, delivery: Delivery, step: Step
    ) -> tuple[Change, ...]:
        """Where the author acted nothing can be written: the thread begins in their messages.

        Replies that wait for the thread wait for that one.
        """
        direct, now = ChannelId(page.author), self.clock.now()
        if not page.author or post.channel == direct:
            return self.operators.not_shown(page)
        others = [d for d in await self.store.deliveries(page.ref) if d.id != delivery.id]
        if any(_is_status_in(d, direct) for d in others):
            return ()
        waiting = [d for d in others if _waits_for_thread(d)]
        moved = PostChatMessage(page.workspace, direct)
        return (
            Enqueue(chat_lane(page.ref), page.ref, moved, now, priority=2),
            *stand_behind(waiting, now),
            self.authors.whisper(page, page.author, page.channel, _moved(page, step)),
        )


def _anchored(page: Page, step: Step) -> tuple[Change, ...]:
    if not isinstance(step.receipt, ChatReceipt):
        raise TypeError(step.receipt)
    thread = ChatThread(page.workspace, step.receipt.channel, step.receipt.message)
    return () if thread == page.thread else (AnchorPage(page.ref, thread),)


def _is_status_in(delivery: Delivery, channel: ChannelId) -> bool:
    match delivery.outbound:
        case PostChatMessage(channel=place, notice=None):
            return place == channel
        case _:
            return False


def _waits_for_thread(delivery: Delivery) -> bool:
    match delivery.outbound:
        case PostChatReply(thread=None):
            return delivery.state is DeliveryState.READY
        case _:
            return False


def _moved(page: Page, step: Step) -> Notice:
    reason = step.fault.facts.get("reason") if step.fault else None
    if reason == ChatRefusal.CHANNEL_CLOSED:
        return Notice("chat.channel_gone", {"ref": page.ref})
    sent = page.state is PageState.SENT
    return Notice("chat.not_in_channel", {"ref": page.ref, "sent": sent})

"""From words in a thread to deliveries for the pager: who says them, in how many messages."""

from dataclasses import dataclass

from gateway.domain.deliveries import Delivery
from gateway.domain.ids import ChatMessageId, ChatUserId, ExtensionNumber
from gateway.domain.outbound import SendPageReply
from gateway.domain.pager_text import compose_reply
from gateway.domain.pages import ChatThread, Page
from gateway.ports.changes import Change, Enqueue
from gateway.ports.clock import Clock
from gateway.ports.store import Store
from gateway.services.lanes import pager_lane
from gateway.services.people import People
from gateway.text.words import Words

_HUMAN_FIRST = 0


@dataclass(frozen=True, slots=True)
class Typed:
    """What somebody wrote in a thread; `text` names its files, too."""

    author: ChatUserId
    name: str
    thread: ChatThread
    message: ChatMessageId
    text: str


@dataclass(frozen=True)
class Saying:
    """Composes what goes out in a thread's name."""

    store: Store
    clock: Clock
    people: People
    words: Words
    max_parts: int = 5

    async def send(
        self, page: Page, typed: Typed, sender: ExtensionNumber | None = None
    ) -> tuple[Change, ...]:
        """List the deliveries of a reply; of a chosen sender only on somebody's behalf."""
        return self.enqueue(page, await self.replies(page, typed, sender))

    async def correct(self, page: Page, typed: Typed) -> tuple[SendPageReply, ...]:
        """Compose what says anew what a message says now."""
        return await self.replies(page, typed, correction=True)

    async def replies(
        self,
        page: Page,
        typed: Typed,
        sender: ExtensionNumber | None = None,
        *,
        correction: bool = False,
    ) -> tuple[SendPageReply, ...]:
        """Compose the messages of a reply, in order."""
        own = self.people.extension_of(typed.author)
        speaker = sender or await self._sender(page, own)
        mark = f"{self.words.sentence('form.correction')} " if correction else ""
        texts = compose_reply(
            f"{mark}{typed.text}",
            typed.name if sender or speaker != own else None,
            page.ref,
            max_parts=self.max_parts,
            more=self.words.sentence("thread.more"),
        )
        return tuple(
            SendPageReply(
                speaker,
                text,
                typed.author,
                typed.thread,
                typed.message,
                part,
                len(texts),
                correction=correction,
            )
            for part, text in enumerate(texts, start=1)
        )

    def enqueue(self, page: Page, replies: tuple[SendPageReply, ...]) -> tuple[Change, ...]:
        """Put replies at the end of what is said in their conversation."""
        lane, now = pager_lane(page.ref), self.clock.now()
        return tuple(
            Enqueue(lane, page.ref, reply, now, priority=_HUMAN_FIRST) for reply in replies
        )

    async def _sender(self, page: Page, own: ExtensionNumber | None) -> ExtensionNumber:
        """People reply from their own extension where it holds the conversation.

        Everybody else speaks through the mailbox that began it, named in the first line.
        """
        links = await self.store.links(page.ref)
        if own and any(link.mailbox == own for link in links):
            return own
        return next((link.mailbox for link in links if link.owner), page.sender)

    async def became(
        self, page: Page, thread: ChatThread, message: ChatMessageId
    ) -> list[Delivery]:
        """List what a message in a thread became, its corrections too, oldest first."""
        return [
            each
            for each in await self.store.deliveries(page.ref)
            if isinstance(each.outbound, SendPageReply)
            and (each.outbound.thread, each.outbound.message) == (thread, message)
        ]

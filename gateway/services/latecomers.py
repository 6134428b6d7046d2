"""Somebody on the pager asks for the last messages of a conversation.

Who is added to a department gets what is said from then on, and may ask for what was said before:
"last" or "history", "last 3", and from elsewhere "last pg_7K2M". Only who belongs to it now is
answered, and alone. What stayed in the chat was never said, so it is not told here either.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from typing_extensions import override

from gateway.domain.addressing import check_reach
from gateway.domain.deliveries import Delivery, DeliveryState
from gateway.domain.ids import ChatUserId, ExtensionNumber, Ref
from gateway.domain.inbound import PagerMessage
from gateway.domain.outbound import Notice, PostChatReply, SendFollowUp, SendPage, SendPageReply
from gateway.domain.pager_text import (
    PAGE_LIMIT,
    author_of,
    compose_reply,
    shorten,
    utf16_length,
    words_of,
)
from gateway.domain.pages import Page
from gateway.ports.changes import Change, Enqueue, Once
from gateway.ports.clock import Clock
from gateway.ports.store import Store
from gateway.services.conversations import Ears
from gateway.services.directory_sync import DirectoryKeeper
from gateway.services.lanes import chat_lane, tell_lane
from gateway.services.people import People
from gateway.text.words import Words

_ASKS = re.compile(
    r"\s*(?:last|history)(?:\s+(\d{1,2}))?(?:\s+((?:pg|al)_[0-9a-z]{4,16}))?[\s.!?]*$",
    re.IGNORECASE,
)
_USUAL, _MOST = 5, 10
_LONGEST_LINE = 300
_A_MINUTE_S = 60
"""Who asks again within one has the answer on the way."""


@dataclass(frozen=True)
class Latecomers(Ears):
    """Answers who asks; everything else goes to the `others`."""

    store: Store
    clock: Clock
    people: People
    directory: DirectoryKeeper
    words: Words
    others: Ears

    @override
    async def hear(self, page: Page | None, message: PagerMessage) -> tuple[Change, ...] | None:
        asked = _ASKS.match(message.text)
        if asked is None:
            return await self.others.hear(page, message)
        named = asked[2]
        about = await self.store.page(_ref(named)) if named else page
        if about is None:
            return None
        deliveries = await self.store.deliveries(about.ref)
        if not await self._belongs(message.sender, about, deliveries):
            return None
        count = min(int(asked[1] or _USUAL) or _USUAL, _MOST)
        return self._told(about, message, tuple(self._lines(about, deliveries)), count)

    async def _belongs(
        self, number: ExtensionNumber, page: Page, deliveries: tuple[Delivery, ...]
    ) -> bool:
        """Whether somebody has a place in a conversation now, as far as the directory knows."""
        to = {page.sender, *page.to}
        for each in deliveries:
            match each.outbound:
                case SendPage(to=more) | SendPageReply(afresh=more):
                    to.update(more)
        return self._reaches(number, to) or (
            await self.directory.refresh() and self._reaches(number, to)
        )

    def _reaches(self, number: ExtensionNumber, to: set[ExtensionNumber]) -> bool:
        return number in check_reach(to, self.directory.current).receivers

    # --- the answer ----------------------------------------------------------------------------

    def _told(
        self, page: Page, message: PagerMessage, lines: tuple[str, ...], count: int
    ) -> tuple[Change, ...]:
        """Answer in private, once a minute, and let the thread know."""
        now = self.clock.now()
        asker = message.sender
        further = SendFollowUp(
            self.people.shared or page.sender, self._text(page, lines[-count:]), to=(asker,)
        )
        lane = tell_lane(page.ref, ChatUserId(asker))
        answer: tuple[Change, ...] = (Enqueue(lane, page.ref, further, now, priority=1),)
        if page.channel:
            asked = Notice("thread.asked_last", {"ref": page.ref, "name": message.sender_name})
            post = PostChatReply(page.thread, notice=asked)
            answer = (*answer, Enqueue(chat_lane(page.ref), page.ref, post, now, priority=4))
        minute = int(now.timestamp()) // _A_MINUTE_S
        return (Once(f"last:{page.ref}:{asker}:{minute}", answer),)

    def _text(self, page: Page, lines: tuple[str, ...]) -> str:
        """Put as many of the newest lines as fit into one message."""
        room = PAGE_LIMIT - utf16_length(f"{self._title(len(lines))} {page.ref}")
        kept: list[str] = []
        for line in reversed(lines):
            room -= utf16_length(line) + 1
            if room < 0:
                break
            kept.insert(0, line)
        (text,) = compose_reply(
            "\n".join((self._title(len(kept)), *kept)), None, page.ref, max_parts=1
        )
        return text

    def _title(self, count: int) -> str:
        return self.words.sentence("last.title", count=count)

    def _lines(self, page: Page, deliveries: tuple[Delivery, ...]) -> Iterator[str]:
        """Write down what was said on the pager, from either side, oldest first."""
        if not any(isinstance(each.outbound, SendPage) for each in deliveries):
            # It began on the pager, or its beginning is no longer kept.
            yield self._line(page.created_at, page.author_name, page.text)
        for each in deliveries:
            if each.state is DeliveryState.CANCELLED:
                continue
            at = each.started_at or each.created_at
            match each.outbound:
                case PostChatReply(text=text, author=author, author_name=name) if author:
                    yield self._line(each.created_at, name, text)
                case SendPage(text=text, parts=parts) if each.state is DeliveryState.SENT:
                    name = page.author_name or author_of(text, parts)
                    yield self._line(at, name, words_of(text, parts))
                case SendPageReply() as reply if each.state is DeliveryState.SENT:
                    sender = self.directory.current.name_of(reply.sender)
                    name = author_of(reply.text, reply.parts) or sender
                    yield self._line(at, name, words_of(reply.text, reply.parts))
                case SendFollowUp(text=text, to=()) if each.state is DeliveryState.SENT:
                    yield self._line(at, "", words_of(text))

    def _line(self, at: datetime, name: str, text: str) -> str:
        said = shorten(" ".join(text.split()), _LONGEST_LINE)
        return self.words.sentence("last.line", at=at, name=name or None, said=said)


def _ref(typed: str) -> Ref:
    prefix, _, rest = typed.partition("_")
    return Ref(f"{prefix.lower()}_{rest.upper()}")

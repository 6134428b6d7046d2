"""Edits of what the pager has already: one correction for all that come within half a minute.

The newest words are kept, and a time at which they are looked at again. What differs then from
what was said last goes out as "Correction: …"; an edit that was taken back leaves nothing to say.
"""

from dataclasses import dataclass
from datetime import timedelta

from gateway.domain.deliveries import DeliveryState
from gateway.domain.ids import ChatMessageId, DraftId
from gateway.domain.inbound import ChatDeletion, ChatEdit, ChatReply
from gateway.domain.outbound import SendPageReply, Wake, Waking
from gateway.domain.pages import ChatThread, Draft, Page
from gateway.domain.threads import ThreadMode
from gateway.ports.changes import Change, Enqueue, Once, SaveDraft
from gateway.ports.clock import Clock
from gateway.ports.store import Store
from gateway.services.lanes import tell_lane
from gateway.services.saying import Saying, Typed

_WINDOW = timedelta(seconds=30)
_KEPT = timedelta(days=2)
"""Longer than the platform brings an event again, and than an outage should last."""
_NEVER_SAID = frozenset({DeliveryState.REFUSED, DeliveryState.CANCELLED})


@dataclass(frozen=True)
class Corrections:
    """Remembers how messages read now."""

    store: Store
    clock: Clock
    saying: Saying

    async def outdated(self, edit: ChatEdit) -> bool:
        """Whether more is known of a message than an edit that comes late."""
        kept = await self.store.draft(_draft_of(edit.thread, edit.message))
        if kept and kept.term > edit.version:
            return True
        return await self._is_gone(edit.thread, edit.message)

    def keep(self, page: Page, edit: ChatEdit, text: str) -> SaveDraft:
        """Keep the newest words of a message; empty ones are not to be sent."""
        draft = Draft(
            id=_draft_of(edit.thread, edit.message),
            workspace=edit.thread.workspace,
            author=edit.person.user,
            author_name=edit.person.name,
            channel=edit.thread.channel,
            text=text,
            ask="thread.edited",
            expires_at=self.clock.now() + _KEPT,
            term=edit.version,
            ref=page.ref,
            thread=edit.thread,
            message=edit.message,
        )
        return SaveDraft(draft)

    def look_soon(self, page: Page, edit: ChatEdit) -> Enqueue:
        """Look at what is kept when the edits have come to an end; once for all of them."""
        wake = Wake(Waking.CORRECTION, _draft_of(edit.thread, edit.message))
        lane = tell_lane(page.ref, edit.person.user) + f":{edit.message}"
        soon = self.clock.now() + _WINDOW
        return Enqueue(lane, page.ref, wake, soon, priority=1, coalesce=True)

    async def newest(self, reply: ChatReply, text: str) -> str | None:
        """Say how a message reads now; its edit or its deletion may have come before itself.

        `None` when it is deleted.
        """
        if await self._is_gone(reply.thread, reply.message):
            return None
        edited = await self.store.draft(_draft_of(reply.thread, reply.message))
        return edited.text if edited else text

    def forget(self, deletion: ChatDeletion) -> Change:
        """Remember that a message is gone, whatever else may still be heard of it."""
        return Once(_gone_key(deletion.thread, deletion.message), ())

    async def due(self, page: Page, wake: Wake) -> tuple[Change, ...]:
        """Say what a message says now, if the pager has other words."""
        draft = await self.store.draft(DraftId(wake.key))
        if draft is None or draft.thread is None or draft.message is None or not draft.text:
            return ()
        if page.passes is ThreadMode.NOTHING:
            return ()
        if await self._is_gone(draft.thread, draft.message):
            return ()
        said = await self._said_last(page, draft.thread, draft.message)
        if not said:
            return ()
        typed = Typed(draft.author, draft.author_name, draft.thread, draft.message, draft.text)
        plain = await self.saying.replies(page, typed)
        corrected = await self.saying.correct(page, typed)
        if _texts(said) in (_texts(plain), _texts(corrected)):
            return ()
        return self.saying.enqueue(page, corrected)

    async def _is_gone(self, thread: ChatThread, message: ChatMessageId) -> bool:
        return bool(await self.store.seen((_gone_key(thread, message),)))

    async def _said_last(
        self, page: Page, thread: ChatThread, message: ChatMessageId
    ) -> tuple[SendPageReply, ...]:
        """List the messages that said it last; none when the pager never had it."""
        replies = [
            each.outbound
            for each in await self.saying.became(page, thread, message)
            if isinstance(each.outbound, SendPageReply) and each.state not in _NEVER_SAID
        ]
        return tuple(replies[-replies[-1].parts :]) if replies else ()


def _texts(replies: tuple[SendPageReply, ...]) -> list[str]:
    return [reply.text for reply in replies]


def _draft_of(thread: ChatThread, message: ChatMessageId) -> DraftId:
    return DraftId(f"edited:{thread.workspace}:{thread.channel}:{message}")


def _gone_key(thread: ChatThread, message: ChatMessageId) -> str:
    return f"gone:{thread.workspace}:{thread.channel}:{message}"

"""What is typed, edited and deleted in a thread, and what of it goes out on the pager."""

from collections.abc import Iterable
from dataclasses import dataclass

from gateway.domain.actions import Action
from gateway.domain.deliveries import Delivery, DeliveryState
from gateway.domain.errors import ThreadNotOpenError
from gateway.domain.ids import ChatUserId
from gateway.domain.inbound import ChatDeletion, ChatEdit, ChatReply
from gateway.domain.outbound import Notice, React, SendPageReply, Whisper
from gateway.domain.pager_text import clean
from gateway.domain.pages import Fault, Page
from gateway.domain.policy import Act
from gateway.domain.threads import Stays, stays
from gateway.ports.changes import Change, Enqueue, Once
from gateway.ports.clock import Clock
from gateway.ports.observer import Observer
from gateway.ports.store import Committed, Store, Unit
from gateway.services.corrections import Corrections
from gateway.services.lanes import WAITING, call_off, pager_lane, stand_behind, tell_lane
from gateway.services.limits import Limits
from gateway.services.operators import Operators
from gateway.services.permission import Permission
from gateway.services.saying import Saying, Typed

_UNDER_WAY = frozenset(
    {DeliveryState.ATTEMPTING, DeliveryState.UNKNOWN, DeliveryState.RECONCILING, DeliveryState.HELD}
)
_GONE_OUT = frozenset({DeliveryState.SENT, *_UNDER_WAY})
"""Reached the pager, or may have."""
_WORTH_A_WORD = frozenset({Stays.NOT_MENTIONED, Stays.STOPPED})
"""Reasons to stay that their author may not know of."""
_PATIENCE_S = 1.5
"""The platform waits three seconds for us."""
_PAUSE_S = 0.05


@dataclass(frozen=True)
class Replies:
    """Takes thread messages; all but those in threads of ours are none of our business."""

    store: Store
    clock: Clock
    observer: Observer
    permission: Permission
    saying: Saying
    corrections: Corrections
    limits: Limits
    operators: Operators

    # --- written -------------------------------------------------------------------------------

    async def take(self, reply: ChatReply) -> None:
        """Send a reply, unless it stays in the chat.

        Raises:
            StoreUnavailableError, ThreadNotOpenError: nothing was recorded; the platform delivers
                the event again.
        """
        page = await self._page(reply)
        text = await self.corrections.newest(reply, _words(reply)) if page else None
        if page is None or text is None:
            return
        why = stays(text, page.passes, mentioned=reply.mentions_us)
        if why:
            await self._leave(page, reply, why)
            return
        denied = await self._denied(page, reply) or await self._send(page, reply, text)
        if denied:
            told = self._tell(page, reply, Notice(denied.code, denied.facts))
            if await self.store.commit(Unit((told,), once=reply.key)) is Committed.DONE:
                await self._taken(page, reply, refused=True)

    async def _send(self, page: Page, reply: ChatReply, text: str) -> Fault | None:
        """Record what goes out, or say which limit is in the way."""
        changes = await self._outgoing(page, reply, text)
        spends = self.limits.spends(reply.person.user, page.to)
        committed = await self.store.commit(Unit((*changes, *spends), once=reply.key))
        if committed is Committed.FULL:
            return await self.limits.fault(reply.person.user, page.to)
        if committed is Committed.DONE:
            await self._taken(page, reply, refused=False)
        return None

    async def _taken(self, page: Page, reply: ChatReply, *, refused: bool) -> None:
        self.observer.saw("reply.taken", page_id=page.ref, refused=refused)
        await self._heard(page, reply)

    async def _page(self, said: ChatReply | ChatEdit | ChatDeletion) -> Page | None:
        """Find the page of a thread; `None` when it is none of ours.

        People see a status message a moment before its place is on record, after a crash many
        moments. As long as one may be on its way, what happens under a message of ours waits.
        """
        deadline = self.clock.monotonic() + _PATIENCE_S
        while True:
            # In this order: what is not being posted now and has no page never gets one.
            posting = said.under_us and await self._posting()
            page = await self.store.page_of_thread(said.thread)
            if page or not posting:
                return page
            if self.clock.monotonic() >= deadline:
                raise ThreadNotOpenError
            await self.clock.sleep(_PAUSE_S)

    async def _denied(self, page: Page, written: ChatReply | ChatEdit) -> Fault | None:
        person, channel = written.person, written.thread.channel
        return self.permission.to_reply(person) or await self.permission.to_reach(
            Act.REPLY, person, page.to, channel=channel, at=self.clock.now()
        )

    async def _posting(self) -> bool:
        return not _UNDER_WAY.isdisjoint(await self.store.counts())

    async def _leave(self, page: Page, reply: ChatReply, why: Stays) -> None:
        """Let a message stay where it is; who could have meant the pager hears so once.

        That it stayed is remembered: threads are read again, when it may read otherwise, or when
        more of its thread goes to the pager than now.
        """
        told: tuple[Change, ...] = ()
        if why in _WORTH_A_WORD:
            key = f"stays:{page.ref}:{why}:{reply.person.user}"
            told = (Once(key, (self._tell(page, reply, _stayed(page, why)),)),)
        if await self.store.commit(Unit(told, once=reply.key)) is Committed.DONE:
            await self._heard(page, reply)

    async def _heard(self, page: Page, reply: ChatReply) -> None:
        """Tell operators of a message that the chat never told us of: others may be missing."""
        if reply.untold:
            self.observer.saw("threads.unheard", page_id=page.ref)
            await self.store.commit(Unit(self.operators.unheard()))

    async def _outgoing(self, page: Page, reply: ChatReply, text: str) -> tuple[Change, ...]:
        typed = Typed(reply.person.user, reply.person.name, reply.thread, reply.message, text)
        return (*await self.saying.send(page, typed), *self._waits(page, reply))

    def _waits(self, page: Page, reply: ChatReply) -> tuple[Change, ...]:
        """A reply to a page that is not out yet stands in line behind it, and shows that."""
        if page.state.final:
            return ()
        sign = React(reply.thread, reply.message, "hourglass_flowing_sand")
        lane = tell_lane(page.ref, ChatUserId(reply.message))
        return (Enqueue(lane, page.ref, sign, self.clock.now(), priority=4),)

    # --- edited --------------------------------------------------------------------------------

    async def edited(self, edit: ChatEdit) -> None:
        """Change what waits; correct what went out; never send what was not sent before."""
        page = await self._page(edit)
        if page is None or await self.corrections.outdated(edit):
            return
        text = _words(edit)
        why = stays(text, page.passes, mentioned=edit.mentions_us)
        goes = why is None and await self._denied(page, edit) is None
        parts = await self.saying.became(page, edit.thread, edit.message)
        if _any(parts, _GONE_OUT):
            changes = self._corrected(page, edit, parts, text if goes else "")
        elif _any(parts, WAITING):
            changes = await self._changed(page, edit, parts, text if goes else "")
        else:
            # Whether its author may is judged, and told, when the message itself comes.
            changes = self._unsent(page, edit, parts, "" if why else text)
        if await self.store.commit(Unit(changes, once=edit.key)) is Committed.STALE:
            # One of them set out meanwhile.
            await self.edited(edit)

    def _corrected(
        self, page: Page, edit: ChatEdit, parts: list[Delivery], text: str
    ) -> tuple[Change, ...]:
        """Only the newest words are worth a correction; its author hears of it once."""
        waiting = (part for part in parts if part.state in WAITING and _is_correction(part))
        key = "thread.edited" if text else "thread.edit_stays"
        notice = Notice(key, {"ref": page.ref}, () if text else ((Action.CORRECT, page.ref),))
        told = self._tell(page, edit, notice)
        return (
            *call_off(waiting, self.clock.now()),
            self.corrections.keep(page, edit, text),
            self.corrections.look_soon(page, edit),
            Once(f"{key}:{page.ref}:{edit.message}", (told,)),
        )

    async def _changed(
        self, page: Page, edit: ChatEdit, parts: list[Delivery], text: str
    ) -> tuple[Change, ...]:
        """Put the new words in the old ones' place; everything behind keeps its order."""
        now = self.clock.now()
        waiting = [part for part in parts if part.state in WAITING]
        called_off = (*call_off(waiting, now), self.corrections.keep(page, edit, text))
        if not text:
            notice = Notice("thread.taken_back", {"ref": page.ref})
            return (*called_off, self._tell(page, edit, notice))
        behind = [
            each
            for each in await self.store.deliveries(page.ref)
            if each.lane == pager_lane(page.ref)
            and each.state in WAITING
            and each.id > waiting[0].id
            and each not in waiting
        ]
        typed = Typed(edit.person.user, edit.person.name, edit.thread, edit.message, text)
        return (
            *called_off,
            *await self.saying.send(page, typed),
            *stand_behind(behind, now),
        )

    def _unsent(
        self, page: Page, edit: ChatEdit, parts: list[Delivery], text: str
    ) -> tuple[Change, ...]:
        """What stayed in the chat goes on staying there; other words may still be on their way."""
        if stays(edit.before, page.passes, mentioned=edit.mentioned_us):
            notice = Notice("thread.note_stays", {"ref": page.ref})
            return (self._tell(page, edit, notice),) if text else ()
        if parts:
            return ()
        return (self.corrections.keep(page, edit, text), self.corrections.look_soon(page, edit))

    # --- deleted -------------------------------------------------------------------------------

    async def deleted(self, deletion: ChatDeletion) -> None:
        """Take back what still waits; of what went out, tell its author that it stays out."""
        page = await self._page(deletion)
        if page is None:
            return
        parts = await self.saying.became(page, deletion.thread, deletion.message)
        waiting = [part for part in parts if part.state in WAITING]
        changes: tuple[Change, ...] = (
            self.corrections.forget(deletion),
            *call_off(waiting, self.clock.now()),
            *self._told_of(page, deletion, parts),
        )
        if await self.store.commit(Unit(changes, once=deletion.key)) is Committed.STALE:
            # One of them set out meanwhile, so there is something else to tell.
            await self.deleted(deletion)

    def _told_of(
        self, page: Page, deletion: ChatDeletion, parts: list[Delivery]
    ) -> tuple[Change, ...]:
        if _any(parts, _GONE_OUT):
            notice = Notice("thread.deleted", {"ref": page.ref}, ((Action.CORRECT, page.ref),))
        elif _any(parts, WAITING):
            notice = Notice("thread.taken_back", {"ref": page.ref})
        else:
            return ()
        return (self._tell(page, deletion, notice),)

    # --- told ----------------------------------------------------------------------------------

    def _tell(
        self, page: Page, change: ChatReply | ChatEdit | ChatDeletion, notice: Notice
    ) -> Enqueue:
        """Tell its author; of a deletion outside a thread that Slack may not show any more."""
        user, place = change.person.user, change.thread
        root = None if isinstance(change, ChatDeletion) else place.root
        whisper = Whisper(place.workspace, user, place.channel, notice, root)
        return Enqueue(tell_lane(page.ref, user), page.ref, whisper, self.clock.now(), priority=1)


def _words(written: ChatReply | ChatEdit) -> str:
    """Give what there is to say: the text and the names of files; empty for neither."""
    text = written.text.strip()
    return clean("\n".join(filter(None, (text, *written.files))))


def _stayed(page: Page, why: Stays) -> Notice:
    return Notice("thread.stays", {"ref": page.ref, "reason": why.value})


def _any(parts: Iterable[Delivery], states: Iterable[DeliveryState]) -> bool:
    return any(part.state in states for part in parts)


def _is_correction(part: Delivery) -> bool:
    return isinstance(part.outbound, SendPageReply) and part.outbound.correction

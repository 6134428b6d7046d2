"""What its author decides about a page or a reply: to call it off, to send it again, to leave it.

The buttons stand where others see them, so the answer is never put in the message's place.
"""

from dataclasses import dataclass
from datetime import datetime

from gateway.domain.actions import Action
from gateway.domain.audit import Act, Actor, AuditEntry
from gateway.domain.deliveries import Delivery, DeliveryState
from gateway.domain.errors import FactValue
from gateway.domain.ids import ChatUserId, Ref
from gateway.domain.inbound import ChatAction
from gateway.domain.outbound import Notice, React, SendPage, SendPageReply, Whisper
from gateway.domain.pages import Origin, Page, PageState, Person
from gateway.ports.changes import Audit, Change, Enqueue, MovePage, Release
from gateway.ports.clock import Clock
from gateway.ports.store import Committed, Store, Unit
from gateway.services.lanes import WAITING, call_off, tell_lane
from gateway.services.permission import Permission
from gateway.services.showing import update_status
from gateway.services.wishes import Told


@dataclass(frozen=True)
class Decisions:
    """Lets only the author decide, and only while there is something to decide."""

    store: Store
    clock: Clock
    permission: Permission

    async def press(self, action: ChatAction) -> Told:
        """Do what a button on a page says."""
        ref, _, number = action.value.partition(":")
        page = await self.store.page(Ref(ref))
        if page is None or page.workspace != action.person.workspace:
            return _tell("draft.not_yours")
        if action.action == Action.CANCEL_PAGE:
            own = page.author == action.person.user
            return await self.cancel(page, action.key) if own else _tell("draft.not_yours")
        return await self._decide(action, page, number)

    async def cancel(self, page: Page, key: str, by: Actor | None = None) -> Told:
        """Take a page back, if no part of it left yet; its author was checked, or an operator."""
        told = _telling(page, self.clock.now()) if by else ()
        by = by or Actor.of_person(page.workspace, page.author)
        parts = await self._parts(page)
        now = self.clock.now()
        if not parts or any(part.state not in WAITING for part in parts):
            return _too_late(page)
        changes: tuple[Change, ...] = (
            *call_off(parts, now),
            MovePage(page.ref, PageState.CANCELLED, now),
            *await update_status(self.store, page, now),
            *told,
            Audit(AuditEntry(Act.PAGE_CANCELLED, page.ref, by, now)),
        )
        if await self.store.commit(Unit(changes, once=key)) is Committed.STALE:
            return _tell("page.too_late", {"ref": page.ref})
        return _tell("page.cancelled", {"ref": page.ref})

    async def _parts(self, page: Page) -> list[Delivery]:
        deliveries = await self.store.deliveries(page.ref)
        return [d for d in deliveries if isinstance(d.outbound, SendPage)]

    async def _decide(self, action: ChatAction, page: Page, number: str) -> Told:
        """Settle what nobody could find out; a button without a number means the page itself."""
        held = [
            d
            for d in await self.store.deliveries(page.ref)
            if d.state is DeliveryState.HELD
            and (str(d.id) == number if number else isinstance(d.outbound, SendPage))
        ]
        if not held:
            return _tell("draft.used")
        if not self._may(action, _author(page, held[0])):
            return _tell("draft.not_yours")
        return await self._release(action, page, held[0])

    def _may(self, action: ChatAction, author: ChatUserId) -> bool:
        """What nobody wrote, anybody may decide who may page."""
        if not author:
            return self.permission.to_reply(action.person) is None
        return author == action.person.user

    async def _release(self, action: ChatAction, page: Page, held: Delivery) -> Told:
        now = self.clock.now()
        again = action.action == Action.SEND_AGAIN
        state = DeliveryState.READY if again else DeliveryState.SENT
        changes: tuple[Change, ...] = (
            Release(held.id, state, now, (DeliveryState.HELD,)),
            *await self._shown(page, held, again=again),
            _noted(action.person, held, again, now),
        )
        if await self.store.commit(Unit(changes, once=action.key)) is not Committed.DONE:
            return _tell("draft.used")
        if again:
            return _tell("page.accepted", {"ref": page.ref})
        return _tell("page.marked_sent", {"ref": page.ref, "author_name": action.person.name})

    async def _shown(self, page: Page, held: Delivery, *, again: bool) -> tuple[Change, ...]:
        now = self.clock.now()
        match held.outbound:
            case SendPage(part=part, parts=parts):
                sent = PageState.SENT if part == parts else PageState.SENDING
                state = PageState.WAITING if again else sent
                moved = MovePage(page.ref, state, now)
                return (moved, *await update_status(self.store, page, now))
            case SendPageReply(thread=thread, message=message) if not again:
                sign = React(thread, message, "white_check_mark", "hourglass_flowing_sand")
                lane = tell_lane(page.ref, ChatUserId(message))
                return (Enqueue(lane, page.ref, sign, now, priority=4),)
            case _:
                return ()


def _telling(page: Page, now: datetime) -> tuple[Change, ...]:
    """Tell the author what somebody else decided."""
    if not page.author or page.origin is Origin.API:
        return ()
    notice = Notice("page.cancelled", {"ref": page.ref})
    whisper = Whisper(page.workspace, page.author, page.channel, notice)
    return (Enqueue(tell_lane(page.ref, page.author), page.ref, whisper, now, priority=1),)


def _noted(person: Person, held: Delivery, again: bool, now: datetime) -> Audit:  # noqa: FBT001  as decided
    act = Act.PAGE_SENT_AGAIN if again else Act.PAGE_MARKED_SENT
    by = Actor.of_person(person.workspace, person.user)
    return Audit(AuditEntry(act, held.ref, by, now, {"delivery": held.id}))


def _author(page: Page, held: Delivery) -> ChatUserId:
    match held.outbound:
        case SendPageReply(author=author):
            return author
        case _:
            return page.author


def _too_late(page: Page) -> Told:
    """Say how a page stands that cannot be called off."""
    facts: dict[str, FactValue] = {"ref": page.ref}
    match page.state:
        case PageState.CANCELLED:
            return _tell("page.cancelled", facts)
        case PageState.REFUSED:
            return _tell("draft.used", facts)
        case PageState.UNSURE | PageState.HELD:
            looking = page.state is PageState.UNSURE
            choices = ((Action.SEND_AGAIN, page.ref), (Action.MARK_SENT, page.ref))
            notice = Notice(
                "pager.outcome_unknown",
                {**facts, "looking": looking},
                () if looking else choices,
            )
            return Told(notice)
        case PageState.SENT if page.sent_at:
            return _tell("page.too_late", {**facts, "sent_at": page.sent_at.isoformat()})
        case _:
            return _tell("page.too_late", facts)


def _tell(key: str, facts: dict[str, FactValue] | None = None) -> Told:
    return Told(Notice(key, facts or {}))

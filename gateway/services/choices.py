"""What a pressed button does. The value is only a key: what it means is looked up again."""

from dataclasses import dataclass, replace

from gateway.domain.actions import Action
from gateway.domain.deliveries import (
    Delivery,
    DeliveryState,
    Notice,
    SendPage,
    Whisper,
)
from gateway.domain.errors import FactValue
from gateway.domain.ids import ChannelId, ChatUserId, DraftId, ExtensionNumber, Ref
from gateway.domain.inbound import ChatAction, ChatReply
from gateway.domain.pages import ChatThread, Draft, Origin, Page, PageState
from gateway.ports.store import (
    Change,
    Committed,
    DropDraft,
    Enqueue,
    MovePage,
    Release,
    Store,
    Unit,
)
from gateway.services.directory_sync import DirectoryKeeper
from gateway.services.forms import Forms, Prefill
from gateway.services.lanes import tell_lane
from gateway.services.people import People
from gateway.services.refusals import display_names
from gateway.services.replies import Replies
from gateway.services.sending import Sending, Told, Wish
from gateway.services.showing import show_status

_WAITING = (DeliveryState.READY, DeliveryState.CLAIMED)


@dataclass(frozen=True)
class Choices:
    """Answers buttons."""

    store: Store
    sending: Sending
    replies: Replies
    forms: Forms
    directory: DirectoryKeeper
    people: People

    async def act(self, action: ChatAction) -> Told:
        """Do what a button says, if its author pressed it and it is still open.

        Raises:
            StoreUnavailableError: nothing was recorded; the button still works.
        """
        match action.action:
            case Action.SHOW_HELP:
                return self.sending.tell("command.help", {}, ((Action.OPEN_FORM, ""),))
            case Action.CANCEL_PAGE:
                return await self._cancel(action)
            case Action.MARK_DONE:
                return await self._mark_done(action)
            case Action.PAGE_TO:
                to = (ExtensionNumber(action.value),)
                return await self.forms.open(Prefill(action.person, action.trigger, to=to))
            case Action.CORRECT:
                return await self._correct(action)
            case Action.SEND_AGAIN | Action.MARK_SENT if action.value.startswith("pg_"):
                return await self._decide_held(action)
            case Action.OPEN_FORM if not action.value:
                return await self.forms.open(self._blank(action))
            case _:
                return await self._with_draft(action)

    # --- buttons that carry a draft --------------------------------------------------------

    async def _with_draft(self, action: ChatAction) -> Told:
        draft_id, _, number = action.value.partition(":")
        draft = await self.store.draft(DraftId(draft_id))
        if draft is None:
            return self.sending.tell("draft.expired", {}, ((Action.OPEN_FORM, ""),), replace=True)
        if draft.author != action.person.user or draft.workspace != action.person.workspace:
            return self.sending.tell("draft.not_yours")
        return await self._use(action, draft, ExtensionNumber(number))

    async def _use(self, action: ChatAction, draft: Draft, number: ExtensionNumber) -> Told:
        wish = self._wish(action, draft)
        match action.action:
            case Action.CHOOSE | Action.PAGE_DEPARTMENT:
                kept = draft.to if action.action == Action.CHOOSE else ()
                return await self._go_on(replace(wish, to=(*kept, number)), action.trigger)
            case Action.EDIT | Action.CHOOSE_RECIPIENT | Action.OPEN_FORM:
                return await self.forms.open(self._filled(action, draft))
            case Action.RESEND_WITHOUT | Action.CHECK_AND_RESEND:
                return await self._without(action, draft, wish)
            case Action.SPLIT_SEND:
                return await self.sending.send(replace(wish, split=True))
            case Action.SEND_AGAIN:
                return await self.sending.send(replace(wish, repeat=True))
            case Action.SEND_AS_ME:
                return await self.sending.send(replace(wish, send_as=None, repeat=True))
            case Action.FROM_SHARED:
                return await self._from_shared(action, draft, wish)
            case Action.TRY_AGAIN | Action.PAGE_AS_NEW:
                return await self.sending.send(replace(wish, repeat=True))
            case Action.ASK_BACK:
                return await self._ask_back(action, draft)
            case Action.DISCARD:
                await self.store.commit(Unit((DropDraft(draft.id),), once=action.key))
                return self.sending.tell("page.discarded", replace=True)
            case _:
                return self.sending.tell("draft.expired", replace=True)

    async def _go_on(self, wish: Wish, trigger: str) -> Told:
        """A recipient was chosen; without a message the form asks for it."""
        if wish.text.strip():
            return await self.sending.send(wish)
        return await self.forms.open(
            Prefill(wish.person, trigger, wish.channel, wish.to, draft=wish.draft or "")
        )

    async def _without(self, action: ChatAction, draft: Draft, wish: Wish) -> Told:
        if action.action == Action.CHECK_AND_RESEND:
            await self.directory.refresh()
        directory = self.directory.current
        named = {ExtensionNumber(number) for number in draft.term.split(",") if number}
        found = (directory.extension(number) for number in draft.to)
        blamed = named | {e.number for e in found if e and not e.reachable}
        to = tuple(number for number in draft.to if number not in blamed)
        return await self.sending.send(replace(wish, to=to, repeat=True))

    async def _from_shared(self, action: ChatAction, draft: Draft, wish: Wish) -> Told:
        """Send from the shared sender: a reply into the same conversation where it is in it."""
        shared = self.people.shared
        page = await self.store.page(draft.ref) if draft.ref and draft.thread else None
        links = await self.store.links(draft.ref) if draft.ref and page else ()
        if page and draft.thread and shared and any(link.mailbox == shared for link in links):
            return await self._reply_from(action, draft, page, draft.thread, shared)
        return await self.sending.send(replace(wish, send_as=shared, repeat=True))

    async def _reply_from(
        self,
        action: ChatAction,
        draft: Draft,
        page: Page,
        thread: ChatThread,
        sender: ExtensionNumber,
    ) -> Told:
        message = action.message or thread.root
        reply = ChatReply(
            action.key, action.person, thread, message, draft.text, action.received_at
        )
        changes = self.replies.send(page, reply, sender, on_behalf=True)
        done = await self.store.commit(Unit((*changes, DropDraft(draft.id)), once=action.key))
        if done is not Committed.DONE:
            return self.sending.tell("draft.used", replace=True)
        recipients = display_names(page.to, self.directory.current)
        facts: dict[str, FactValue] = {"ref": page.ref, "recipients": recipients}
        return self.sending.tell("page.accepted", facts, replace=True)

    def _wish(self, action: ChatAction, draft: Draft) -> Wish:
        return Wish(
            key=action.key,
            person=action.person,
            channel=draft.channel,
            to=draft.to,
            text=draft.text,
            origin=Origin.COMMAND,
            send_as=draft.send_as,
            quiet=draft.quiet,
            draft=draft.id,
            thread=draft.thread,
        )

    def _filled(self, action: ChatAction, draft: Draft) -> Prefill:
        return Prefill(action.person, action.trigger, draft.channel, draft.to, draft.text, draft.id)

    def _blank(self, action: ChatAction) -> Prefill:
        return Prefill(action.person, action.trigger, action.channel)

    # --- asking to be added back -----------------------------------------------------------

    async def _ask_back(self, action: ChatAction, draft: Draft) -> Told:
        directory = self.directory.current
        departments = (directory.department(number) for number in draft.to)
        department = next((d for d in departments if d), None)
        if department is None:
            return self.sending.tell("membership.nobody")
        facts = {"department": department.name, "department_number": department.number}
        owners = [self.people.user_of(number) for number in department.managers]
        asked = [user for user in owners if user]
        if not asked:
            return self.sending.tell("membership.nobody", {**facts})
        own = self.people.extension_of(action.person.user) or ""
        value = f"{action.person.user}:{department.number}"
        notice = Notice(
            "membership.ask",
            {**facts, "author_name": action.person.name, "number": own},
            ((Action.MARK_DONE, value),),
        )
        whispers = tuple(self._direct(draft, user, notice) for user in asked)
        await self.store.commit(Unit(whispers, once=action.key))
        managers = display_names(department.managers, directory)
        return self.sending.tell("membership.asked", {**facts, "managers": managers})

    async def _mark_done(self, action: ChatAction) -> Told:
        user, _, number = action.value.partition(":")
        await self.directory.refresh()
        department = self.directory.current.department(ExtensionNumber(number))
        facts = {"department": department.name if department else number}
        told = Whisper(
            action.person.workspace, ChatUserId(user), None, Notice("membership.done", {**facts})
        )
        lane = tell_lane(Ref(""), told.user)
        done = Enqueue(lane, Ref(""), told, action.received_at, priority=1)
        await self.store.commit(Unit((done,), once=action.key))
        return self.sending.tell("membership.done", {**facts}, replace=True)

    def _direct(self, draft: Draft, user: ChatUserId, notice: Notice) -> Enqueue:
        """A request to somebody who is not where it began: told in their own messages."""
        ref = draft.ref or Ref("")
        whisper = Whisper(draft.workspace, user, ChannelId(user), notice)
        now = self.sending.clock.now()
        return Enqueue(tell_lane(ref, user), ref, whisper, now, priority=1)

    # --- buttons on a page -----------------------------------------------------------------

    async def _cancel(self, action: ChatAction) -> Told:
        page = await self.store.page(Ref(action.value))
        if page is None or page.author != action.person.user:
            return self.sending.tell("draft.not_yours")
        return await self.cancel(page, action.key)

    async def cancel(self, page: Page, key: str) -> Told:
        """Take a page back, if no part of it left yet."""
        waiting = [
            d for d in await self.store.deliveries(page.ref) if isinstance(d.outbound, SendPage)
        ]
        now = self.sending.clock.now()
        if not waiting or any(d.state not in _WAITING for d in waiting):
            facts = {"sent_at": page.sent_at.isoformat()} if page.sent_at else {}
            return self.sending.tell("page.too_late", {"ref": page.ref, **facts})
        changes: tuple[Change, ...] = (
            *(Release(d.id, DeliveryState.CANCELLED, now, _WAITING) for d in waiting),
            MovePage(page.ref, PageState.CANCELLED, now),
            *(await show_status(self.store, page, now) if page.thread else ()),
        )
        if await self.store.commit(Unit(changes, once=key)) is Committed.STALE:
            return self.sending.tell("page.too_late", {"ref": page.ref})
        return self.sending.tell("page.cancelled", {"ref": page.ref}, replace=True)

    async def _decide_held(self, action: ChatAction) -> Told:
        ref, _, wanted = action.value.partition(":")
        page = await self.store.page(Ref(ref))
        if page is None or page.author != action.person.user:
            return self.sending.tell("draft.not_yours")
        held = [
            d
            for d in await self.store.deliveries(page.ref)
            if d.state is DeliveryState.HELD and wanted in {"", str(d.id)}
        ]
        if not held:
            return self.sending.tell("draft.used", replace=True)
        return await self._release(action, page, held[0])

    async def _release(self, action: ChatAction, page: Page, held: Delivery) -> Told:
        now = self.sending.clock.now()
        again = action.action == Action.SEND_AGAIN
        state = DeliveryState.READY if again else DeliveryState.SENT
        shown = PageState.WAITING if again else PageState.SENT
        moved = (MovePage(page.ref, shown, now),) if isinstance(held.outbound, SendPage) else ()
        changes: tuple[Change, ...] = (
            Release(held.id, state, now, (DeliveryState.HELD,)),
            *moved,
            *await show_status(self.store, page, now),
        )
        if await self.store.commit(Unit(changes, once=action.key)) is not Committed.DONE:
            return self.sending.tell("draft.used")
        key = "page.accepted" if again else "page.marked_sent"
        return self.sending.tell(key, {"ref": page.ref, "author_name": action.person.name})

    async def _correct(self, action: ChatAction) -> Told:
        page = await self.store.page(Ref(action.value))
        if page is None:
            return self.sending.tell("draft.expired")
        text = self.forms.words.sentence("form.correction")
        prefill = Prefill(action.person, action.trigger, page.channel, page.to, f"{text} ")
        return await self.forms.open(prefill)

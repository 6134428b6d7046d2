"""What a pressed button does. The value is only a key: what it means is looked up again."""

from dataclasses import dataclass, replace

from gateway.domain.actions import Action
from gateway.domain.errors import FactValue
from gateway.domain.ids import DraftId, ExtensionNumber, Ref
from gateway.domain.inbound import ChatAction
from gateway.domain.outbound import Notice
from gateway.domain.pages import ChatThread, Draft, Origin, Page
from gateway.ports.changes import DropDraft
from gateway.ports.store import Committed, Store, Unit
from gateway.services.decisions import Decisions
from gateway.services.directory_sync import DirectoryKeeper
from gateway.services.forms import Forms, Prefill
from gateway.services.membership import Membership
from gateway.services.people import People
from gateway.services.saying import Saying, Typed
from gateway.services.sending import Sending
from gateway.services.thread_modes import ThreadModes
from gateway.services.wishes import Question, Told, Wish, used_key

_OF_A_PAGE = frozenset({Action.CANCEL_PAGE, Action.SEND_AGAIN, Action.MARK_SENT})


@dataclass(frozen=True)
class Choices:
    """Answers buttons."""

    store: Store
    sending: Sending
    saying: Saying
    forms: Forms
    decisions: Decisions
    membership: Membership
    modes: ThreadModes
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
            case Action.MARK_DONE:
                return await self.membership.done(action)
            case Action.PAGE_TO:
                to = (ExtensionNumber(action.value),)
                return await self.forms.open(replace(self._blank(action), to=to))
            case Action.CORRECT:
                return await self._correct(action)
            case Action.THREAD_MODE:
                return await self.modes.switch(action)
            case Action.OPEN_FORM if not action.value:
                return await self.forms.open(self._blank(action))
            case pressed if pressed in _OF_A_PAGE and action.value.startswith("pg_"):
                return await self.decisions.press(action)
            case _:
                told = await self._with_draft(action)
                # What others see, too, is not replaced by what is for one person.
                return replace(told, replace=False) if action.message else told

    # --- buttons that carry a draft --------------------------------------------------------

    async def _with_draft(self, action: ChatAction) -> Told:
        name, _, number = action.value.partition(":")
        draft = await self.store.draft(DraftId(name))
        if draft is None:
            return await self._over(DraftId(name))
        if draft.author != action.person.user or draft.workspace != action.person.workspace:
            return self.sending.tell("draft.not_yours")
        return await self._use(action, draft, ExtensionNumber(number))

    async def _over(self, draft: DraftId) -> Told:
        """Tell a button that was pressed before from one that was not pressed in time."""
        if await self.store.seen((used_key(draft),)):
            return self.sending.tell("draft.used")
        return self.sending.tell("draft.expired", {}, ((Action.OPEN_FORM, ""),))

    async def _use(self, action: ChatAction, draft: Draft, number: ExtensionNumber) -> Told:
        wish = self._wish(action, draft)
        match action.action:
            case Action.CHOOSE | Action.PAGE_DEPARTMENT if self.directory.current.extension(number):
                kept = draft.to if action.action == Action.CHOOSE else ()
                return await self._go_on(replace(wish, to=(*kept, number)), action.trigger)
            case Action.PAGE_THESE:
                return await self._go_on(wish, action.trigger)
            case Action.EDIT | Action.CHOOSE_RECIPIENT | Action.OPEN_FORM:
                return await self.forms.open(self._filled(action, draft))
            case Action.RESEND_WITHOUT | Action.CHECK_AND_RESEND:
                return await self._without(action, draft, wish)
            case Action.SPLIT_SEND:
                return await self.sending.send(wish.agreeing(Question.LENGTH))
            case Action.PAGE_ALL:
                return await self.sending.send(wish.agreeing(Question.SIZE, Question.FLAGGED))
            case Action.SEND_AGAIN | Action.TRY_AGAIN | Action.PAGE_AS_NEW:
                return await self.sending.send(wish.agreeing(Question.REPEAT))
            case Action.SEND_AS_ME:
                as_me = replace(wish, send_as=None)
                return await self.sending.send(as_me.agreeing(Question.REPEAT))
            case Action.FROM_SHARED:
                return await self._from_shared(action, draft, wish)
            case Action.ASK_BACK:
                return await self.membership.ask(action, draft)
            case Action.DISCARD:
                return await self._discard(wish, draft)
            case _:
                return self.sending.tell("draft.expired", {}, ((Action.OPEN_FORM, ""),))

    async def _go_on(self, wish: Wish, trigger: str) -> Told:
        """A recipient was chosen; without a message the form asks for it."""
        if wish.text.strip():
            return await self.sending.send(wish)
        prefill = Prefill(
            wish.key, wish.person, trigger, wish.channel, wish.to, draft=wish.draft or ""
        )
        return await self.forms.open(prefill)

    async def _without(self, action: ChatAction, draft: Draft, wish: Wish) -> Told:
        named = {ExtensionNumber(number) for number in draft.term.split(",") if number}
        if action.action == Action.CHECK_AND_RESEND:
            await self.directory.refresh_in_time()
            if named:  # it was ours to say, and is judged anew
                return await self.sending.send(wish.agreeing(Question.REPEAT))
        found = (self.directory.current.extension(number) for number in draft.to)
        blamed = named or {e.number for e in found if e and not e.reachable}
        # With nobody left the pager is asked again: it says best what is the matter.
        to = tuple(number for number in draft.to if number not in blamed) or draft.to
        return await self.sending.send(replace(wish, to=to).agreeing(Question.REPEAT))

    async def _discard(self, wish: Wish, draft: Draft) -> Told:
        unit = Unit((DropDraft(draft.id),), once=wish.once)
        if await self.store.commit(unit) is Committed.REPEATED:
            return self.sending.tell("draft.used")
        return self.sending.tell("page.discarded", replace=True)

    # --- from the shared sender ------------------------------------------------------------

    async def _from_shared(self, action: ChatAction, draft: Draft, wish: Wish) -> Told:
        """Send from the shared sender: a reply into the same conversation where it is in it."""
        shared, thread = self.people.shared, draft.thread
        page = await self.store.page(draft.ref) if draft.ref and thread else None
        links = await self.store.links(page.ref) if page else ()
        is_in_it = any(link.mailbox == shared for link in links)
        if page and thread and shared and is_in_it:
            return await self._reply_from(action, draft, page, thread, shared)
        as_shared = replace(wish, send_as=shared)
        return await self.sending.send(as_shared.agreeing(Question.REPEAT))

    async def _reply_from(
        self,
        action: ChatAction,
        draft: Draft,
        page: Page,
        thread: ChatThread,
        sender: ExtensionNumber,
    ) -> Told:
        denied = self.sending.permission.to_reply(action.person)
        if denied:
            return Told(Notice(denied.code, denied.facts))
        limits = self.sending.accepting.limits
        spends = limits.spends(action.person.user, page.to)
        message = draft.message or thread.root
        typed = Typed(action.person.user, action.person.name, thread, message, draft.text)
        changes = await self.saying.send(page, typed, sender)
        unit = Unit((*changes, *spends, DropDraft(draft.id)), once=used_key(draft.id))
        match await self.store.commit(unit):
            case Committed.FULL:
                full = await limits.fault(action.person.user, page.to)
                return Told(Notice(full.code, full.facts))
            case committed if committed is not Committed.DONE:
                return self.sending.tell("draft.used")
        recipients = list(map(self.directory.current.name_of, page.to))
        facts: dict[str, FactValue] = {"ref": page.ref, "recipients": recipients}
        return self.sending.tell("page.accepted", facts, replace=True)

    # --- forms -----------------------------------------------------------------------------

    async def _correct(self, action: ChatAction) -> Told:
        page = await self.store.page(Ref(action.value))
        if page is None or page.workspace != action.person.workspace:
            return self.sending.tell("command.unknown_ref")
        text = self.forms.words.sentence("form.correction")
        blank = self._blank(action)
        return await self.forms.open(
            replace(blank, channel=page.channel, to=page.to, text=f"{text} ")
        )

    def _blank(self, action: ChatAction) -> Prefill:
        return Prefill(action.key, action.person, action.trigger, action.channel)

    def _filled(self, action: ChatAction, draft: Draft) -> Prefill:
        return replace(
            self._blank(action),
            channel=draft.channel,
            to=draft.to,
            text=draft.text,
            draft=draft.id,
        )

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
            agreed=frozenset(draft.agreed),
            draft=draft.id,
            thread=draft.thread,
        )

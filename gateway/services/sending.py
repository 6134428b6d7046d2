"""From a wish to page somebody to a page that is on record.

Every way of asking (command, form, button, shortcut) ends here, so the same questions are asked
and the same rules hold everywhere. A page is accepted by one transaction: the page, its deliveries
and the key that makes a repeat harmless.
"""

import asyncio
from collections.abc import MutableMapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from weakref import WeakValueDictionary

from gateway.domain.actions import Action
from gateway.domain.addressing import check_reach
from gateway.domain.deliveries import Notice, SendPage
from gateway.domain.errors import (
    DepartmentSenderError,
    FactValue,
    InactiveAuthorError,
    PageTooLongError,
)
from gateway.domain.ids import (
    ChannelId,
    ChatUserId,
    ExtensionNumber,
    Ref,
    WorkspaceId,
)
from gateway.domain.pager_text import clean, compose_page
from gateway.domain.pages import (
    DRAFT_LIFE,
    Draft,
    Fault,
    Page,
    PageState,
    Person,
)
from gateway.ports.clock import Clock
from gateway.ports.ids import Ids
from gateway.ports.observer import Observer
from gateway.ports.store import (
    Change,
    Committed,
    DropDraft,
    Enqueue,
    NewPage,
    SaveDraft,
    Store,
    Unit,
)
from gateway.services.directory_sync import DirectoryKeeper
from gateway.services.lanes import pager_lane
from gateway.services.people import People
from gateway.services.permission import Permission
from gateway.services.refusals import Refusal, display_names, refusal_notice
from gateway.services.wishes import Question, Told, Wish

_A_MINUTE = timedelta(minutes=1)
_REPEAT_WITHIN = timedelta(seconds=60)
"""The same words to the same people within this time: probably Enter was pressed twice."""


@dataclass(frozen=True)
class Sending:
    """Accepts pages."""

    store: Store
    clock: Clock
    ids: Ids
    observer: Observer
    directory: DirectoryKeeper
    people: People
    permission: Permission
    max_parts: int = 5
    ask_above: int = 25
    per_minute: int = 0
    _locks: MutableMapping[tuple[WorkspaceId, ChatUserId], asyncio.Lock] = field(
        default_factory=WeakValueDictionary, init=False
    )

    async def send(self, wish: Wish) -> Told:
        """Accept a page, or ask the one question that stands in its way.

        One wish of a person at a time: two presses of Enter would not see each other otherwise.

        Raises:
            StoreUnavailableError: nothing was recorded.
        """
        whose = (wish.person.workspace, wish.person.user)
        async with self._locks.setdefault(whose, asyncio.Lock()):
            return await self._send(wish)

    async def _send(self, wish: Wish) -> Told:
        denied = self.permission.to_reply(wish.person)
        if denied:
            return await self.refuse(wish, denied)
        sender = wish.send_as or self._usual_sender(wish.person)
        if sender is None:
            return self.tell("gateway.not_recorded", {"text": wish.text})
        barred = self._barred(wish.person, sender)
        if barred:
            return await self.refuse(wish, barred, sender)
        to = tuple(dict.fromkeys(number for number in wish.to if number != sender))
        if not to:
            return await self.ask(wish, "recipient.nobody_left", (Action.CHOOSE_RECIPIENT,))
        if not clean(wish.text):
            return await self.ask(replace(wish, to=to), "page.no_words", (Action.OPEN_FORM,))
        return await self._accept(replace(wish, to=to), sender)

    async def ask(
        self,
        wish: Wish,
        key: str,
        actions: tuple[Action, ...],
        facts: dict[str, FactValue] | None = None,
        *,
        choices: tuple[ExtensionNumber, ...] = (),
        term: str = "",
    ) -> Told:
        """Keep what was typed and ask; every button finds the draft again, only for its author."""
        draft = self._draft(wish, key, term)
        offered = tuple((Action.CHOOSE, f"{draft.id}:{number}") for number in choices)
        buttons = (*offered, *((action, draft.id) for action in actions))
        notice = Notice(key, {"text": wish.text, **(facts or {})}, buttons)
        self.observer.saw("page.asked", key=key, workspace=wish.person.workspace)
        return await self._keep(wish, draft, notice)

    async def refuse(self, wish: Wish, fault: Fault, sender: ExtensionNumber | None = None) -> Told:
        """Answer with a refusal of our own, before anything reached the pager."""
        draft = self._draft(wish, fault.code)
        page = self._page(wish, Ref(""), sender or ExtensionNumber(""), parts=1)
        refusal = Refusal(page, fault, page.sender)
        notice = refusal_notice(refusal, draft.id, self.directory.current, self.people)
        self.observer.saw("page.refused", error_code=fault.code, workspace=wish.person.workspace)
        return await self._keep(wish, draft, notice)

    async def _keep(self, wish: Wish, draft: Draft, notice: Notice) -> Told:
        """Keep the words behind a question or a refusal."""
        changes: tuple[Change, ...] = (SaveDraft(draft), *_used_up(wish))
        if await self.store.commit(Unit(changes, once=wish.once)) is Committed.REPEATED:
            return self._repeated(wish)
        return Told(notice, replace=wish.draft is not None)

    def _repeated(self, wish: Wish) -> Told:
        """A request that came twice was answered; a draft that is used up may not have been."""
        return self.tell("draft.used") if wish.draft else Told()

    def tell(
        self,
        key: str,
        facts: dict[str, FactValue] | None = None,
        actions: tuple[tuple[str, str], ...] = (),
        *,
        replace: bool = False,
    ) -> Told:
        """Answer in place, without leaving a trace."""
        return Told(Notice(key, facts or {}, actions), replace=replace)

    def _usual_sender(self, person: Person) -> ExtensionNumber | None:
        return self.people.extension_of(person.user) or self.people.shared

    def _barred(self, person: Person, sender: ExtensionNumber) -> Fault | None:
        if self.directory.current.department(sender):
            return Fault.of(DepartmentSenderError(department=sender, attempted=False))
        denied = self.permission.to_send_as(person, sender)
        if denied:
            return denied
        extension = self.directory.current.extension(sender)
        if extension and not extension.reachable and sender != self.people.shared:
            return Fault.of(InactiveAuthorError(sender, extension.status.value))
        return None

    async def _accept(self, wish: Wish, sender: ExtensionNumber) -> Told:
        question = await self._question(wish)
        if question:
            return question
        most = self.max_parts if Question.LENGTH in wish.agreed else 1
        while True:
            ref = self.ids.ref("pg")
            name = wish.person.name if self._on_behalf(wish, sender) else None
            try:
                texts = compose_page(wish.text, name, ref, max_parts=most)
            except PageTooLongError as error:
                return await self._ask_length(wish, error)
            page = self._page(wish, ref, sender, parts=len(texts))
            committed = await self.store.commit(self._unit(wish, page, texts))
            if committed is not Committed.TAKEN:
                return self._accepted(wish, page, committed)

    async def _question(self, wish: Wish) -> Told | None:
        if await self._too_many(wish):
            limit: dict[str, FactValue] = {"limit": self.per_minute}
            return await self.ask(wish, "page.too_many", (Action.TRY_AGAIN,), limit)
        if Question.REPEAT not in wish.agreed and (earlier := await self._said_before(wish)):
            return await self._ask_repeat(wish, earlier)
        people = len(check_reach(wish.to, self.directory.current).receivers)
        if Question.SIZE not in wish.agreed and 0 < self.ask_above < people:
            return await self._ask_size(wish, people)
        return None

    async def _ask_size(self, wish: Wish, people: int) -> Told:
        facts: dict[str, FactValue] = {
            "people": people,
            "limit": self.ask_above,
            "recipients": display_names(wish.to, self.directory.current),
        }
        actions = (Action.PAGE_ALL, Action.EDIT, Action.DISCARD)
        return await self.ask(wish, Question.SIZE, actions, facts)

    async def _ask_repeat(self, wish: Wish, earlier: Page) -> Told:
        facts: dict[str, FactValue] = {
            "recipients": display_names(wish.to, self.directory.current),
            "seconds": int((self.clock.now() - earlier.created_at).total_seconds()),
            "ref": earlier.ref,
        }
        if earlier.sent_at:
            facts["sent_at"] = earlier.sent_at.isoformat()
        actions = (Action.SEND_AGAIN, Action.DISCARD)
        return await self.ask(wish, Question.REPEAT, actions, facts)

    async def _ask_length(self, wish: Wish, error: PageTooLongError) -> Told:
        """Ask about a page that does not fit, in the pager's own count: frame and all."""
        facts: dict[str, FactValue] = {
            "length": error.length,
            "limit": error.limit,
            "over": error.length - error.limit,
        }
        if error.parts > self.max_parts:
            return await self.ask(wish, Question.LENGTH, (Action.EDIT,), facts)
        actions = (Action.EDIT, Action.SPLIT_SEND)
        return await self.ask(wish, Question.LENGTH, actions, {**facts, "parts": error.parts})

    async def _too_many(self, wish: Wish) -> bool:
        """Whether one person would use up what all who share a sender may send."""
        if not self.per_minute:
            return False
        person = wish.person
        last = await self.store.pages_of(person.workspace, person.user, self.per_minute)
        full = len(last) == self.per_minute
        return full and self.clock.now() - last[-1].created_at < _A_MINUTE

    async def _said_before(self, wish: Wish) -> Page | None:
        since = self.clock.now() - _REPEAT_WITHIN
        for page in await self.store.pages_of(wish.person.workspace, wish.person.user, 3):
            same = page.text == wish.text and set(page.to) == set(wish.to)
            if same and page.created_at >= since and page.state is not PageState.REFUSED:
                return page
        return None

    def _unit(self, wish: Wish, page: Page, texts: tuple[str, ...]) -> Unit:
        now = page.created_at
        parts = tuple(
            Enqueue(
                pager_lane(page.ref),
                page.ref,
                SendPage(page.sender, page.to, text, part, len(texts)),
                now,
                priority=0,
            )
            for part, text in enumerate(texts, start=1)
        )
        return Unit((NewPage(page), *parts, *_used_up(wish)), once=wish.once)

    def _accepted(self, wish: Wish, page: Page, committed: Committed) -> Told:
        if committed is Committed.REPEATED:
            return self._repeated(wish)
        self.observer.saw("page.accepted", page_id=page.ref, origin=page.origin.value)
        facts: dict[str, FactValue] = {
            "ref": page.ref,
            "recipients": display_names(page.to, self.directory.current),
        }
        return self.tell("page.accepted", facts, replace=wish.draft is not None)

    def _on_behalf(self, wish: Wish, sender: ExtensionNumber) -> bool:
        return sender != self.people.extension_of(wish.person.user)

    def _page(self, wish: Wish, ref: Ref, sender: ExtensionNumber, parts: int) -> Page:
        now = self.clock.now()
        channel = ChannelId(wish.person.user) if wish.quiet else wish.channel
        return Page(
            ref=ref,
            origin=wish.origin,
            workspace=wish.person.workspace,
            author=wish.person.user,
            author_name=wish.person.name,
            channel=channel,
            sender=sender,
            on_behalf=self._on_behalf(wish, sender),
            to=wish.to,
            text=wish.text,
            parts=parts,
            state=PageState.SENDING,
            created_at=now,
            changed_at=now,
            quiet=wish.quiet,
        )

    def _draft(self, wish: Wish, ask: str, term: str = "") -> Draft:
        return Draft(
            id=self.ids.draft(),
            workspace=wish.person.workspace,
            author=wish.person.user,
            author_name=wish.person.name,
            channel=wish.channel,
            text=wish.text,
            ask=ask,
            expires_at=self.clock.now() + DRAFT_LIFE,
            to=wish.to,
            term=term,
            send_as=wish.send_as,
            quiet=wish.quiet,
            thread=wish.thread,
            agreed=tuple(sorted(wish.agreed)),
        )


def _used_up(wish: Wish) -> tuple[Change, ...]:
    return (DropDraft(wish.draft),) if wish.draft else ()

"""From a person's wish to page somebody to what they are told of it at once.

Every way of asking in the chat (command, form, button, shortcut) ends here, so the same questions
are asked and the same rules hold everywhere. What was typed is kept behind every question.
"""

import asyncio
from collections.abc import Mapping, MutableMapping
from dataclasses import dataclass, field
from math import ceil
from weakref import WeakValueDictionary

from gateway.domain.actions import Action
from gateway.domain.errors import FactValue
from gateway.domain.ids import ChatUserId, ExtensionNumber, Ref, WorkspaceId
from gateway.domain.outbound import Notice
from gateway.domain.pages import DRAFT_LIFE, Draft, Fault, Page
from gateway.ports.changes import Change, SaveDraft
from gateway.ports.clock import Clock
from gateway.ports.ids import Ids
from gateway.ports.observer import Observer
from gateway.ports.store import Committed, Store, Unit
from gateway.services.accepting import (
    Accepted,
    Accepting,
    Denied,
    NoSender,
    Repeated,
    used_up,
)
from gateway.services.asking import Asked
from gateway.services.directory_sync import DirectoryKeeper
from gateway.services.people import People
from gateway.services.permission import Permission
from gateway.services.refusals import Refusal, leave_out, refusal_notice
from gateway.services.wishes import Told, Wish


@dataclass(frozen=True)
class Sending:
    """Tells people what becomes of their wishes."""

    store: Store
    clock: Clock
    ids: Ids
    observer: Observer
    directory: DirectoryKeeper
    people: People
    permission: Permission
    accepting: Accepting
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
        match await self.accepting.accept(wish):
            case Accepted(page):
                return self._accepted(wish, page)
            case Repeated():
                return self._repeated(wish)
            case Asked(settled, key, actions, facts):
                return await self.ask(settled, key, actions, facts)
            case Denied(fault, sender):
                return await self.refuse(wish, fault, sender)
            case NoSender():
                return self.tell("gateway.not_recorded", {"text": wish.text})

    async def ask(
        self,
        wish: Wish,
        key: str,
        actions: tuple[Action, ...],
        facts: Mapping[str, FactValue] | None = None,
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
        page = self.accepting.page_of(wish, Ref(""), sender or ExtensionNumber(""), parts=1)
        refusal = Refusal(page, fault, page.sender)
        blamed = leave_out(refusal, self.directory.current)
        draft = self._draft(wish, fault.code, term=",".join(blamed))
        notice = refusal_notice(refusal, draft.id, self.directory.current, self.people)
        self.observer.saw("page.refused", error_code=fault.code, workspace=wish.person.workspace)
        return await self._keep(wish, draft, notice)

    async def _keep(self, wish: Wish, draft: Draft, notice: Notice) -> Told:
        """Keep the words behind a question or a refusal."""
        changes: tuple[Change, ...] = (SaveDraft(draft), *used_up(wish))
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

    def _accepted(self, wish: Wish, page: Page) -> Told:
        facts: dict[str, FactValue] = {
            "ref": page.ref,
            "recipients": list(map(self.directory.current.name_of, page.to)),
        }
        if wait_s := self.accepting.waits_s(page):
            undo = ((Action.CANCEL_PAGE, page.ref),)
            facts["seconds"] = ceil(wait_s)
            return self.tell("page.undo", facts, undo, replace=wish.draft is not None)
        return self.tell("page.accepted", facts, replace=wish.draft is not None)

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

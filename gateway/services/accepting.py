"""Whether a page may go as it is wished for, and the transaction that accepts it.

People in the chat and programs are judged by the same rules, here; how an answer is told is the
matter of whoever took the wish. A page is accepted by one transaction: the page, its deliveries and
the key that makes a repeat harmless.
"""

from dataclasses import dataclass, replace
from datetime import timedelta

from gateway.domain import policy
from gateway.domain.actions import Action
from gateway.domain.addressing import check_reach
from gateway.domain.audit import Act, Actor, AuditEntry
from gateway.domain.errors import (
    DepartmentSenderError,
    FactValue,
    InactiveAuthorError,
    PageTooLongError,
)
from gateway.domain.ids import ChannelId, ChatUserId, ExtensionNumber, Ref
from gateway.domain.outbound import SendPage
from gateway.domain.pager_text import clean, compose_page
from gateway.domain.pages import Fault, Origin, Page, PageState, Person
from gateway.domain.threads import ThreadMode
from gateway.ports.changes import Audit, Change, DropDraft, Enqueue, NewPage
from gateway.ports.clock import Clock
from gateway.ports.ids import Ids
from gateway.ports.observer import Observer
from gateway.ports.store import Committed, Store, Unit
from gateway.services.asking import Asked, Asking
from gateway.services.clients import OPERATOR, Clients
from gateway.services.directory_sync import DirectoryKeeper
from gateway.services.lanes import pager_lane
from gateway.services.limits import Limits
from gateway.services.operators import Operators
from gateway.services.people import People
from gateway.services.permission import Permission
from gateway.services.wishes import Wish

_PEOPLE, _PROGRAMS = 0, 1
"""Who goes first where many wait for one sender."""


@dataclass(frozen=True, slots=True)
class Accepted:
    """The page is on record and will be sent."""

    page: Page


@dataclass(frozen=True, slots=True)
class Repeated:
    """The wish's key was used before; nothing happened now."""


@dataclass(frozen=True, slots=True)
class Denied:
    """A refusal of our own, before anything reached the pager."""

    fault: Fault
    sender: ExtensionNumber | None = None


@dataclass(frozen=True, slots=True)
class NoSender:
    """Nobody could send it: the pager has not told us yet who the shared sender is."""


Verdict = Accepted | Repeated | Asked | Denied | NoSender


@dataclass(frozen=True)
class Accepting:
    """Judges wishes and records pages."""

    store: Store
    clock: Clock
    ids: Ids
    observer: Observer
    directory: DirectoryKeeper
    people: People
    permission: Permission
    clients: Clients
    limits: Limits
    operators: Operators
    asking: Asking
    undo_s: float
    thread_mode: ThreadMode

    async def accept(self, wish: Wish) -> Verdict:
        """Accept a page, or say the one thing that stands in its way.

        Raises:
            StoreUnavailableError: nothing was recorded.
        """
        denied = None if _by_program(wish) else self.permission.to_reply(wish.person)
        if denied:
            return Denied(denied)
        sender = wish.send_as or self._usual_sender(wish.person)
        if sender is None:
            return NoSender()
        barred = self._barred(wish, sender)
        if barred:
            return Denied(barred, sender)
        to = tuple(dict.fromkeys(number for number in wish.to if number != sender))
        if not to:
            return Asked(wish, "recipient.nobody_left", (Action.CHOOSE_RECIPIENT,))
        wish = replace(wish, to=to)
        refused = await self._unreached(wish) or await self._foreseen(wish)
        if refused:
            await self._tell_operators(refused)
            return Denied(refused, sender)
        if not clean(wish.text):
            return Asked(wish, "page.no_words", (Action.OPEN_FORM,))
        return await self.asking.about(wish) or await self._record(wish, sender)

    # --- who may ------------------------------------------------------------------------------

    def _usual_sender(self, person: Person) -> ExtensionNumber | None:
        return self.people.extension_of(person.user) or self.people.shared

    def _barred(self, wish: Wish, sender: ExtensionNumber) -> Fault | None:
        if self.directory.current.department(sender):
            return Fault.of(DepartmentSenderError(department=sender, attempted=False))
        if _by_program(wish):
            denied = self.clients.denies(wish.person.name, wish.to, sender)
        else:
            denied = self.permission.to_send_as(wish.person, sender)
        if denied:
            return denied
        extension = self.directory.current.extension(sender)
        if extension and not extension.reachable and sender != self.people.shared:
            return Fault.of(InactiveAuthorError(sender, extension.status.value))
        return None

    async def _unreached(self, wish: Wish) -> Fault | None:
        """Ask the company's table; what programs may is written down with them."""
        if _by_program(wish):
            return None
        return await self.permission.to_reach(
            policy.Act.PAGE, wish.person, wish.to, channel=wish.channel, at=self.clock.now()
        )

    async def _foreseen(self, wish: Wish) -> Fault | None:
        """Say what the pager would refuse; a directory that may be out of date says nothing."""
        problem = check_reach(wish.to, self.directory.current).problem
        if problem is None or not await self.directory.sure():
            return None
        problem = check_reach(wish.to, self.directory.current).problem
        return Fault(problem.code, {**problem.facts(), "foreseen": True}) if problem else None

    async def _tell_operators(self, fault: Fault) -> None:
        alarm = self.operators.kept_back(fault)
        if alarm:
            await self.store.commit(Unit(alarm))

    # --- on record ------------------------------------------------------------------------------

    async def _record(self, wish: Wish, sender: ExtensionNumber) -> Verdict:
        most = self.asking.most_parts(wish)
        via = "API" if _by_program(wish) else "Slack"
        while True:
            ref = self.ids.ref("pg")
            name = wish.person.name if self._on_behalf(wish, sender) else None
            try:
                texts = compose_page(wish.text, name, ref, via=via, max_parts=most)
            except PageTooLongError as error:
                return self.asking.about_length(wish, error)
            page = self.page_of(wish, ref, sender, parts=len(texts))
            committed = await self.store.commit(self._unit(wish, page, texts))
            if committed is Committed.REPEATED:
                return Repeated()
            if committed is Committed.FULL:
                return await self._too_many(wish)
            if committed is not Committed.TAKEN:
                target, origin = self._target(page), page.origin.value
                self.observer.saw("page.accepted", page_id=page.ref, origin=origin, target=target)
                return Accepted(page)

    async def _too_many(self, wish: Wish) -> Asked:
        fault = await self.limits.fault(_counted(wish), wish.to)
        return Asked(wish, fault.code, (Action.TRY_AGAIN,), fault.facts)

    def _target(self, page: Page) -> str:
        """Tell in one word whom a page is for."""
        if len(page.to) != 1:
            return "several"
        entry = self.directory.current.extension(page.to[0])
        return entry.kind.value if entry else "person"

    def _unit(self, wish: Wish, page: Page, texts: tuple[str, ...]) -> Unit:
        now = page.created_at
        wait_s = self.waits_s(page)
        parts = tuple(
            Enqueue(
                pager_lane(page.ref),
                page.ref,
                SendPage(page.sender, page.to, text, part, len(texts)),
                now,
                priority=_PROGRAMS if _by_program(wish) else _PEOPLE,
                due_at=now + timedelta(seconds=wait_s) if wait_s else None,
            )
            for part, text in enumerate(texts, start=1)
        )
        return Unit(
            (
                NewPage(page),
                *parts,
                *used_up(wish),
                *self.limits.spends(_counted(wish), wish.to),
                _noted(wish, page),
            ),
            once=wish.once,
            answer=f"{page.ref} {wish.digest}" if wish.digest else None,
        )

    def waits_s(self, page: Page) -> float:
        """Tell how long its author may still take a page back; a program has nobody who would."""
        return 0.0 if page.origin is Origin.API else self.undo_s

    def _on_behalf(self, wish: Wish, sender: ExtensionNumber) -> bool:
        return sender != self.people.extension_of(wish.person.user)

    def page_of(self, wish: Wish, ref: Ref, sender: ExtensionNumber, parts: int) -> Page:
        """Make the page a wish becomes."""
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
            mode=self.thread_mode,
        )


def _by_program(wish: Wish) -> bool:
    return wish.origin is Origin.API


def _counted(wish: Wish) -> ChatUserId | None:
    """Tell whose limit a wish counts against; programs have one of their own, for requests."""
    return None if _by_program(wish) else wish.person.user


def _noted(wish: Wish, page: Page) -> Audit:
    """Note who wanted the page; programs have no chat user."""
    name = wish.person.name
    program = Actor(name, "control" if name == OPERATOR.name else "api")
    person = Actor.of_person(page.workspace, page.author)
    facts: dict[str, FactValue] = {"sender": page.sender, "to": list(page.to), "parts": page.parts}
    by = program if _by_program(wish) else person
    return Audit(AuditEntry(Act.PAGE_ACCEPTED, page.ref, by, page.created_at, facts))


def used_up(wish: Wish) -> tuple[Change, ...]:
    """Use up the draft a wish came from."""
    return (DropDraft(wish.draft),) if wish.draft else ()

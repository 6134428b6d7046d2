"""A company pager in memory: a small, faithful model of the semantics, with faults on order.

It runs the same contract suite as the real adapter (`tests/contract/test_pager_contract.py`).
"""

import asyncio
import itertools
from collections import deque
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from typing_extensions import override

from gateway.domain.deliveries import PagerReceipt
from gateway.domain.directory import (
    Department,
    DirectorySnapshot,
    Extension,
    ExtensionKind,
    ExtensionStatus,
)
from gateway.domain.errors import (
    DepartmentSenderError,
    EmptyDepartmentError,
    MessageTooLongError,
    NotAParticipantError,
    PagerAuthError,
    PagerError,
    PagerOutcomeUnknownError,
    PagerUnknownRecipientError,
    RecipientUnavailableError,
    SenderMismatchError,
    ThreadTooOldError,
    WrongRecipientTypeError,
)
from gateway.domain.ids import ConversationId, ExtensionNumber, PagerMessageId
from gateway.domain.inbound import PagerMessage
from gateway.ports.clock import Clock
from gateway.ports.pager import (
    Mailbox,
    OutgoingPage,
    OutgoingReply,
    Pager,
    PeopleDirectory,
    SyncedMessages,
)

LIMIT = 1024
THREAD_AGE = timedelta(days=30)
OVERLAP = timedelta(seconds=5)


@dataclass
class Conversation:
    """Who has a place in it: people by themselves, or through a department as it is now."""

    number: int
    places: tuple[ExtensionNumber, ...]
    last_at: datetime


@dataclass(frozen=True)
class Copy:
    """One mailbox's copy, shown in lists and syncs from `visible_at` on."""

    message: PagerMessage
    conversation: Conversation
    visible_at: datetime


@dataclass(frozen=True)
class Accepted:
    """A page the pager took, whether or not its answer came back."""

    sender: ExtensionNumber
    to: tuple[ExtensionNumber, ...]
    text: str
    reached: tuple[ExtensionNumber, ...]
    conversation: int


@dataclass
class FakePager(Pager, PeopleDirectory):
    """People and departments by number; `senders` are the mailboxes we may use, shared first.

    `accepted` is everything it ever took, in order. Faults: `fail_next` raises before anything
    happens, `lose_next` takes the page and loses the answer, `drop_next` loses the request,
    `away` is an outage, `rate` is told and not enforced, `visible_after_s` delays lists and syncs.
    """

    clock: Clock
    people: dict[ExtensionNumber, Extension]
    members: dict[ExtensionNumber, list[ExtensionNumber]]
    senders: tuple[ExtensionNumber, ...]
    managers: dict[ExtensionNumber, tuple[ExtensionNumber, ...]] = field(default_factory=dict)
    accepted: list[Accepted] = field(default_factory=list)
    visible_after_s: float = 0.0
    rate: int = 36
    away: PagerError | None = None
    unreadable: PagerError | None = None
    _failures: deque[PagerError] = field(default_factory=deque)
    _dropped: int = 0
    _lost: int = 0
    _copies: list[Copy] = field(default_factory=list)
    _ids: "itertools.count[int]" = field(default_factory=lambda: itertools.count(1_724_099_040_001))
    _talks: list[Conversation] = field(default_factory=list)
    _cursor_age: int = 0
    _nudged: "asyncio.Queue[ExtensionNumber]" = field(default_factory=asyncio.Queue)

    @override
    def per_minute(self, sender: ExtensionNumber) -> int:
        return self.rate

    # --- what a test orders -------------------------------------------------------------------

    def fail_next(self, *errors: PagerError) -> None:
        """Raise these, one per send or reply, before anything happens."""
        self._failures.extend(errors)

    def drop_next(self, times: int = 1) -> None:
        """Lose requests on the way: nothing happens, nobody knows."""
        self._dropped += times

    def lose_next(self, times: int = 1) -> None:
        """Take requests and lose their answers."""
        self._lost += times

    def set_status(self, number: ExtensionNumber, status: ExtensionStatus) -> None:
        """Freeze, disable or enable somebody."""
        self.people[number] = replace(self.people[number], status=status)

    def join(self, department: ExtensionNumber, number: ExtensionNumber) -> None:
        """Put somebody into a department."""
        if number not in self.members[department]:
            self.members[department].append(number)

    def leave(self, department: ExtensionNumber, number: ExtensionNumber) -> None:
        """Take somebody out of a department."""
        self.members[department].remove(number)

    def age_threads(self, by: timedelta) -> None:
        """Let all conversations look older."""
        for talk in self._talks:
            talk.last_at -= by

    def spoil_cursors(self) -> None:
        """Make every cursor unusable."""
        self._cursor_age += 1

    def nudge(self, mailbox: ExtensionNumber) -> None:
        """Hint at a mailbox."""
        self._nudged.put_nowait(mailbox)

    def drop_nudges(self) -> None:
        """Lose every hint that nobody followed yet."""
        while not self._nudged.empty():
            self._nudged.get_nowait()

    def phone(
        self,
        sender: ExtensionNumber,
        text: str,
        *,
        to: tuple[ExtensionNumber, ...] = (),
        reply_on: PagerMessageId | None = None,
    ) -> PagerReceipt:
        """Let anybody write from their phone, by the rules everybody is under."""
        if reply_on is not None:
            return self._answer(sender, text, reply_on)
        return self._begin(sender, text, to)

    def received(self, mailbox: ExtensionNumber) -> list[PagerMessage]:
        """List what others wrote to a phone, oldest first."""
        copies = (copy.message for copy in self._copies if copy.message.mailbox == mailbox)
        return [message for message in copies if message.inbound]

    def newest(self, mailbox: ExtensionNumber) -> PagerMessage:
        """Read the newest message on a phone."""
        return [c.message for c in self._copies if c.message.mailbox == mailbox][-1]

    # --- the port -----------------------------------------------------------------------------

    @override
    async def mailboxes(self) -> tuple[Mailbox, ...]:
        self._check_away()
        return tuple(
            Mailbox(number, self.people[number].name, shared=number == self.senders[0])
            for number in self.senders
        )

    @override
    async def send(self, page: OutgoingPage) -> PagerReceipt:
        self._check_sending(page.sender)
        receipt = self._begin(page.sender, page.text, page.to)
        self._maybe_lose()
        return receipt

    @override
    async def reply(self, reply: OutgoingReply) -> PagerReceipt:
        self._check_sending(reply.sender)
        receipt = self._answer(reply.sender, reply.text, reply.reply_on)
        self._maybe_lose()
        return receipt

    @override
    async def sent_between(
        self, sender: ExtensionNumber, since: datetime, until: datetime
    ) -> tuple[PagerMessage, ...]:
        self._check_reading(sender)
        return tuple(
            copy.message
            for copy in self._visible(sender)
            if not copy.message.inbound and since <= copy.message.created_at <= until
        )

    @override
    async def sync(
        self, mailbox: ExtensionNumber, cursor: str | None, since: datetime
    ) -> SyncedMessages:
        self._check_reading(mailbox)
        age, _, at = (cursor or "").partition("|")
        usable = age == str(self._cursor_age)
        start = datetime.fromisoformat(at) - OVERLAP if usable else since
        found = tuple(
            copy.message
            for copy in self._visible(mailbox)
            if (copy.visible_at if usable else copy.message.created_at) >= start
        )
        fresh = f"{self._cursor_age}|{self.clock.now().isoformat()}"
        return SyncedMessages(found, fresh, reset=cursor is not None and not usable)

    @override
    async def nudges(self) -> AsyncIterator[ExtensionNumber]:
        while True:
            yield await self._nudged.get()

    @override
    async def load(self) -> DirectorySnapshot:
        self._check_away()
        departments = tuple(
            Department(
                number, self.people[number].name, tuple(members), self.managers.get(number, ())
            )
            for number, members in self.members.items()
        )
        return DirectorySnapshot(tuple(self.people.values()), departments, self.clock.now())

    # --- the rules ----------------------------------------------------------------------------

    def _check_away(self) -> None:
        if self.away is not None:
            raise replace(self.away)

    def _check_reading(self, mailbox: ExtensionNumber) -> None:
        self._check_away()
        if mailbox not in self.senders:
            raise SenderMismatchError
        if self.unreadable is not None:
            raise replace(self.unreadable)

    def _check_sending(self, sender: ExtensionNumber) -> None:
        self._check_away()
        if sender not in self.senders:
            raise SenderMismatchError
        if self._failures:
            raise self._failures.popleft()
        if self._dropped:
            self._dropped -= 1
            raise PagerOutcomeUnknownError
        if self.people[sender].status is not ExtensionStatus.ENABLED:
            raise PagerAuthError(sender=sender)

    def _maybe_lose(self) -> None:
        if self._lost:
            self._lost -= 1
            raise PagerOutcomeUnknownError

    def _begin(
        self, sender: ExtensionNumber, text: str, to: tuple[ExtensionNumber, ...]
    ) -> PagerReceipt:
        self._check_text(sender, text)
        for number in to:
            self._check_recipient(number, only=len(to) == 1)
        own_place = () if any(sender in self.members.get(n, ()) for n in to) else (sender,)
        places = tuple(dict.fromkeys((*to, *own_place)))
        talk = Conversation(len(self._talks), places, self.clock.now())
        self._talks.append(talk)
        return self._deliver(sender, to, text, talk)

    def _answer(self, sender: ExtensionNumber, text: str, reply_on: PagerMessageId) -> PagerReceipt:
        self._check_text(sender, text)
        talk = self._conversation_of(sender, reply_on)
        if not self._belongs(sender, talk):
            raise NotAParticipantError(sender=sender)
        if self.clock.now() - talk.last_at > THREAD_AGE:
            raise ThreadTooOldError
        to = tuple(n for n in talk.places if n != sender and self.people[n].reachable)
        talk.places = tuple(dict.fromkeys((*talk.places, sender)))
        return self._deliver(sender, to, text, talk)

    def _check_text(self, sender: ExtensionNumber, text: str) -> None:
        if self.people[sender].kind is ExtensionKind.DEPARTMENT:
            raise DepartmentSenderError(department=sender)
        if len(text.encode("utf-16-le", "surrogatepass")) // 2 > LIMIT:
            raise MessageTooLongError

    def _check_recipient(self, number: ExtensionNumber, *, only: bool) -> None:
        extension = self.people.get(number)
        if extension is None:
            raise PagerUnknownRecipientError(extension=number if only else "")
        if extension.kind is ExtensionKind.OTHER:
            raise WrongRecipientTypeError(extension=number if only else "")
        if not extension.reachable:
            raise RecipientUnavailableError(extensions=(number,) if only else ())
        if extension.kind is ExtensionKind.DEPARTMENT and not self._active_members(number):
            raise EmptyDepartmentError(department=number if only else "")

    def _conversation_of(self, mailbox: ExtensionNumber, message: PagerMessageId) -> Conversation:
        for copy in self._copies:
            if copy.message.mailbox == mailbox and copy.message.id == message:
                return copy.conversation
        raise ThreadTooOldError

    def _belongs(self, number: ExtensionNumber, talk: Conversation) -> bool:
        return number in talk.places or any(number in self.members.get(p, ()) for p in talk.places)

    def _active_members(self, department: ExtensionNumber) -> list[ExtensionNumber]:
        return [n for n in self.members[department] if self.people[n].reachable]

    def _reached(
        self, sender: ExtensionNumber, to: Iterable[ExtensionNumber]
    ) -> tuple[ExtensionNumber, ...]:
        """Expand departments; the sender gets a copy only if named in person."""
        people: dict[ExtensionNumber, None] = {}
        for number in to:
            if number in self.members:
                people.update(dict.fromkeys(n for n in self._active_members(number) if n != sender))
            else:
                people[number] = None
        return tuple(people)

    def _deliver(
        self,
        sender: ExtensionNumber,
        to: tuple[ExtensionNumber, ...],
        text: str,
        talk: Conversation,
    ) -> PagerReceipt:
        reached = self._reached(sender, to)
        talk.last_at = self.clock.now()
        own = self._copy(sender, sender, to, text, talk, inbound=False)
        for number in reached:
            self._copy(number, sender, to, text, talk, inbound=True)
        self.accepted.append(Accepted(sender, to, text, reached, talk.number))
        return PagerReceipt(own.id, own.conversation, own.created_at)

    def _copy(
        self,
        mailbox: ExtensionNumber,
        sender: ExtensionNumber,
        to: tuple[ExtensionNumber, ...],
        text: str,
        talk: Conversation,
        *,
        inbound: bool,
    ) -> PagerMessage:
        now = self.clock.now()
        message = PagerMessage(
            mailbox=mailbox,
            id=PagerMessageId(str(next(self._ids))),
            conversation=ConversationId(f"{talk.number}-{mailbox}"),
            inbound=inbound,
            sender=sender,
            sender_name=self.people[sender].name,
            to=tuple(n for n in to if n not in {sender, mailbox}),
            text=text,
            created_at=now,
        )
        visible_at = now + timedelta(seconds=self.visible_after_s)
        self._copies.append(Copy(message, talk, visible_at))
        if inbound and mailbox in self.senders:
            self.nudge(mailbox)
        return message

    def _visible(self, mailbox: ExtensionNumber) -> list[Copy]:
        now = self.clock.now()
        return [
            copy
            for copy in self._copies
            if copy.message.mailbox == mailbox
            and copy.visible_at <= now
            and self._belongs(mailbox, copy.conversation)
        ]


def number(text: str) -> ExtensionNumber:
    """Write an extension number."""
    return ExtensionNumber(text)


def small_company(clock: Clock, *senders: str) -> FakePager:
    """Ten people, four departments and a menu; 700 is the shared sender."""
    people = [
        ("101", "Avery Kim", ExtensionStatus.ENABLED),
        ("102", "Bo Chen", ExtensionStatus.ENABLED),
        ("103", "Casey Diaz", ExtensionStatus.FROZEN),
        ("104", "Dana Lee", ExtensionStatus.ENABLED),
        ("110", "Priya Patel", ExtensionStatus.ENABLED),
        ("118", "José García", ExtensionStatus.ENABLED),
        ("119", "Lee Park", ExtensionStatus.DISABLED),
        ("214", "Sam Smith", ExtensionStatus.ENABLED),
        ("231", "Sam Smyth", ExtensionStatus.ENABLED),
        ("700", "Pager Gateway", ExtensionStatus.ENABLED),
    ]
    departments = {
        "400": ("DBA", ["101", "102", "104", "119"]),
        "401": ("Front Desk", ["101", "103", "118"]),
        "402": ("On-call leads", ["102", "110", "231"]),
        "405": ("Night Watch", []),
    }
    extensions = [Extension(number(n), name, ExtensionKind.PERSON, s) for n, name, s in people]
    extensions += [
        Extension(number(n), name, ExtensionKind.DEPARTMENT, ExtensionStatus.ENABLED)
        for n, (name, _) in departments.items()
    ]
    menu = number("9001")
    extensions.append(Extension(menu, "Main menu", ExtensionKind.OTHER, ExtensionStatus.ENABLED))
    return FakePager(
        clock,
        {each.number: each for each in extensions},
        {number(n): [number(m) for m in members] for n, (_, members) in departments.items()},
        tuple(number(n) for n in ("700", *senders)),
    )

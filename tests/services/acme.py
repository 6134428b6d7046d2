"""The real services on an in-memory database, between a fake chat and a fake pager.

Nothing runs by itself: a test says something, lets the outbox work, moves the clock. Between two
steps of the second half-line a test may act as well (`at`), to play what happens at the same time.
"""

import asyncio
import itertools
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import TypeVar

from typing_extensions import override

from adapters.storage import open_store
from adapters.storage.engine import Engine, Make
from adapters.storage.store import SqlStore
from gateway.domain.content import Button, Buttons, Content, PageForm
from gateway.domain.deliveries import Delivery, DeliveryState, PagerReceipt, Policy
from gateway.domain.errors import StoreUnavailableError
from gateway.domain.ids import (
    ChannelId,
    ChatMessageId,
    ChatUserId,
    ExtensionNumber,
    Ref,
    WorkspaceId,
)
from gateway.domain.inbound import (
    ChannelMoved,
    ChatAction,
    ChatCommand,
    ChatDeletion,
    ChatEdit,
    ChatReply,
    ChatShortcut,
    CommandText,
    FormSubmission,
    HomeOpened,
    WorkspaceGone,
)
from gateway.domain.pages import ChatThread, Page, Person
from gateway.domain.routing.routes import Routes
from gateway.ports.faults import FaultPoints
from gateway.ports.intake import Answer, FormProblems, Intake
from gateway.ports.pager import Mailbox
from gateway.ports.store import Store
from gateway.services.alerts.reach import Reach
from gateway.services.alerts.rules import RuleBook
from gateway.services.clients import Client
from gateway.services.core import Core, build_core
from gateway.services.directory_sync import DirectoryKeeper
from gateway.services.house import House, Ports
from gateway.services.people import People
from gateway.services.permission import Permission
from gateway.services.policies import Policies
from gateway.services.roster import Roster
from gateway.text.words import Words
from tests.fakes.accounts import FakeAccounts
from tests.fakes.chat import FakeChat, Posted, small_workspace, words
from tests.fakes.clock import MovedClock
from tests.fakes.ids import CountedIds
from tests.fakes.observer import Ears
from tests.fakes.pager import FakePager, small_company

ACME = WorkspaceId("T0ACME")
DANA = ChatUserId("U0DANA")
AVERY = ChatUserId("U0AVERY")
BO = ChatUserId("U0BO")
CASEY = ChatUserId("U0CASEY")
GUEST = ChatUserId("U0GUEST")
STRANGER = ChatUserId("U0STRANGER")
OPS = ChannelId("C0OPS")
DBA = ChannelId("C0DBA")
LOBBY = ChannelId("C0LOBBY")
ALARMS = ChannelId("C0ALARMS")
LEASE_S = 90.0

T = TypeVar("T")
Deed = Callable[[], Awaitable[object]]


@dataclass
class Moments(FaultPoints):
    """Does what a test wants at named points, each deed once."""

    deeds: dict[str, list[Deed]] = field(default_factory=dict)

    @override
    async def at(self, point: str) -> None:
        if self.deeds.get(point):
            await self.deeds[point].pop(0)()


@dataclass
class Disk(Engine):
    """The database; it can be away, and something can happen just before a write."""

    engine: Engine
    dialect: str = "sqlite"
    lost_reads: int = 0
    lost_writes: int = 0
    before_write: list[Deed] = field(default_factory=list)

    @property
    @override
    def trouble(self) -> str:
        return self.engine.trouble

    @override
    async def write(self, make: Make[T], last: Make[None] | None = None) -> T:
        while self.before_write:
            await self.before_write.pop(0)()
        if self.lost_writes:
            self.lost_writes -= 1
            raise StoreUnavailableError
        return await self.engine.write(make, last)

    @override
    async def read(self, make: Make[T]) -> T:
        if self.lost_reads:
            self.lost_reads -= 1
            raise StoreUnavailableError
        return await self.engine.read(make)

    @override
    async def migrate(self, make: Make[T]) -> T:
        return await self.engine.migrate(make)

    @override
    async def backup(self, to: Path, taken_at: datetime) -> None:
        await self.engine.backup(to, taken_at)

    @override
    def notify(self) -> None:
        self.engine.notify()

    @override
    async def wait(self) -> None:
        await self.engine.wait()

    @override
    async def close(self) -> None:
        await self.engine.close()


@dataclass(frozen=True)
class Pressed:
    """A button somebody can press."""

    button: Button
    channel: ChannelId | None = None
    message: ChatMessageId | None = None


@dataclass(repr=False)
class Acme:
    """A company at work. Dana is linked (104); Avery, Bo and Casey are known, not linked."""

    clock: MovedClock
    store: Store
    pager: FakePager
    chat: FakeChat
    ears: Ears
    ids: CountedIds
    people: People
    permission: Permission
    directory: DirectoryKeeper
    core: Core
    moments: Moments
    disk: Disk
    house: House
    ports: Ports
    accounts: FakeAccounts
    _keys: "itertools.count[int]" = field(default_factory=itertools.count)

    @property
    def intake(self) -> Intake:
        """The door in."""
        return self.core.intake

    def key(self) -> str:
        """Make a key that was never used."""
        return f"test:{next(self._keys)}"

    def person(self, user: ChatUserId) -> Person:
        """Describe somebody."""
        return self.chat.people[user]

    def at(self, point: str, *deeds: Deed) -> None:
        """Act once at a point between two steps."""
        self.moments.deeds.setdefault(point, []).extend(deeds)

    def forget_locks(self) -> None:
        """Be another replica, which does not know what this one is doing."""
        self.core.intake.paging.sending._locks.clear()  # type: ignore[attr-defined] # a white-box look

    async def let_pass(self) -> None:
        """Do nothing: a point is passed without a deed."""

    # --- what people do -----------------------------------------------------------------------

    async def command(
        self,
        text: str | CommandText,
        by: ChatUserId = DANA,
        channel: ChannelId = OPS,
        key: str = "",
    ) -> Answer:
        """Type `/page …`, without the command's name."""
        parts = (text,) if isinstance(text, str) else text
        command = ChatCommand(
            key or self.key(),
            self.person(by),
            channel,
            "/page",
            parts,
            self.clock.now(),
            trigger=self.key(),
        )
        return await self.intake.command(command)

    async def page(
        self, text: str | CommandText, by: ChatUserId = DANA, channel: ChannelId = OPS
    ) -> Page:
        """Page somebody, who answers at once that it is accepted."""
        answer = await self.command(text, by, channel)
        assert "Sending…" in said(answer), said(answer)
        return await self.last_page(by)

    async def reply(
        self,
        page: Page,
        text: str,
        by: ChatUserId = DANA,
        files: tuple[str, ...] = (),
        key: str = "",
        *,
        mentions_us: bool = False,
        message: ChatMessageId | None = None,
        untold: bool = False,
    ) -> ChatMessageId:
        """Write in the thread of a page; gives the message's id."""
        thread = await self.thread(page.ref)
        message = message or self.chat.next_ts()
        reply = ChatReply(
            key or self.key(),
            self.person(by),
            thread,
            message,
            text,
            self.clock.now(),
            files,
            mentions_us,
            untold=untold,
        )
        await self.intake.reply(reply)
        return message

    async def edit(
        self,
        page: Page,
        message: ChatMessageId,
        text: str = "other words",
        before: str = "words",
        *,
        by: ChatUserId = DANA,
        files: tuple[str, ...] = (),
        mentions_us: bool = False,
        version: str = "",
    ) -> None:
        """Change the words of a message in a thread."""
        thread, now = await self.thread(page.ref), self.clock.now()
        edit = ChatEdit(
            self.key(),
            self.person(by),
            thread,
            message,
            text,
            before,
            now,
            files,
            mentions_us,
            version=version or self.chat.next_ts(),
        )
        await self.intake.edit(edit)

    async def delete(self, page: Page, message: ChatMessageId, by: ChatUserId = DANA) -> None:
        """Delete a message in a thread."""
        thread, now = await self.thread(page.ref), self.clock.now()
        self.chat.gone.add((thread.channel, message))
        await self.intake.deletion(ChatDeletion(self.key(), self.person(by), thread, message, now))

    async def press(
        self,
        pressed: Pressed | Button,
        by: ChatUserId | Person = DANA,
        channel: ChannelId | None = OPS,
        trigger: str | None = None,
    ) -> Answer:
        """Press a button."""
        place = pressed if isinstance(pressed, Pressed) else Pressed(pressed, channel)
        action = ChatAction(
            self.key(),
            by if isinstance(by, Person) else self.person(by),
            place.channel,
            place.button.action,
            place.button.value,
            self.clock.now(),
            message=place.message,
            trigger=self.key() if trigger is None else trigger,
        )
        return await self.intake.action(action)

    async def shortcut(self, text: str = "", by: ChatUserId = DANA) -> Answer:
        """Use a shortcut on a message."""
        person, now = self.person(by), self.clock.now()
        return await self.intake.shortcut(
            ChatShortcut(self.key(), person, "page", now, OPS, text=text, trigger=self.key())
        )

    async def submit(
        self,
        form: PageForm,
        *,
        to: tuple[str, ...] | None = None,
        text: str | None = None,
        by: ChatUserId = DANA,
        send_as: str = "",
    ) -> FormProblems | None:
        """Send an open form as it is, or with other recipients or words."""
        return await self.intake.form(
            FormSubmission(
                self.key(),
                self.person(by),
                tuple(option.value for option in form.to) if to is None else to,
                form.text if text is None else text,
                ExtensionNumber(send_as) if send_as else None,
                form.channel or OPS,
                form.draft,
                self.clock.now(),
            )
        )

    def phone(self, number: str, text: str, *, to: tuple[str, ...] = ()) -> PagerReceipt:
        """Write from somebody's phone: to others, else an answer to its newest message."""
        sender = ExtensionNumber(number)
        if to:
            return self.pager.phone(sender, text, to=tuple(map(ExtensionNumber, to)))
        newest = self.pager.newest(sender)
        return self.pager.phone(sender, text, reply_on=newest.id)

    @property
    def form(self) -> PageForm:
        """The paging form that was opened last."""
        form = self.chat.forms[-1][1]
        assert isinstance(form, PageForm)
        return form

    async def home(self, by: ChatUserId = DANA) -> None:
        """Look at the home tab."""
        await self.intake.home(HomeOpened(self.person(by)))

    def shown_home(self, to: ChatUserId = DANA) -> str:
        """Read what the home tab shows."""
        return words(self.chat.homes[to])

    async def move_channel(self, old: ChannelId, new: ChannelId) -> None:
        """Give a channel another id."""
        self.chat.channels[new] = self.chat.channels.pop(old)
        await self.intake.channel_moved(ChannelMoved(self.key(), ACME, old, new))

    async def leave_workspace(self) -> None:
        """Remove the app."""
        await self.intake.workspace_gone(WorkspaceGone(self.key(), ACME))

    # --- what works in the background -----------------------------------------------------------

    async def work(self) -> None:
        """Serve everything that is due now, and what follows from it."""
        while claims := await self.store.claim(self.clock.now(), 64, LEASE_S):
            for claim in claims:
                await self.core.dispatcher.serve(claim)

    async def step(self) -> None:
        """Serve what is due now, but not what follows."""
        for claim in await self.store.claim(self.clock.now(), 64, LEASE_S):
            await self.core.dispatcher.serve(claim)

    async def pass_time(self, seconds: float) -> None:
        """Let time pass, and serve everything at the moment it is due."""
        end = self.clock.now() + timedelta(seconds=seconds)
        await self.work()
        while (due := await self.store.next_due()) is not None and due <= end:
            self.clock.set(max(due, self.clock.now()))
            await self.work()
        self.clock.set(end)
        await self.work()

    async def read(self, *mailboxes: str) -> None:
        """Bring over what is new in mailboxes (else in all of ours), and show it."""
        for number in mailboxes or self.pager.senders:
            extension = ExtensionNumber(number)
            box = Mailbox(extension, "", shared=extension == self.pager.senders[0])
            await self.core.mailboxes.catch_up(box)
        await self.work()

    # --- what can be seen -----------------------------------------------------------------------

    async def last_page(self, by: ChatUserId = DANA) -> Page:
        """Read somebody's newest page."""
        (page,) = await self.store.pages_of(ACME, by, 1)
        return page

    async def seen(self, ref: Ref) -> Page:
        """Read how a page stands now."""
        page = await self.store.page(ref)
        assert page is not None
        return page

    async def thread(self, ref: Ref) -> ChatThread:
        """Find a page's thread."""
        thread = (await self.seen(ref)).thread
        assert thread is not None, "no status message yet"
        return thread

    async def status(self, ref: Ref) -> Posted:
        """Find a page's status message as it stands."""
        thread = await self.thread(ref)
        (found,) = [m for m in self.chat.posted if m.ts == thread.root]
        return found

    async def shown(self, ref: Ref) -> list[Posted]:
        """List what stands in a page's thread."""
        return self.chat.in_thread((await self.thread(ref)).root)

    async def deliveries(self, ref: Ref, *states: DeliveryState) -> list[Delivery]:
        """List a page's deliveries, perhaps only those in certain states."""
        found = await self.store.deliveries(ref)
        return [d for d in found if not states or d.state in states]

    def sent(self, has: str = "") -> list[str]:
        """List the texts the pager accepted."""
        return [accepted.text for accepted in self.pager.accepted if has in accepted.text]

    def told(self, user: ChatUserId = DANA) -> str:
        """Read what somebody was told last; empty when nothing yet."""
        return (self.chat.told_to(user) or [""])[-1]

    def button(self, label: str, user: ChatUserId = DANA) -> Pressed:
        """Find the newest button with a label among what somebody was told."""
        for told in reversed([each for each in self.chat.told if each.user == user]):
            for button in buttons(told.content):
                if button.label == label:
                    return Pressed(button, told.channel)
        raise AssertionError(f"no button {label!r} in {self.chat.told_to(user)}")

    def alarms(self) -> list[str]:
        """List what the operators were told."""
        return [message.text for message in self.chat.posted if message.channel == ALARMS]


async def until(condition: Callable[[], bool]) -> None:
    """Let everything that runs go on until something is so."""
    async with asyncio.timeout(10):
        while not condition():  # noqa: ASYNC110 - a test may look again and again
            await asyncio.sleep(0)  # noqa: TID251 - only yields


def said(answer: Answer) -> str:
    """Read an answer."""
    return words(answer.content) if answer.content else ""


def buttons(content: Content | None) -> list[Button]:
    """List a message's buttons."""
    blocks = content.blocks if content else ()
    return [button for block in blocks if isinstance(block, Buttons) for button in block.buttons]


def button(content: Content | None, label: str) -> Button:
    """Find a button by its label."""
    for each in buttons(content):
        if each.label == label:
            return each
    raise AssertionError(f"no button {label!r} among {[b.label for b in buttons(content)]}")


@asynccontextmanager
async def running_acme(
    *senders: str,
    looked: bool = True,
    foresees: bool = False,
    ask_above: int = 25,
    routes: Routes | None = None,
    clients: tuple[Client, ...] = (),
    aliases: Mapping[str, tuple[str, ...]] | None = None,
    house: Mapping[str, object] | None = None,
    **permission: object,
) -> AsyncIterator[Acme]:
    """Put a company together.

    `senders` are linked besides Dana, `looked` says that mailboxes were read before, `foresees`
    that the directory may keep back what the pager would refuse, pages to more than `ask_above`
    people are asked about, `routes` say where alerts go, `clients` are programs that may page,
    `aliases` are names for several, `house` is what else is particular to the company, and
    `permission` is what is other than usual.
    """
    clock = MovedClock()
    numbers = {DANA: "104", AVERY: "101", BO: "102", CASEY: "103"}
    everybody = {user: ExtensionNumber(n) for user, n in numbers.items()}
    linked = {"104", *senders}
    people = People({u: n for u, n in everybody.items() if n in linked}, everybody)
    pager, chat, ears = small_company(clock, *sorted(linked)), small_workspace(clock), Ears()
    pager.managers[ExtensionNumber("400")] = (ExtensionNumber("101"),)
    chat.channels[ALARMS] = set()
    ids, moments = CountedIds(), Moments()
    async with await open_store("sqlite://", migrate=True, clock=clock) as opened:
        disk, vault, accounts = (
            Disk(opened.engine),
            await opened.vault([b"v" * 32]),
            FakeAccounts(pager),
        )
        store = SqlStore(disk, clock.now)
        book = RuleBook(routes) if routes else None
        roster = Roster(clock, aliases or {}, book)
        directory = DirectoryKeeper(pager, store, clock, ears, sets=roster)
        ports = Ports(store, pager, chat, clock, ids, ears, moments, vault, accounts)
        policies = Policies(book, Reach(book, directory), chat, clock) if book else None
        rules = Permission(people, policies=policies, **permission)  # type: ignore[arg-type] # named by the test
        acmes = House(
            workspace=ACME,
            people=people,
            permission=rules,
            directory=directory,
            words=Words.load(),
            policy=Policy(),
            lobby=LOBBY,
            ops=ALARMS,
            ask_above=ask_above,
            clients=clients,
            rules=book,
            **(house or {}),  # type: ignore[arg-type] # named by the test
        )
        core = build_core(ports, acmes)
        await core.mailboxes.learn()
        await directory.refresh()
        directory.fresh = foresees
        acme = Acme(
            clock,
            store,
            pager,
            chat,
            ears,
            ids,
            people,
            rules,
            directory,
            core,
            moments,
            disk,
            acmes,
            ports,
            accounts,
        )
        if looked:
            await acme.read()
        yield acme

"""What is said on the pager, brought into the chat.

A nudge or a timer says "look into mailbox M"; message-sync tells what is there. Nudges carry no
text and may be lost, repeated or merged, so the cursor alone decides what is new.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from gateway.domain.errors import GatewayError, PagerError
from gateway.domain.ids import ExtensionNumber
from gateway.domain.inbound import PagerMessage
from gateway.ports.changes import MoveCursor
from gateway.ports.clock import Clock
from gateway.ports.faults import FaultPoints
from gateway.ports.leadership import AlwaysLeading, Leadership
from gateway.ports.observer import Observer
from gateway.ports.pager import Mailbox, Pager
from gateway.ports.store import Store, Unit
from gateway.ports.tracing import UNTRACED, Tracing
from gateway.services.conversations import Conversations
from gateway.services.people import People
from gateway.services.waiting import first_of

_MARGIN = timedelta(minutes=10)
"""How far a first or broken sync looks back beyond what is known."""
_SELDOM = 4
"""Who does not lead looks unasked as seldom: for the case that the one who does is stuck."""


@dataclass
class Mailboxes:
    """Keeps every mailbox we hold a credential for in step with the chat."""

    store: Store
    pager: Pager
    clock: Clock
    observer: Observer
    people: People
    conversations: Conversations
    faults: FaultPoints
    poll_s: float = 15.0
    leadership: Leadership = field(default_factory=AlwaysLeading)
    tracing: Tracing = UNTRACED
    _boxes: dict[ExtensionNumber, Mailbox] = field(default_factory=dict, init=False)
    _wanted: dict[ExtensionNumber, asyncio.Event] = field(default_factory=dict, init=False)
    _unread: dict[ExtensionNumber, str] = field(default_factory=dict, init=False)
    _learned: asyncio.Event = field(default_factory=asyncio.Event, init=False)

    async def run(self) -> None:
        """Follow nudges and timers until cancelled; mailboxes come and go."""
        while not self._boxes and not await self.learn():
            await self.clock.sleep(self.poll_s)
        following: dict[Mailbox, asyncio.Task[None]] = {}
        async with asyncio.TaskGroup() as group:
            group.create_task(self._listen(), name="pager nudges")
            while True:
                self._learned.clear()
                for gone in following.keys() - set(self._boxes.values()):
                    following.pop(gone).cancel()
                for box in self._boxes.values():
                    if box not in following:
                        task = group.create_task(self._follow(box), name=f"mailbox {box.extension}")
                        following[box] = task
                await self._learned.wait()

    def nudge(self, mailbox: ExtensionNumber) -> None:
        """Ask for a look into one mailbox soon."""
        wanted = self._wanted.get(mailbox)
        if wanted:
            wanted.set()

    async def learn(self) -> bool:
        """Ask the pager which mailboxes there are; `False` when it does not say."""
        try:
            boxes = await self.pager.mailboxes()
        except PagerError as error:
            self.observer.saw("mailboxes.unavailable", error_code=error.code)
            return False
        self.people.shared = next((box.extension for box in boxes if box.shared), None)
        self._boxes = {box.extension: box for box in boxes}
        self._wanted = {n: self._wanted.get(n) or asyncio.Event() for n in self._boxes}
        self._unread = {n: code for n, code in self._unread.items() if n in self._boxes}
        self._learned.set()
        return True

    async def _listen(self) -> None:
        async for mailbox in self.pager.nudges():
            self.nudge(mailbox)

    async def _follow(self, box: Mailbox) -> None:
        wanted = self._wanted[box.extension]
        while True:
            wanted.clear()
            await self.look_into(box)
            pause_s = self.poll_s if self.leadership.leads else self.poll_s * _SELDOM
            await first_of(wanted.wait(), self.clock.sleep(pause_s))

    async def look_into(self, box: Mailbox) -> None:
        """Catch up with one mailbox, or note that it cannot be read; the next look goes on."""
        try:
            await self.catch_up(box)
        except GatewayError as error:
            self._unread[box.extension] = error.code
            self.observer.saw("mailbox.unread", mailbox=box.extension, error_code=error.code)
            return
        if self._unread.pop(box.extension, None):
            self.observer.saw("mailbox.recovered", mailbox=box.extension)

    @property
    def known(self) -> bool:
        """Whether the pager said which mailboxes there are."""
        return bool(self._boxes)

    @property
    def unread(self) -> Mapping[ExtensionNumber, str]:
        """Tell which mailboxes could not be read when we last looked, by error code why not."""
        return dict(self._unread)

    async def catch_up(self, box: Mailbox) -> None:
        """Bring everything new in one mailbox over; each message in a transaction of its own.

        Raises:
            PagerError: the mailbox could not be read; the next call goes on where this one began.
        """
        cursor = await self.store.cursor(box.extension)
        since = self.clock.now() - _MARGIN
        synced = await self.pager.sync(box.extension, cursor, since)
        await self.faults.at("mailbox.synced")
        for message in await self.conversations.new(box, synced.messages):
            await self._take(box, message, known=cursor is not None)
            await self.faults.at("mailbox.taken")
        if synced.cursor != cursor:
            moved = MoveCursor(box.extension, synced.cursor, self.clock.now())
            await self.store.commit(Unit((moved,)))
            await self.faults.at("mailbox.moved")

    async def _take(self, box: Mailbox, message: PagerMessage, *, known: bool) -> None:
        """Take one message. One that trips us must not hide all that come after it."""
        try:
            with self.tracing.span("message from the pager", mailbox=box.extension):
                await self.conversations.take(box, message, known=known)
        except GatewayError:
            raise
        except Exception as error:  # noqa: BLE001 - the worker loop of a mailbox
            name = type(error).__name__
            self.observer.saw("pager.message_broke", mailbox=box.extension, error_code=name)

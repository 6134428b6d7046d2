"""The ports of one life: every call to the company's pager or chat goes through the weather."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime

from typing_extensions import override

from gateway.domain.content import Content, Form
from gateway.domain.deliveries import ChatReceipt, PagerReceipt
from gateway.domain.directory import DirectorySnapshot
from gateway.domain.errors import (
    ChatOutcomeUnknownError,
    ChatThrottledError,
    ChatUnavailableError,
    PagerOutcomeUnknownError,
    PagerThrottledError,
    PagerUnavailableError,
)
from gateway.domain.ids import ChatMessageId, ChatUserId, ExtensionNumber, WorkspaceId
from gateway.domain.inbound import PagerMessage
from gateway.domain.pages import ChatThread, Person
from gateway.ports.chat import Chat, ChatEdit, ChatPost, ChatWhisper
from gateway.ports.pager import (
    Mailbox,
    OutgoingPage,
    OutgoingReply,
    Pager,
    PeopleDirectory,
    SyncedMessages,
)
from tests.fakes.chat import FakeChat
from tests.fakes.pager import FakePager
from tests.simulation.weather import SaidNothing, Wire

PAGER_SAYS = SaidNothing(
    PagerUnavailableError,
    PagerOutcomeUnknownError,
    lambda at: PagerThrottledError(retry_at=at),
)
CHAT_SAYS = SaidNothing(
    ChatUnavailableError,
    ChatOutcomeUnknownError,
    lambda at: ChatThrottledError(retry_at=at),
)
_LOST_HINTS, _DOUBLE_HINTS = 0.3, 0.2


@dataclass
class PagerLine(Pager, PeopleDirectory):
    """The pager at the other end of a wire."""

    pager: FakePager
    wire: Wire
    remembered: dict[str, tuple[Mailbox, ...]]
    """What outlives the process: the adapter keeps in the vault who it may speak as."""

    @override
    def per_minute(self, sender: ExtensionNumber) -> int:
        return self.pager.per_minute(sender)

    @override
    async def mailboxes(self) -> tuple[Mailbox, ...]:
        if not self.remembered:
            self.remembered["all"] = await self.wire.call(self.pager.mailboxes, reads=True)
        return self.remembered["all"]

    @override
    async def send(self, page: OutgoingPage) -> PagerReceipt:
        return await self.wire.call(lambda: self.pager.send(page))

    @override
    async def reply(self, reply: OutgoingReply) -> PagerReceipt:
        return await self.wire.call(lambda: self.pager.reply(reply))

    @override
    async def sent_between(
        self, sender: ExtensionNumber, since: datetime, until: datetime
    ) -> tuple[PagerMessage, ...]:
        return await self.wire.call(
            lambda: self.pager.sent_between(sender, since, until), reads=True
        )

    @override
    async def sync(
        self, mailbox: ExtensionNumber, cursor: str | None, since: datetime
    ) -> SyncedMessages:
        return await self.wire.call(lambda: self.pager.sync(mailbox, cursor, since), reads=True)

    @override
    async def nudges(self) -> AsyncIterator[ExtensionNumber]:
        async for mailbox in self.pager.nudges():
            if self.wire.weather.chance(_LOST_HINTS):
                continue
            yield mailbox
            if self.wire.weather.chance(_DOUBLE_HINTS):
                yield mailbox

    @override
    async def load(self) -> DirectorySnapshot:
        return await self.wire.call(self.pager.load, reads=True)


@dataclass
class ChatLine(Chat):
    """The chat at the other end of a wire. Who somebody is, is answered from memory."""

    chat: FakeChat
    wire: Wire

    @property
    @override
    def admitted(self) -> bool:
        return self.chat.admitted

    @override
    async def leave(self) -> None:
        await self.chat.leave()

    @override
    async def post(self, post: ChatPost) -> ChatReceipt:
        return await self.wire.call(lambda: self.chat.post(post))

    @override
    async def find_post(self, post: ChatPost, since: datetime) -> ChatReceipt | None:
        return await self.wire.call(lambda: self.chat.find_post(post, since), reads=True)

    @override
    async def update(self, edit: ChatEdit) -> ChatReceipt:
        return await self.wire.call(lambda: self.chat.update(edit))

    @override
    async def whisper(self, whisper: ChatWhisper) -> ChatReceipt:
        return await self.wire.call(lambda: self.chat.whisper(whisper))

    @override
    async def react(self, thread: ChatThread, message: ChatMessageId, emoji: str) -> None:
        await self.wire.call(lambda: self.chat.react(thread, message, emoji))

    @override
    async def unreact(self, thread: ChatThread, message: ChatMessageId, emoji: str) -> None:
        await self.wire.call(lambda: self.chat.unreact(thread, message, emoji))

    @override
    async def open_form(self, trigger: str, form: Form) -> None:
        await self.wire.call(lambda: self.chat.open_form(trigger, form))

    @override
    async def person(self, workspace: WorkspaceId, user: ChatUserId) -> Person:
        return await self.chat.person(workspace, user)

    @override
    async def group_members(self, workspace: WorkspaceId, group: str) -> tuple[ChatUserId, ...]:
        return await self.wire.call(lambda: self.chat.group_members(workspace, group), reads=True)

    @override
    async def publish_home(
        self, workspace: WorkspaceId, user: ChatUserId, content: Content
    ) -> None:
        await self.wire.call(lambda: self.chat.publish_home(workspace, user, content))

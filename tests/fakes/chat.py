"""A chat platform in memory: one workspace, with what a service can notice of it, and faults.

It runs the same contract suite as the real adapter (`tests/contract/test_chat_contract.py`).
"""

import itertools
from collections import defaultdict, deque
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from typing_extensions import override

from gateway.domain.content import (
    Block,
    Buttons,
    Content,
    Divider,
    Form,
    Line,
    Paragraph,
    Quote,
    Small,
    Span,
)
from gateway.domain.deliveries import ChatReceipt
from gateway.domain.errors import (
    ChatError,
    ChatOutcomeUnknownError,
    ChatRefusal,
    ChatRefusedError,
    ChatThrottledError,
)
from gateway.domain.ids import ChannelId, ChatMessageId, ChatUserId, WorkspaceId
from gateway.domain.pages import ChatThread, Person
from gateway.ports.chat import Chat, ChatEdit, ChatPost, ChatWhisper
from gateway.ports.clock import Clock


@dataclass
class Posted:
    """A message of ours as it stands now; `before` are the contents it had earlier."""

    channel: ChannelId
    ts: ChatMessageId
    content: Content
    marker: str
    at: datetime
    root: ChatMessageId | None
    speaker: str = ""
    before: list[Content] = field(default_factory=list)

    @property
    def text(self) -> str:
        """All its words, line by line."""
        return words(self.content)


@dataclass(frozen=True)
class Told:
    """Something one person was told; `place` is `ephemeral` or `direct`."""

    user: ChatUserId
    channel: ChannelId | None
    content: Content
    place: str
    root: ChatMessageId | None

    @property
    def text(self) -> str:
        """All its words, line by line."""
        return words(self.content)


@dataclass
class FakeChat(Chat):
    """People by id, and channels with their members; our bot is in every channel.

    `posted`, `told`, `forms` and `homes` are all that ever came, in order; `signs` is what stands
    on messages now. Faults: `fail_next` raises before anything happens, `lose_next` posts and
    loses the answer, `drop_next` loses the request, `away` is an outage of everything, `close` and
    `quiet` are a channel's, `unreachable` people cannot be told anything, messages that are `gone`
    take no sign. `admitted` until we `leave`.
    """

    clock: Clock
    workspace: WorkspaceId
    people: dict[ChatUserId, Person]
    channels: dict[ChannelId, set[ChatUserId]]
    groups: dict[str, tuple[ChatUserId, ...]] = field(default_factory=dict)
    posted: list[Posted] = field(default_factory=list)
    told: list[Told] = field(default_factory=list)
    forms: list[tuple[str, Form]] = field(default_factory=list)
    homes: dict[ChatUserId, Content] = field(default_factory=dict)
    signs: dict[tuple[ChannelId, ChatMessageId], list[str]] = field(
        default_factory=lambda: defaultdict(list)
    )
    admitted: bool = True
    away: ChatError | None = None
    unreadable: ChatError | None = None
    unreachable: set[ChatUserId] = field(default_factory=set)
    gone: set[tuple[ChannelId, ChatMessageId]] = field(default_factory=set)
    _closed: dict[ChannelId, ChatRefusal] = field(default_factory=dict)
    _quiet_until: dict[ChannelId, datetime] = field(default_factory=dict)
    _failures: deque[ChatError] = field(default_factory=deque)
    _lost: int = 0
    _dropped: int = 0
    _used_triggers: set[str] = field(default_factory=set)
    _count: "itertools.count[int]" = field(default_factory=lambda: itertools.count(100))

    @override
    async def leave(self) -> None:
        self.admitted = False

    # --- what a test orders -------------------------------------------------------------------

    def fail_next(self, *errors: ChatError) -> None:
        """Raise these, one per post, edit or whisper, before anything happens."""
        self._failures.extend(errors)

    def lose_next(self, times: int = 1) -> None:
        """Post, and lose the answer."""
        self._lost += times

    def drop_next(self, times: int = 1) -> None:
        """Lose posts on the way: nothing stands, nobody knows."""
        self._dropped += times

    def close(self, channel: ChannelId, reason: ChatRefusal = ChatRefusal.CHANNEL_CLOSED) -> None:
        """Refuse whatever is said in a channel."""
        self._closed[channel] = reason

    def quiet(self, channel: ChannelId, seconds: float) -> None:
        """Want silence in a channel for so long."""
        self._quiet_until[channel] = self.clock.now() + timedelta(seconds=seconds)

    def next_ts(self) -> ChatMessageId:
        """Make the id of a message, for one that somebody else writes too."""
        return ChatMessageId(f"{self.clock.now().timestamp():.0f}.{next(self._count):06}")

    def in_thread(self, root: ChatMessageId) -> list[Posted]:
        """List our messages in a thread, without its root."""
        return [message for message in self.posted if message.root == root]

    def told_to(self, user: ChatUserId) -> list[str]:
        """List the words a person was told in private."""
        return [each.text for each in self.told if each.user == user]

    # --- the port -----------------------------------------------------------------------------

    @override
    async def post(self, post: ChatPost) -> ChatReceipt:
        self._check(post.workspace)
        channel = self._open_channel(post.channel)
        if self._dropped:
            self._dropped -= 1
            raise ChatOutcomeUnknownError
        message = Posted(
            channel,
            self.next_ts(),
            post.content,
            post.marker,
            self.clock.now(),
            post.root,
            post.speaker,
        )
        self.posted.append(message)
        if self._lost:
            self._lost -= 1
            raise ChatOutcomeUnknownError
        return ChatReceipt(channel, message.ts)

    @override
    async def find_post(self, post: ChatPost, since: datetime) -> ChatReceipt | None:
        self._check_workspace(post.workspace)
        if self.unreadable is not None:
            raise replace(self.unreadable)
        for message in self.posted:
            wanted = (_conversation(post.channel), post.root, post.marker)
            if (message.channel, message.root, message.marker) == wanted and message.at >= since:
                return ChatReceipt(message.channel, message.ts)
        return None

    @override
    async def update(self, edit: ChatEdit) -> ChatReceipt:
        self._check(edit.workspace)
        channel = self._open_channel(edit.channel)
        for message in self.posted:
            if (message.channel, message.ts) == (channel, edit.message):
                message.before.append(message.content)
                message.content = edit.content
                return ChatReceipt(channel, message.ts)
        raise ChatRefusedError("message_not_found", ChatRefusal.TARGET_GONE)

    @override
    async def whisper(self, whisper: ChatWhisper) -> ChatReceipt:
        self._check(whisper.workspace)
        user, channel = whisper.user, whisper.channel
        if user in self.unreachable or user not in self.people:
            raise ChatRefusedError("user_not_found", ChatRefusal.PERSON_UNREACHABLE)
        is_there = channel is not None and user in self.channels.get(channel, ())
        place = "ephemeral" if is_there and channel not in self._closed else "direct"
        self.told.append(Told(user, channel, whisper.content, place, whisper.root))
        where = channel if channel and place == "ephemeral" else ChannelId(f"D{user[1:]}")
        return ChatReceipt(where, self.next_ts(), place)

    @override
    async def react(self, thread: ChatThread, message: ChatMessageId, emoji: str) -> None:
        self._check_workspace(thread.workspace)
        if (thread.channel, message) in self.gone:
            raise ChatRefusedError(reason=ChatRefusal.TARGET_GONE)
        signs = self.signs[thread.channel, message]
        if emoji not in signs:
            signs.append(emoji)

    @override
    async def unreact(self, thread: ChatThread, message: ChatMessageId, emoji: str) -> None:
        self._check_workspace(thread.workspace)
        signs = self.signs[thread.channel, message]
        if emoji in signs:
            signs.remove(emoji)

    @override
    async def open_form(self, trigger: str, form: Form) -> None:
        self._check_away()
        if not trigger or trigger in self._used_triggers:
            raise ChatRefusedError("expired_trigger_id", ChatRefusal.TOO_LATE)
        self._used_triggers.add(trigger)
        self.forms.append((trigger, form))

    @override
    async def person(self, workspace: WorkspaceId, user: ChatUserId) -> Person:
        self._check_workspace(workspace)
        if user not in self.people:
            raise ChatRefusedError("user_not_found", ChatRefusal.PERSON_UNREACHABLE)
        return self.people[user]

    @override
    async def group_members(self, workspace: WorkspaceId, group: str) -> tuple[ChatUserId, ...]:
        self._check_workspace(workspace)
        if group not in self.groups:
            raise ChatRefusedError("no_such_subteam", ChatRefusal.PERSON_UNREACHABLE)
        return self.groups[group]

    @override
    async def publish_home(
        self, workspace: WorkspaceId, user: ChatUserId, content: Content
    ) -> None:
        self._check_workspace(workspace)
        self.homes[user] = content

    # --- the rules ----------------------------------------------------------------------------

    def _check_away(self) -> None:
        if self.away is not None:
            raise replace(self.away)

    def _check_workspace(self, workspace: WorkspaceId) -> None:
        self._check_away()
        if workspace != self.workspace:
            raise ChatRefusedError("other_workspace", ChatRefusal.PERMISSION)

    def _check(self, workspace: WorkspaceId) -> None:
        self._check_workspace(workspace)
        if self._failures:
            raise self._failures.popleft()

    def _open_channel(self, channel: ChannelId) -> ChannelId:
        """Give the conversation that is written to, if it may be."""
        if channel in self._closed:
            raise ChatRefusedError("is_archived", self._closed[channel])
        if (until := self._quiet_until.get(channel)) and until > self.clock.now():
            raise ChatThrottledError("ratelimited", until)
        conversation = _conversation(channel)
        if conversation not in {*self.channels, *map(_conversation, map(ChannelId, self.people))}:
            raise ChatRefusedError("channel_not_found", ChatRefusal.NOT_IN_CHANNEL)
        return conversation


def _conversation(channel: ChannelId) -> ChannelId:
    """Turn a person's id into the conversation with them."""
    return ChannelId(f"D{channel[1:]}") if channel.startswith("U") else channel


def words(content: Content) -> str:
    """All words of a message, line by line; buttons as `[label]`."""
    return "\n".join(line for block in content.blocks for line in _lines(block)) or content.summary


def _lines(block: Block) -> Iterator[str]:
    match block:
        case Paragraph(lines):
            yield from map(_line, lines)
        case Quote(text):
            yield from (f"> {line}" for line in text.split("\n"))
        case Small(line):
            yield _line(line)
        case Buttons(buttons):
            yield " ".join(f"[{button.label}]" for button in buttons)
        case Divider():
            return


def _line(line: Line) -> str:
    return "".join(each.text if isinstance(each, Span) else each.fallback for each in line)


def small_workspace(clock: Clock) -> FakeChat:
    """Acme: four members, a guest and a stranger; #ops, #dba, and #lobby with everybody."""
    acme = WorkspaceId("T0ACME")

    def person(user: str, name: str, *, guest: bool = False, stranger: bool = False) -> Person:
        return Person(acme, ChatUserId(user), name, guest, stranger, language="en-US")

    people = (
        person("U0DANA", "Dana Lee"),
        person("U0AVERY", "Avery Kim"),
        person("U0BO", "Bo Chen"),
        person("U0CASEY", "Casey Diaz"),
        person("U0GUEST", "Gus Guest", guest=True),
        person("U0STRANGER", "Sky Stranger", stranger=True),
    )
    members = {each.user for each in people}
    ours = {each.user for each in people if not each.guest and not each.stranger}
    return FakeChat(
        clock,
        acme,
        {each.user: each for each in people},
        {
            ChannelId("C0OPS"): ours,
            ChannelId("C0DBA"): {ChatUserId("U0DANA"), ChatUserId("U0AVERY")},
            ChannelId("C0LOBBY"): members,
        },
        {"S0ONCALL": (ChatUserId("U0DANA"),)},
    )

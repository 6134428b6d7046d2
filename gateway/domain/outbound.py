"""What is sent, each kind as facts and codes: words are made when it is sent."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from gateway.domain.alerts import Severity
from gateway.domain.errors import FactValue
from gateway.domain.ids import (
    ChannelId,
    ChatMessageId,
    ChatUserId,
    ExtensionNumber,
    WorkspaceId,
)
from gateway.domain.pages import ChatThread


@dataclass(frozen=True, slots=True)
class Notice:
    """Something to tell, as a catalogue key and facts; words are made when it is sent.

    `actions` are pairs (action name, value) for the buttons, in order.
    """

    key: str
    facts: Mapping[str, FactValue] = field(default_factory=dict)
    actions: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class AlertNews:
    """What a message about alerts tells, so that many can be told as one.

    `names` counts its alerts by name, `events` are the entries of the record it tells of, `title`
    is the incident's. With `over` it tells of an end.
    """

    source: str
    severity: Severity
    to: tuple[ExtensionNumber, ...]
    title: str
    names: tuple[tuple[str, int], ...]
    events: tuple[int, ...] = ()
    over: bool = False


@dataclass(frozen=True, slots=True)
class SendPage:
    """One part of a page. Part 1 begins the conversation, later parts reply to it.

    `insist` is for alerts: where a person would be asked whether to send again, it is sent again
    and says that it may be a repeat, because a double beats a silence. What has `news` may be
    told in a digest instead.
    """

    sender: ExtensionNumber
    to: tuple[ExtensionNumber, ...]
    text: str
    part: int = 1
    parts: int = 1
    insist: bool = False
    news: AlertNews | None = None


@dataclass(frozen=True, slots=True)
class SendPageReply:
    """A reply into the conversation of its reference; what it hangs on is read when sending.

    `message` is the chat message it came from, marked ✅ or ⚠️ with the outcome. With `afresh`
    (recipients) it begins a new conversation instead, because the old one is closed for replies.
    A `correction` says anew what the message said before it was edited.
    """

    sender: ExtensionNumber
    text: str
    author: ChatUserId
    thread: ChatThread
    message: ChatMessageId
    part: int = 1
    parts: int = 1
    afresh: tuple[ExtensionNumber, ...] = ()
    correction: bool = False


@dataclass(frozen=True, slots=True)
class PostChatMessage:
    """Into a channel: the status message of a page (the root of its thread), or a notice."""

    workspace: WorkspaceId
    channel: ChannelId
    notice: Notice | None = None


@dataclass(frozen=True, slots=True)
class PostChatReply:
    """Into a thread: what somebody wrote on the pager, or a notice of ours.

    `thread` None means the thread of the page, which its status message is about to begin.
    """

    thread: ChatThread | None
    text: str = ""
    author: ExtensionNumber | None = None
    author_name: str = ""
    notice: Notice | None = None


@dataclass(frozen=True, slots=True)
class UpdateChatMessage:
    """Bring the status message up to what the page row says when this is sent."""

    thread: ChatThread


@dataclass(frozen=True, slots=True)
class Whisper:
    """Tell one person something, where they acted if possible."""

    workspace: WorkspaceId
    user: ChatUserId
    channel: ChannelId | None
    notice: Notice
    thread: ChatMessageId | None = None


@dataclass(frozen=True, slots=True)
class React:
    """Mark a message with a sign, in the place of another; doing it twice changes nothing."""

    thread: ChatThread
    message: ChatMessageId
    emoji: str
    instead_of: str = ""


@dataclass(frozen=True, slots=True)
class SendFollowUp:
    """A further message of the gateway's own into a page's conversation, such as "resolved".

    With `to` it goes to these alone, in a conversation of its own that is no part of the page's.
    """

    sender: ExtensionNumber
    text: str
    news: AlertNews | None = None
    to: tuple[ExtensionNumber, ...] = ()


class Waking(StrEnum):
    """What is to be looked after when a time has come."""

    GROUP = "group"
    """Flush a group of alerts; the key is the group's."""
    INCIDENT = "incident"
    """Remind, give an acknowledgement back, escalate, wake from a snooze; the key is a ref."""
    HEARTBEAT = "heartbeat"
    """See whether a source is still heard; the key is the source's name."""
    BUDGET = "budget"
    """Divide a sender's budget among alert pages that wait; the key is the extension."""
    CORRECTION = "correction"
    """Say what an edited message says now; the key is the draft that keeps it."""


@dataclass(frozen=True, slots=True)
class Wake:
    """A time that has come. Nothing leaves the process; what follows is decided when it is due."""

    what: Waking
    key: str


Outbound = (
    SendPage
    | SendPageReply
    | SendFollowUp
    | PostChatMessage
    | PostChatReply
    | UpdateChatMessage
    | Whisper
    | React
    | Wake
)

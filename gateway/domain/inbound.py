"""Facts that reach us from outside, each with the key that makes a repeat harmless."""

from dataclasses import dataclass, field
from datetime import datetime

from gateway.domain.ids import (
    ChannelId,
    ChatMessageId,
    ChatUserId,
    ConversationId,
    ExtensionNumber,
    PagerMessageId,
    WorkspaceId,
)
from gateway.domain.pages import ChatThread, Person


@dataclass(frozen=True, slots=True)
class UserMention:
    """`@dana`, already resolved by the platform to an id."""

    user: ChatUserId
    label: str = ""


@dataclass(frozen=True, slots=True)
class GroupMention:
    """`@oncall`, a user group."""

    group: str
    label: str = ""


@dataclass(frozen=True, slots=True)
class ChannelMention:
    """`#ops`."""

    channel: ChannelId
    label: str = ""


CommandPart = str | UserMention | GroupMention | ChannelMention
CommandText = tuple[CommandPart, ...]
"""What was typed, mentions apart, all other markup already turned into readable text."""


@dataclass(frozen=True, slots=True)
class ChatCommand:
    """`/page …`. `trigger` lets us open a form within three seconds; a secret, never stored."""

    key: str
    person: Person
    channel: ChannelId
    name: str
    text: CommandText
    received_at: datetime
    trigger: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class ChatReply:
    """Somebody wrote in a thread. `files` are readable lines that name and link attachments.

    `under_us` says that the thread hangs from a message of ours, as far as the platform tells.
    `untold` one was found in the thread, and the platform should have told us of it before.
    """

    key: str
    person: Person
    thread: ChatThread
    message: ChatMessageId
    text: str
    received_at: datetime
    files: tuple[str, ...] = ()
    mentions_us: bool = False
    under_us: bool = False
    untold: bool = False


@dataclass(frozen=True, slots=True)
class ChatEdit:
    """Somebody changed the words of a message (an unfurl is no edit).

    `mentions_us` and `mentioned_us` are about the words as they are now and as they were. `version`
    sorts behind that of every earlier edit of the same message: events come in any order.
    `under_us` as for a reply.
    """

    key: str
    person: Person
    thread: ChatThread
    message: ChatMessageId
    text: str
    before: str
    received_at: datetime
    files: tuple[str, ...] = ()
    mentions_us: bool = False
    mentioned_us: bool = False
    version: str = ""
    under_us: bool = False


@dataclass(frozen=True, slots=True)
class ChatDeletion:
    """Somebody deleted a message in a thread, or its root; `under_us` as for a reply."""

    key: str
    person: Person
    thread: ChatThread
    message: ChatMessageId
    received_at: datetime
    under_us: bool = False


@dataclass(frozen=True, slots=True)
class ChatAction:
    """A button was pressed. `value` is what we put there; the server's state decides."""

    key: str
    person: Person
    channel: ChannelId | None
    action: str
    value: str
    received_at: datetime
    thread: ChatThread | None = None
    message: ChatMessageId | None = None
    trigger: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class ChatShortcut:
    """A global or message shortcut. `text` is the message it was used on, readable."""

    key: str
    person: Person
    name: str
    received_at: datetime
    channel: ChannelId | None = None
    thread: ChatThread | None = None
    text: str = ""
    trigger: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class FormSubmission:
    """The paging form came back. `to` are the chosen options' values."""

    key: str
    person: Person
    to: tuple[str, ...]
    text: str
    send_as: ExtensionNumber | None
    channel: ChannelId | None
    draft: str
    received_at: datetime


@dataclass(frozen=True, slots=True)
class SilenceSubmission:
    """The form that silences came back. `lasts` is the chosen option's value."""

    key: str
    person: Person
    lasts: str
    text: str
    context: str
    received_at: datetime


@dataclass(frozen=True, slots=True)
class HomeOpened:
    """Somebody looks at the app's home tab."""

    person: Person


@dataclass(frozen=True, slots=True)
class WorkspaceGone:
    """The app was removed or its tokens were revoked."""

    key: str
    workspace: WorkspaceId


@dataclass(frozen=True, slots=True)
class PersonGone:
    """Somebody's account in the chat was switched off."""

    workspace: WorkspaceId
    user: ChatUserId


@dataclass(frozen=True, slots=True)
class ChannelMoved:
    """A channel got another id; threads in it move along."""

    key: str
    workspace: WorkspaceId
    old: ChannelId
    new: ChannelId


@dataclass(frozen=True, slots=True)
class PagerMessage:
    """One mailbox's copy of a pager message, as message-sync shows it.

    `to` never contains the sender or the mailbox itself. `inbound` is seen from the mailbox.
    """

    mailbox: ExtensionNumber
    id: PagerMessageId
    conversation: ConversationId
    inbound: bool
    sender: ExtensionNumber
    sender_name: str
    to: tuple[ExtensionNumber, ...]
    text: str
    created_at: datetime

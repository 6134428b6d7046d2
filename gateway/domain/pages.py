"""A page from intent to end, and the thread that grows from it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from gateway.domain.errors import FactValue, GatewayError
from gateway.domain.ids import (
    ChannelId,
    ChatMessageId,
    ChatUserId,
    ConversationId,
    DraftId,
    ExtensionNumber,
    PagerMessageId,
    Ref,
    WorkspaceId,
)
from gateway.domain.threads import ThreadMode, UsualModes

DRAFT_LIFE = timedelta(minutes=15)
"""How long the text behind a question or a refusal is kept for its buttons."""


@dataclass(frozen=True, slots=True)
class Fault:
    """An error as a stored fact: its code and plain fields. Words are made from it when told."""

    code: str
    facts: Mapping[str, FactValue] = field(default_factory=dict)

    @classmethod
    def of(cls, error: GatewayError) -> "Fault":
        """Keep what an error knows."""
        return cls(error.code, error.facts())


@dataclass(frozen=True, slots=True)
class Person:
    """A chat user as the platform describes them. Flags decide what policy lets them do.

    Who is not `active` was switched off, or is nobody the platform knows.
    `language` is what they read the platform in, such as "de-DE"; empty when nobody knows.
    """

    workspace: WorkspaceId
    user: ChatUserId
    name: str
    guest: bool = False
    stranger: bool = False
    bot: bool = False
    active: bool = True
    language: str = ""


@dataclass(frozen=True, slots=True)
class ChatThread:
    """A thread in a chat: the message it hangs from. Equality is identity."""

    workspace: WorkspaceId
    channel: ChannelId
    root: ChatMessageId


@dataclass(frozen=True, slots=True)
class ThreadLink:
    """One mailbox's view of the pager conversation behind a thread.

    Keyed by mailbox *and* conversation id. Several mailboxes of ours may hold the same
    conversation; replies from the pager are taken from the `owner` only, or every reply would
    appear once per mailbox. `newest` is the message id in this mailbox that a reply hangs on.
    """

    ref: Ref
    mailbox: ExtensionNumber
    conversation: ConversationId
    newest: PagerMessageId
    owner: bool = True


class PageState(StrEnum):
    """What people are told about a page; its deliveries hold the details."""

    SENDING = "sending"
    WAITING = "waiting"
    SENT = "sent"
    REFUSED = "refused"
    UNSURE = "unsure"
    HELD = "held"
    CANCELLED = "cancelled"

    @property
    def final(self) -> bool:
        """Whether nothing more will happen to it by itself."""
        return self in {PageState.SENT, PageState.REFUSED, PageState.CANCELLED}


class Origin(StrEnum):
    """Where a conversation began."""

    COMMAND = "command"
    FORM = "form"
    SHORTCUT = "shortcut"
    PAGER = "pager"
    ALERT = "alert"
    API = "api"


@dataclass(frozen=True, slots=True)
class Page:
    """A page somebody asked for, and how it stands.

    `sender` is the extension whose mailbox sends it, never a department. With `on_behalf` the
    first line of the pager text names the author, because the sender is shared. `to` are the
    explicit recipients (people and departments), without the sender. `channel` is where the
    author acted; the status message is posted there. A conversation that began on the pager is a
    `Page` too (origin `PAGER`), so that its thread works like any other. `mode` is what people
    chose for the thread, or how it began; `None` is what is usual everywhere.
    """

    ref: Ref
    origin: Origin
    workspace: WorkspaceId
    author: ChatUserId
    author_name: str
    channel: ChannelId
    sender: ExtensionNumber
    on_behalf: bool
    to: tuple[ExtensionNumber, ...]
    text: str
    parts: int
    state: PageState
    created_at: datetime
    changed_at: datetime
    sent_at: datetime | None = None
    fault: Fault | None = None
    thread: ChatThread | None = None
    replies: int = 0
    last_reply_from: str = ""
    last_reply_at: datetime | None = None
    quiet: bool = False
    mode: ThreadMode | None = None

    @property
    def passes(self) -> ThreadMode:
        """Tell what of its thread goes to the pager; of an alert's only what is meant to."""
        usual = UsualModes()
        return self.mode or (usual.alerts if self.origin is Origin.ALERT else usual.pages)


@dataclass(frozen=True, slots=True)
class Draft:
    """What a person meant to send, kept while we ask something; single use, only for its author.

    `ask` is the code or key of what was asked. `to` are the recipients already settled, `term` the
    word still in doubt, or the numbers to leave out. `ref`, `thread` and `message` tell which page
    it was a reply to, and the words that were typed there. `agreed` are questions answered already.
    An edited message is kept as a draft, too, with the edit's version as `term`.
    """

    id: DraftId
    workspace: WorkspaceId
    author: ChatUserId
    author_name: str
    channel: ChannelId
    text: str
    ask: str
    expires_at: datetime
    to: tuple[ExtensionNumber, ...] = ()
    term: str = ""
    send_as: ExtensionNumber | None = None
    quiet: bool = False
    ref: Ref | None = None
    thread: ChatThread | None = None
    message: ChatMessageId | None = None
    agreed: tuple[str, ...] = ()

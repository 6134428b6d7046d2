"""What the gateway asks of a chat platform."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from gateway.domain.content import Content, Form
from gateway.domain.deliveries import ChatReceipt
from gateway.domain.ids import ChannelId, ChatMessageId, ChatUserId, WorkspaceId
from gateway.domain.pages import ChatThread, Person


@dataclass(frozen=True, slots=True)
class ChatPost:
    """A message for a channel (`root` is None) or a thread.

    `marker` identifies the delivery (unique per message, no secret): it is stored with the message
    so that `find_post` can tell whether a post whose answer was lost is there. `speaker` makes
    the message look like a person on the pager ("Avery Kim · pager").
    """

    workspace: WorkspaceId
    channel: ChannelId
    content: Content
    marker: str
    root: ChatMessageId | None = None
    speaker: str = ""
    speaker_user: ChatUserId | None = None


@dataclass(frozen=True, slots=True)
class ChatEdit:
    """New content for a message of ours."""

    workspace: WorkspaceId
    channel: ChannelId
    message: ChatMessageId
    content: Content
    marker: str


@dataclass(frozen=True, slots=True)
class ChatWhisper:
    """Something for one person's eyes, where they acted."""

    workspace: WorkspaceId
    user: ChatUserId
    channel: ChannelId | None
    content: Content
    root: ChatMessageId | None = None


class Hindsight(Protocol):
    """Hears once more what was written in a thread."""

    async def hear_again(self, thread: ChatThread, since: datetime) -> None:
        """Tell the core of every message in a thread since then; what it knows has no effect.

        Raises:
            ChatRefusedError: this thread cannot be read, now or later.
            GatewayError: not all was read or recorded; try again.
        """
        ...


class Chat(Protocol):
    """A chat platform. Order inside a thread is the caller's; limits per channel are kept here."""

    @property
    def admitted(self) -> bool:
        """Whether the workspace lets us in; while it does not, nothing should be tried there."""
        ...

    async def leave(self) -> None:
        """Forget every credential for the workspace: it has removed us.

        Raises:
            StoreUnavailableError: they are still there.
        """
        ...

    async def post(self, post: ChatPost) -> ChatReceipt:
        """Post a message.

        Raises:
            ChatError: any leaf of the chat branch; its `disposition` tells what is known.
        """
        ...

    async def find_post(self, post: ChatPost, since: datetime) -> ChatReceipt | None:
        """Look whether a post with this marker stands in its channel or thread.

        Raises:
            ChatError: the history could not be read; nothing is proved then.
        """
        ...

    async def update(self, edit: ChatEdit) -> ChatReceipt:
        """Replace the content of a message of ours; doing it twice is harmless."""
        ...

    async def whisper(self, whisper: ChatWhisper) -> ChatReceipt:
        """Tell one person: an ephemeral message, else the answer address, else a direct message.

        The receipt's `place` names the way that worked.

        Raises:
            ChatRefusedError: no way works; somebody else has to be told.
        """
        ...

    async def react(self, thread: ChatThread, message: ChatMessageId, emoji: str) -> None:
        """Put a sign on a message; a sign that is there already is success."""
        ...

    async def unreact(self, thread: ChatThread, message: ChatMessageId, emoji: str) -> None:
        """Take a sign of ours away; a missing one is success."""
        ...

    async def open_form(self, trigger: str, form: Form) -> None:
        """Show a form. `trigger` lives three seconds and works once.

        Raises:
            ChatRefusedError: `TOO_LATE` when the trigger is gone.
        """
        ...

    async def person(self, workspace: WorkspaceId, user: ChatUserId) -> Person:
        """Describe a user; answered from memory where possible.

        Raises:
            ChatError: unknown user, or nobody answered.
        """
        ...

    async def group_members(self, workspace: WorkspaceId, group: str) -> tuple[ChatUserId, ...]:
        """List a user group's people; the group goes by its id or its handle."""
        ...

    async def publish_home(
        self, workspace: WorkspaceId, user: ChatUserId, content: Content
    ) -> None:
        """Draw the app's home tab for one person."""
        ...

"""What the world may tell the core. Adapters call it after verifying and translating.

Every method returns after the durable write, or raises; only then may the foreign system be
answered. A repeat (same key) has no second effect and gets an answer too.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from gateway.domain.content import Content, OptionGroup
from gateway.domain.inbound import (
    ChannelMoved,
    ChatAction,
    ChatCommand,
    ChatDeletion,
    ChatEdit,
    ChatReply,
    ChatShortcut,
    FormSubmission,
    HomeOpened,
    PersonGone,
    SilenceSubmission,
    WorkspaceGone,
)
from gateway.domain.pages import Person


@dataclass(frozen=True, slots=True)
class Answer:
    """What the acting person sees at once, privately; nothing when `content` is None.

    `replace` asks to put it in the place of the private message whose button was pressed.
    """

    content: Content | None = None
    replace: bool = False


@dataclass(frozen=True, slots=True)
class FormProblems:
    """The form stays open; sentences keyed by field (`to`, `text`, `as`, `where`, `lasts`)."""

    problems: Mapping[str, str]


class Intake(Protocol):
    """The one door into the core.

    Raises (every method):
        StoreUnavailableError: nothing was recorded; tell the sender so, or let it retry.
    """

    async def command(self, command: ChatCommand) -> Answer:
        """Take a slash command."""
        ...

    async def reply(self, reply: ChatReply) -> None:
        """Take a message written in a thread; most threads are none of ours.

        Raises:
            ThreadNotOpenError: the thread may be about to become ours; let the platform try again.
        """
        ...

    async def edit(self, edit: ChatEdit) -> None:
        """Take a changed message.

        Raises:
            ThreadNotOpenError: as for a reply.
        """
        ...

    async def deletion(self, deletion: ChatDeletion) -> None:
        """Take a deleted message.

        Raises:
            ThreadNotOpenError: as for a reply.
        """
        ...

    async def action(self, action: ChatAction) -> Answer:
        """Take a pressed button."""
        ...

    async def shortcut(self, shortcut: ChatShortcut) -> Answer:
        """Take a shortcut; usually opens the form."""
        ...

    async def form(self, submission: FormSubmission) -> FormProblems | None:
        """Take the submitted form; `None` closes it."""
        ...

    async def silence(self, submission: SilenceSubmission) -> FormProblems | None:
        """Take the submitted form that silences; `None` closes it."""
        ...

    async def recipients(self, person: Person, typed: str) -> tuple[OptionGroup, ...]:
        """Offer recipients for what was typed so far; at most 100 options, from memory."""
        ...

    async def home(self, opened: HomeOpened) -> None:
        """Draw the home tab for somebody who looks at it."""
        ...

    async def workspace_gone(self, gone: WorkspaceGone) -> None:
        """Stop serving a workspace."""
        ...

    async def person_gone(self, gone: PersonGone) -> None:
        """Stop speaking for somebody; hearing it twice changes nothing."""
        ...

    async def channel_moved(self, moved: ChannelMoved) -> None:
        """Follow a channel to its new id."""
        ...

"""What the gateway asks of a company pager, and of the directory behind it."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from gateway.domain.deliveries import PagerReceipt
from gateway.domain.directory import DirectorySnapshot
from gateway.domain.ids import ExtensionNumber, PagerMessageId
from gateway.domain.inbound import PagerMessage


@dataclass(frozen=True, slots=True)
class OutgoingPage:
    """A page as the pager is asked to send it: at most 1,024 UTF-16 units of plain text."""

    sender: ExtensionNumber
    to: tuple[ExtensionNumber, ...]
    text: str


@dataclass(frozen=True, slots=True)
class OutgoingReply:
    """A message into an existing conversation.

    `reply_on` is a message of that conversation in the *sender's own* mailbox.
    """

    sender: ExtensionNumber
    reply_on: PagerMessageId
    text: str


@dataclass(frozen=True, slots=True)
class Mailbox:
    """An extension we hold a credential for. Exactly one is shared."""

    extension: ExtensionNumber
    name: str
    shared: bool


@dataclass(frozen=True, slots=True)
class SyncedMessages:
    """Messages that changed since a cursor, oldest first, and where to go on.

    Windows overlap: the same message may come again. `reset` tells that the cursor was no longer
    usable and everything since `since` was read afresh.
    """

    messages: tuple[PagerMessage, ...]
    cursor: str
    reset: bool = False


class Pager(Protocol):
    """A company pager. Every method is safe to call concurrently for different senders."""

    async def mailboxes(self) -> tuple[Mailbox, ...]:
        """List the extensions we can send from; the shared sender comes first.

        Raises:
            PagerAuthError: no credential works.
            PagerUnavailableError: nobody answers.
        """
        ...

    def per_minute(self, sender: ExtensionNumber) -> int:
        """Tell how many messages a minute this sender may send, as far as the pager has said."""
        ...

    async def send(self, page: OutgoingPage) -> PagerReceipt:
        """Begin a conversation.

        All or nothing: one frozen or disabled explicit recipient refuses the whole page, while
        inactive members of an addressed department are skipped in silence.

        Raises:
            PagerError: any leaf of the pager branch; its `disposition` tells what is known.

        Source: RingCentral, "Sending Pager Messages".
        """
        ...

    async def reply(self, reply: OutgoingReply) -> PagerReceipt:
        """Send a message into an existing conversation.

        Called one at a time per conversation. Membership is judged now, by the pager.

        Raises:
            NotAParticipantError: the sender is no longer in the recipient list (HTTP 403).
            ThreadTooOldError: the conversation is closed for replies because of its age.
            PagerError: any other leaf.
        """
        ...

    async def sent_between(
        self, sender: ExtensionNumber, since: datetime, until: datetime
    ) -> tuple[PagerMessage, ...]:
        """List what this sender's mailbox shows as sent in a span of time, oldest first.

        Used to find out whether a request whose answer was lost arrived. Complete over the span,
        up to the pager's own visibility lag.

        Raises:
            PagerError: the list could not be read; nothing is proved then.
        """
        ...

    async def sync(
        self, mailbox: ExtensionNumber, cursor: str | None, since: datetime
    ) -> SyncedMessages:
        """Read what changed in a mailbox, inbound and outbound.

        `cursor` is what the last call returned; `None` reads everything since `since`. An
        unusable cursor is healed by a full read, told by `reset`.

        Raises:
            PagerError: nothing was read; call again with the same cursor.
        """
        ...

    def nudges(self) -> AsyncIterator[ExtensionNumber]:
        """Yield mailboxes in which something probably happened.

        Hints only: they may come late, twice, merged or never; timers remain necessary.
        """
        ...


class PeopleDirectory(Protocol):
    """Where extensions, departments and their members come from."""

    async def load(self) -> DirectorySnapshot:
        """Read the whole directory with statuses, members and, where visible, managers.

        Raises:
            PagerError: the directory could not be read; keep the old one.
        """
        ...

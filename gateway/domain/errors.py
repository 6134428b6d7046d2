"""Everything that can go wrong, as values with a code and fields; sentences live in gateway.text.

GatewayError
├── CommandSyntaxError          command.syntax                 author
├── UnknownRecipientError       recipient.unknown              author
├── AmbiguousRecipientError     recipient.ambiguous            author
├── NotLinkedError              recipient.not_linked           author
├── NoDefaultRecipientError     recipient.no_default           author
├── NobodyBehindError           recipient.nobody_behind        author
├── IncompleteRecipientError    recipient.incomplete           author
├── NobodyLeftError             recipient.nobody_left          author
├── UnlinkedAuthorError         author.unlinked                author
├── InactiveAuthorError         author.inactive                author
├── NotAllowedError             policy.denied                  author
├── PageTooLongError            page.too_long                  author
├── ThreadNotOpenError          thread.not_open                author
├── PagerError
│   ├── RecipientUnavailableError   pager.recipient_unavailable    refused
│   ├── EmptyDepartmentError        pager.department_empty         refused
│   ├── PagerUnknownRecipientError  pager.unknown_recipient        refused
│   ├── WrongRecipientTypeError     pager.recipient_type           refused
│   ├── DepartmentSenderError       pager.sender_is_department     refused
│   ├── SenderMismatchError         pager.sender_mismatch          refused
│   ├── NotAParticipantError        pager.not_a_participant        refused
│   ├── ThreadTooOldError           pager.thread_too_old           refused
│   ├── MessageTooLongError         pager.message_too_long         refused
│   ├── PermissionMissingError      pager.permission               refused
│   ├── PagerRejectedError          pager.rejected                 refused
│   ├── DryRunError                 pager.dry_run                  refused
│   ├── LinkEndedError              author.link_ended              refused
│   ├── PagerAuthError              pager.auth                     retry later
│   ├── PagerThrottledError         pager.throttled                retry later
│   ├── PagerUnavailableError       pager.unavailable              retry later
│   └── PagerOutcomeUnknownError    pager.outcome_unknown          may have been sent
├── ChatError
│   ├── ChatRefusedError            chat.refused                   refused
│   ├── ChatThrottledError          chat.throttled                 retry later
│   ├── ChatUnavailableError        chat.unavailable               retry later
│   ├── ChatSignedOutError          chat.signed_out                retry later
│   └── ChatOutcomeUnknownError     chat.outcome_unknown           may have been sent
└── StoreUnavailableError       gateway.not_recorded           author
"""

from dataclasses import dataclass, fields
from datetime import datetime
from enum import StrEnum
from typing import ClassVar

from gateway.domain.ids import ExtensionNumber


class Disposition(StrEnum):
    """What is known about the send when this error came."""

    REFUSED = "refused"
    RETRY_LATER = "retry_later"
    MAY_HAVE_BEEN_SENT = "may_have_been_sent"


class Audience(StrEnum):
    """Who has to hear of it."""

    AUTHOR = "author"
    OPERATOR = "operator"
    BOTH = "both"


FactValue = str | int | float | bool | list[str] | None


@dataclass(eq=False)
class GatewayError(Exception):
    """Root of the tree. Subclasses add typed fields; nobody raises this one."""

    code: ClassVar[str] = "gateway.broken"
    audience: ClassVar[Audience] = Audience.AUTHOR
    disposition: ClassVar[Disposition] = Disposition.REFUSED

    def facts(self) -> dict[str, FactValue]:
        """Give the fields as plain JSON values, to be stored and put into words later."""
        return {f.name: _plain(getattr(self, f.name)) for f in fields(self)}

    def __str__(self) -> str:
        """Show the code only: fields may hold what must not reach a log."""
        return self.code


def _plain(value: object) -> FactValue:
    match value:
        case None | bool() | int() | float() | str():
            return value
        case datetime():
            return value.isoformat()
        case tuple() | list():
            return [str(item) for item in value]
        case _:
            return str(value)


# --- what we find out ourselves, before anything is sent ---------------------------------------


@dataclass(eq=False)
class CommandSyntaxError(GatewayError):
    """The command names nobody, or nothing to say."""

    code: ClassVar[str] = "command.syntax"


@dataclass(eq=False)
class UnknownRecipientError(GatewayError):
    """No entry has this name or number; `near` are extension numbers worth offering."""

    code: ClassVar[str] = "recipient.unknown"
    name: str
    near: tuple[ExtensionNumber, ...] = ()


@dataclass(eq=False)
class AmbiguousRecipientError(GatewayError):
    """Several entries fit, or only a fuzzy match does; the author chooses."""

    code: ClassVar[str] = "recipient.ambiguous"
    name: str
    choices: tuple[ExtensionNumber, ...] = ()


@dataclass(eq=False)
class NotLinkedError(GatewayError):
    """A mentioned person or group whose extension nobody told us; `near` have a similar name."""

    code: ClassVar[str] = "recipient.not_linked"
    typed: str
    user: str = ""
    near: tuple[ExtensionNumber, ...] = ()


@dataclass(eq=False)
class NoDefaultRecipientError(GatewayError):
    """A mentioned channel for which no recipient is configured."""

    code: ClassVar[str] = "recipient.no_default"
    typed: str


@dataclass(eq=False)
class NobodyBehindError(GatewayError):
    """A schedule, alias or channel behind which there is nobody at the moment."""

    code: ClassVar[str] = "recipient.nobody_behind"
    name: str


@dataclass(eq=False)
class IncompleteRecipientError(GatewayError):
    """Some of those behind one name cannot be paged: `names`. `known` are all the others."""

    code: ClassVar[str] = "recipient.incomplete"
    name: str
    names: tuple[str, ...] = ()
    known: tuple[ExtensionNumber, ...] = ()


@dataclass(eq=False)
class NobodyLeftError(GatewayError):
    """Nobody but the sender was named."""

    code: ClassVar[str] = "recipient.nobody_left"


@dataclass(eq=False)
class UnlinkedAuthorError(GatewayError):
    """Policy wants pages from people's own extensions, and this person is not linked."""

    code: ClassVar[str] = "author.unlinked"


@dataclass(eq=False)
class InactiveAuthorError(GatewayError):
    """The author's own extension is not enabled."""

    code: ClassVar[str] = "author.inactive"
    extension: ExtensionNumber
    status: str


@dataclass(eq=False)
class NotAllowedError(GatewayError):
    """Our policy says no. `rule` names it: guest, stranger, bot or recipient."""

    code: ClassVar[str] = "policy.denied"
    rule: str


@dataclass(eq=False)
class PageTooLongError(GatewayError):
    """Longer than one page, and splitting needs the author's word. Lengths in UTF-16 units."""

    code: ClassVar[str] = "page.too_long"
    length: int
    limit: int
    parts: int


@dataclass(eq=False)
class ThreadNotOpenError(GatewayError):
    """A reply in a thread whose page never reached the pager, or is not on record yet."""

    code: ClassVar[str] = "thread.not_open"


@dataclass(eq=False)
class StoreUnavailableError(GatewayError):
    """The database did not take the record; nothing was accepted."""

    code: ClassVar[str] = "gateway.not_recorded"
    audience: ClassVar[Audience] = Audience.BOTH


# --- what the pager says -----------------------------------------------------------------------


@dataclass(eq=False)
class PagerError(GatewayError):
    """Something the pager answered, or did not. `trace` is its correlation id, or empty."""

    vendor_code: str = ""
    trace: str = ""


@dataclass(eq=False)
class RecipientUnavailableError(PagerError):
    """A directly addressed extension is disabled or frozen; empty when the pager named none."""

    code: ClassVar[str] = "pager.recipient_unavailable"
    extensions: tuple[ExtensionNumber, ...] = ()


@dataclass(eq=False)
class EmptyDepartmentError(PagerError):
    """A department without active members."""

    code: ClassVar[str] = "pager.department_empty"
    audience: ClassVar[Audience] = Audience.BOTH
    department: str = ""


@dataclass(eq=False)
class PagerUnknownRecipientError(PagerError):
    """The pager has no such extension, whatever our directory says."""

    code: ClassVar[str] = "pager.unknown_recipient"
    extension: str = ""


@dataclass(eq=False)
class WrongRecipientTypeError(PagerError):
    """The extension is a menu, a fax line …: neither person nor department."""

    code: ClassVar[str] = "pager.recipient_type"
    extension: str = ""


@dataclass(eq=False)
class DepartmentSenderError(PagerError):
    """RingCentral lets no department send, and tells its manager of the attempt."""

    code: ClassVar[str] = "pager.sender_is_department"
    department: str = ""
    attempted: bool = True


@dataclass(eq=False)
class SenderMismatchError(PagerError):
    """The sender is not the extension that is signed in: our set-up is wrong."""

    code: ClassVar[str] = "pager.sender_mismatch"
    audience: ClassVar[Audience] = Audience.BOTH


@dataclass(eq=False)
class NotAParticipantError(PagerError):
    """The sender is no longer in the conversation's recipient list."""

    code: ClassVar[str] = "pager.not_a_participant"
    sender: str = ""


@dataclass(eq=False)
class ThreadTooOldError(PagerError):
    """The conversation is closed for replies because of its age."""

    code: ClassVar[str] = "pager.thread_too_old"


@dataclass(eq=False)
class MessageTooLongError(PagerError):
    """The pager counted more than its limit; we split first, so this is our bug."""

    code: ClassVar[str] = "pager.message_too_long"
    audience: ClassVar[Audience] = Audience.BOTH


class PermissionKind(StrEnum):
    """Whose permission is missing; decides who is told what."""

    PERSON = "person"
    FEATURE = "feature"
    APP = "app"


@dataclass(eq=False)
class PermissionMissingError(PagerError):
    """A role, a feature or the app's own grant is missing."""

    code: ClassVar[str] = "pager.permission"
    audience: ClassVar[Audience] = Audience.BOTH
    kind: PermissionKind = PermissionKind.PERSON
    permission: str = ""


@dataclass(eq=False)
class PagerRejectedError(PagerError):
    """A refusal whose code we do not know yet; an operator can see the reason."""

    code: ClassVar[str] = "pager.rejected"
    audience: ClassVar[Audience] = Audience.BOTH
    status: int = 400


@dataclass(eq=False)
class DryRunError(PagerError):
    """Nothing is sent in this run; everything else was as it would be."""

    code: ClassVar[str] = "pager.dry_run"


@dataclass(eq=False)
class PagerAuthError(PagerError):
    """The sender has to sign in again; one refresh was tried."""

    code: ClassVar[str] = "pager.auth"
    audience: ClassVar[Audience] = Audience.BOTH
    disposition: ClassVar[Disposition] = Disposition.RETRY_LATER
    sender: str = ""


@dataclass(eq=False)
class LinkEndedError(PagerError):
    """Nobody allows us to send from this extension any more: revoked, expired or unlinked."""

    code: ClassVar[str] = "author.link_ended"
    sender: str = ""


@dataclass(eq=False)
class PagerThrottledError(PagerError):
    """Too fast. Nothing may be asked before `retry_at` (aware UTC), or the penalty starts anew."""

    code: ClassVar[str] = "pager.throttled"
    disposition: ClassVar[Disposition] = Disposition.RETRY_LATER
    retry_at: datetime | None = None
    per_minute: int = 40


@dataclass(eq=False)
class PagerUnavailableError(PagerError):
    """Nobody answered and nothing left this machine, or the pager is in maintenance."""

    code: ClassVar[str] = "pager.unavailable"
    disposition: ClassVar[Disposition] = Disposition.RETRY_LATER
    retry_at: datetime | None = None


@dataclass(eq=False)
class PagerOutcomeUnknownError(PagerError):
    """The request left, the answer did not come back whole: it may have been sent."""

    code: ClassVar[str] = "pager.outcome_unknown"
    disposition: ClassVar[Disposition] = Disposition.MAY_HAVE_BEEN_SENT


# --- what the chat platform says ---------------------------------------------------------------


@dataclass(eq=False)
class ChatError(GatewayError):
    """Something the chat platform answered, or did not."""

    vendor_code: str = ""


class ChatRefusal(StrEnum):
    """Why the platform refused, in our words."""

    NOT_IN_CHANNEL = "not_in_channel"
    CHANNEL_CLOSED = "channel_closed"
    TARGET_GONE = "target_gone"
    PERSON_UNREACHABLE = "person_unreachable"
    BAD_MESSAGE = "bad_message"
    TOO_LATE = "too_late"
    PERMISSION = "permission"
    OTHER = "other"


@dataclass(eq=False)
class ChatRefusedError(ChatError):
    """The platform said no, for good."""

    code: ClassVar[str] = "chat.refused"
    audience: ClassVar[Audience] = Audience.BOTH
    reason: ChatRefusal = ChatRefusal.OTHER


@dataclass(eq=False)
class ChatThrottledError(ChatError):
    """Too fast for this channel or method; silent until `retry_at` (aware UTC)."""

    code: ClassVar[str] = "chat.throttled"
    disposition: ClassVar[Disposition] = Disposition.RETRY_LATER
    retry_at: datetime | None = None


@dataclass(eq=False)
class ChatUnavailableError(ChatError):
    """Nothing left this machine."""

    code: ClassVar[str] = "chat.unavailable"
    disposition: ClassVar[Disposition] = Disposition.RETRY_LATER


@dataclass(eq=False)
class ChatSignedOutError(ChatError):
    """The token was revoked or the app removed; an operator has to reinstall."""

    code: ClassVar[str] = "chat.signed_out"
    audience: ClassVar[Audience] = Audience.OPERATOR
    disposition: ClassVar[Disposition] = Disposition.RETRY_LATER


@dataclass(eq=False)
class ChatOutcomeUnknownError(ChatError):
    """The call left, the answer did not come back whole: the message may stand in the channel."""

    code: ClassVar[str] = "chat.outcome_unknown"
    disposition: ClassVar[Disposition] = Disposition.MAY_HAVE_BEEN_SENT

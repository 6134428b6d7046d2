"""How programs ask for pages, and how they hear what became of them."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from gateway.domain.directory import Extension, ExtensionKind
from gateway.domain.ids import ChannelId, ExtensionNumber, Ref
from gateway.domain.pages import PageState


@dataclass(frozen=True, slots=True)
class PageOrder:
    """What a program wants sent, in its own words.

    `key` is unique to the client, `digest` the same for the same order: a repeat of both is
    answered as before. `to` are names, numbers, departments or aliases. Without a `channel` the
    page is shown in no chat. `split` allows as many pager messages as the house does.
    """

    client: str
    key: str
    digest: str
    to: tuple[str, ...]
    text: str
    channel: ChannelId | None = None
    split: bool = False


@dataclass(frozen=True, slots=True)
class Taken:
    """The order is on record as a page. A repeat of the order gives an equal one."""

    ref: Ref
    to: tuple[ExtensionNumber, ...]
    parts: int
    at: datetime


@dataclass(frozen=True, slots=True)
class NotTaken:
    """The order was not taken, and its key is free again.

    `next` says what to do about it. `field` is the part of the order it is about: `to[1]`, `text`.
    `choices` are entries that may have been meant. `retry_after_s` tells when to come again.
    """

    code: str
    message: str
    next: str = ""
    field: str = ""
    choices: tuple[Extension, ...] = ()
    retry_after_s: int | None = None


@dataclass(frozen=True, slots=True)
class Recipient:
    """Whom a page was for; `reaches` is how many people get it now, `name` as the directory says.

    An entry that left the directory has neither name nor kind.
    """

    number: ExtensionNumber
    name: str
    kind: ExtensionKind | None
    reaches: int


class PartState(StrEnum):
    """How one pager message of a page stands."""

    WAITING = "waiting"
    SENDING = "sending"
    SENT = "sent"
    REFUSED = "refused"
    UNSURE = "unsure"
    HELD = "held"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Part:
    """One pager message of a page; `attempts` begins at 1 with the first try."""

    part: int
    state: PartState
    attempts: int


@dataclass(frozen=True, slots=True)
class PageReport:
    """How a page stands: its verdict in words, and the facts behind it."""

    ref: Ref
    state: PageState
    message: str
    to: tuple[Recipient, ...]
    parts: tuple[Part, ...]
    created_at: datetime
    changed_at: datetime
    code: str = ""
    next: str = ""
    sent_at: datetime | None = None
    replies: int = 0
    last_reply_from: str = ""
    last_reply_at: datetime | None = None


class OrderDesk(Protocol):
    """Where programs' orders go.

    Raises (every method):
        StoreUnavailableError: nothing was recorded, or nothing could be read.
    """

    async def take(self, order: PageOrder) -> Taken | NotTaken:
        """Take an order. Returns after the durable write; equal orders give equal answers."""
        ...

    async def look(self, client: str, ref: Ref) -> PageReport | None:
        """Tell how a page stands; `None` unless this client asked for it."""
        ...

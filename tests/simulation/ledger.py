"""What people, phones and monitors did, and what they were answered."""

from dataclasses import dataclass, field
from enum import StrEnum

from gateway.domain.ids import ChatMessageId, ChatUserId, ExtensionNumber
from gateway.domain.pages import ChatThread
from tests.simulation.plan import Paging


class Ack(StrEnum):
    """What somebody was answered."""

    ACCEPTED = "accepted"
    REFUSED = "refused"
    CANCELLED = "cancelled"
    LOST = "lost"
    """Nothing came back: it may have been taken, or not."""


@dataclass
class Paged:
    """A page somebody asked for, once or twice."""

    plan: Paging
    acks: list[Ack] = field(default_factory=list)
    cancelled: bool = False

    @property
    def token(self) -> str:
        """The word that tells this page from every other."""
        return self.plan.token

    @property
    def promised(self) -> bool:
        """Whether its author was told that it will be sent."""
        return Ack.ACCEPTED in self.acks

    @property
    def wished(self) -> int:
        """How many pages may have been accepted."""
        return sum(ack in {Ack.ACCEPTED, Ack.LOST} for ack in self.acks)


@dataclass
class Said:
    """A reply written in a thread."""

    token: str
    page: Paged
    author: ChatUserId
    thread: ChatThread
    message: ChatMessageId
    written_at: float
    tries: int = 0
    heard_at: float | None = None
    then: str = ""
    """What its author did with it: `edited`, `deleted`, or nothing."""
    settled: bool = False
    """Whether the gateway took what its author did with it."""


@dataclass
class Phoned:
    """Something said on a pager, that its conversation's thread is to show."""

    token: str
    page: Paged
    number: ExtensionNumber
    at: float


@dataclass
class Alarmed:
    """An alert that was taken in."""

    token: str
    fired: bool = False
    over: bool = False


@dataclass
class Ledger:
    """Everything that was wanted. `again` are references whose author said: send it again."""

    paged: list[Paged] = field(default_factory=list)
    said: list[Said] = field(default_factory=list)
    phoned: list[Phoned] = field(default_factory=list)
    alarmed: list[Alarmed] = field(default_factory=list)
    again: list[str] = field(default_factory=list)
    marked: list[str] = field(default_factory=list)
    guests: dict[ChatUserId, list[tuple[float, float]]] = field(default_factory=dict)

    def page_of(self, text: str) -> Paged | None:
        """Find the page whose word stands in a text."""
        return next((each for each in self.paged if each.token in text), None)

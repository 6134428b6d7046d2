"""What operators look at: how things stand, and how pages went. Reads only.

Everything that changes something is another service's; the console, the command line and the chat
use the same ones.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from gateway.domain.addressing import check_reach
from gateway.domain.audit import AuditRecord
from gateway.domain.content import Content
from gateway.domain.deliveries import Delivery, DeliveryState
from gateway.domain.directory import Department, Extension, fold
from gateway.domain.explanations import Explanation, PageWhy
from gateway.domain.ids import ExtensionNumber, Ref
from gateway.domain.outbound import Notice, PostChatMessage, PostChatReply, SendPageReply, Whisper
from gateway.domain.pages import Origin, Page, PageState, ThreadLink
from gateway.ports.clock import Clock
from gateway.ports.store import Store
from gateway.services.breaker import Breaker, Breakers
from gateway.services.directory_sync import DirectoryKeeper
from gateway.services.explaining import Explaining
from gateway.services.letters import DEAD
from gateway.services.reports import Reports
from gateway.text.words import Words

WINDOW = timedelta(hours=24)
SPAN = timedelta(minutes=30)
_TROUBLED = (PageState.REFUSED, PageState.HELD, PageState.UNSURE, PageState.WAITING)
_PROBLEMS = 5
_BATCH = 200
_MOST_LOOKED_AT = 2000
_RECORDS = 50


@dataclass(frozen=True, slots=True)
class Upstream:
    """A foreign system: when it last answered, and since when it does not; `None`: never so."""

    answered_at: datetime | None
    lost_at: datetime | None


@dataclass(frozen=True, slots=True)
class Span:
    """What became of the pages that were asked for in half an hour."""

    at: datetime
    sent: int
    refused: int


@dataclass(frozen=True, slots=True)
class Told:
    """A page with what its author is told about it, and what they can do."""

    page: Page
    message: str
    next: str


@dataclass(frozen=True, slots=True)
class Standing:
    """How everything stands. `outbox` counts what is open, `oldest` is the longest waiting."""

    slack: Upstream
    pager: Upstream
    outbox: Mapping[DeliveryState, int]
    oldest: datetime | None
    dead: int
    traffic: tuple[Span, ...]
    problems: tuple[Told, ...]


@dataclass(frozen=True, slots=True)
class Sorting:
    """Which pages are meant; `who` is a part of a name or number on either side, or of the ref.

    Empty means any. With `threaded` only those with a conversation in the chat.
    """

    state: PageState | None = None
    origin: Origin | None = None
    who: str = ""
    threaded: bool = False


@dataclass(frozen=True, slots=True)
class Found:
    """Pages, newest first; `older` is where to look on, `None` when everything was looked at."""

    pages: tuple[Page, ...]
    older: datetime | None


@dataclass(frozen=True, slots=True)
class Saying:
    """What somebody was told, or is about to be, in the words it is told in."""

    at: datetime
    to: str
    state: DeliveryState
    content: Content


@dataclass(frozen=True, slots=True)
class Life:
    """Everything about a page. `dead` are deliveries that somebody may send again or give up."""

    told: Told
    why: PageWhy
    sayings: tuple[Saying, ...]
    records: tuple[AuditRecord, ...]
    dead: tuple[Delivery, ...]


@dataclass(frozen=True, slots=True)
class Participant:
    """Somebody in a conversation, as the directory has them today; `receivers` are who gets it."""

    number: ExtensionNumber
    extension: Extension | None
    department: Department | None
    receivers: int


@dataclass(frozen=True, slots=True)
class Conversation:
    """A thread and its conversation. `said` is what last went from the thread to the pager."""

    page: Page
    links: tuple[ThreadLink, ...]
    participants: tuple[Participant, ...]
    said: Delivery | None


@dataclass(frozen=True)
class Queries:
    """Answers operators' questions.

    Every method raises `StoreUnavailableError` when nothing can be read.
    """

    store: Store
    clock: Clock
    directory: DirectoryKeeper
    reports: Reports
    explaining: Explaining
    breakers: Breakers
    words: Words

    # --- how everything stands ---------------------------------------------------------------

    async def standing(self) -> Standing:
        """Tell how everything stands."""
        backlog = await self.store.backlog()
        return Standing(
            slack=_upstream(self.breakers.chat),
            pager=_upstream(self.breakers.pager),
            outbox=await self.store.counts(),
            oldest=backlog.oldest,
            dead=sum(backlog.dead.values()),
            traffic=await self._traffic(),
            problems=await self._problems(),
        )

    async def _traffic(self) -> tuple[Span, ...]:
        now = self.clock.now()
        first = _floor(now) + SPAN - WINDOW
        counts = await self.store.tally(first, SPAN)
        spans = (first + SPAN * n for n in range(WINDOW // SPAN))
        return tuple(_span(at, counts.get(at, Counter())) for at in spans)

    async def _problems(self) -> tuple[Told, ...]:
        found: list[Page] = []
        for state in _TROUBLED:
            found += await self.store.pages(_PROBLEMS, state)
        found.sort(key=lambda page: page.changed_at, reverse=True)
        return tuple([await self.told(page) for page in found[:_PROBLEMS]])

    async def told(self, page: Page) -> Told:
        """Add to a page what its author is told now."""
        report = await self.reports.of(page)
        return Told(page, report.message, report.next)

    def names(self, numbers: tuple[ExtensionNumber, ...]) -> tuple[str, ...]:
        """Name extensions as the directory does today."""
        return tuple(map(self.directory.current.name_of, numbers))

    # --- pages -------------------------------------------------------------------------------

    async def pages(self, wanted: Sorting, before: datetime | None, limit: int) -> Found:
        """Look for pages made before a moment; through some thousands of them at most."""
        found: list[Page] = []
        looked_at = 0
        while looked_at < _MOST_LOOKED_AT:
            batch = await self.store.pages(_BATCH, wanted.state, before)
            looked_at += len(batch)
            for page in batch:
                if len(found) == limit:
                    return Found(tuple(found), before)
                before = page.created_at
                if self._is_meant(page, wanted):
                    found.append(page)
            if len(batch) < _BATCH:
                return Found(tuple(found), None)
        return Found(tuple(found), before)

    def _is_meant(self, page: Page, wanted: Sorting) -> bool:
        if wanted.origin and page.origin is not wanted.origin:
            return False
        if wanted.threaded and page.thread is None:
            return False
        if not wanted.who:
            return True
        sides = (page.ref, page.author_name, page.author, page.sender, *page.to)
        words = (*sides, *self.names((page.sender, *page.to)))
        return any(fold(wanted.who) in fold(word) for word in words)

    async def life(self, ref: Ref) -> Life | None:
        """Tell everything about a page; `None` when there is none of that name."""
        page = await self.store.page(ref)
        if page is None:
            return None
        deliveries = await self.store.deliveries(ref)
        return Life(
            told=await self.told(page),
            why=await self.explaining.page(page),
            sayings=tuple(saying for each in deliveries if (saying := self._saying(each))),
            records=await self.store.audit_newest(_RECORDS, ref),
            dead=tuple(each for each in deliveries if each.state in DEAD),
        )

    async def why(self, ref: Ref) -> Explanation | None:
        """Explain what is no page: an incident, a digest, a request; `None` when nobody knows."""
        return await self.explaining.why(ref)

    def preview(self, delivery: Delivery) -> str:
        """Give the words of a delivery, in one line."""
        outbound = delivery.outbound
        if notice := _notice(delivery):
            return self.words.content(notice).summary
        return " ".join(str(getattr(outbound, "text", "")).split())

    def _saying(self, delivery: Delivery) -> Saying | None:
        if (notice := _notice(delivery)) is None:
            return None
        content = self.words.content(notice)
        return Saying(delivery.created_at, _hearer(delivery), delivery.state, content)

    # --- conversations -----------------------------------------------------------------------

    async def conversation(self, ref: Ref) -> Conversation | None:
        """Tell who is in a page's conversation and how it goes on; `None` when it has none."""
        page = await self.store.page(ref)
        if page is None or page.thread is None:
            return None
        deliveries = await self.store.deliveries(ref)
        said = [each for each in deliveries if isinstance(each.outbound, SendPageReply)]
        everybody = dict.fromkeys((page.sender, *page.to))
        return Conversation(
            page,
            await self.store.links(ref),
            tuple(map(self._participant, everybody)),
            said[-1] if said else None,
        )

    def _participant(self, number: ExtensionNumber) -> Participant:
        current = self.directory.current
        reached = len(check_reach((number,), current).receivers)
        return Participant(number, current.extension(number), current.department(number), reached)


def _notice(delivery: Delivery) -> Notice | None:
    match delivery.outbound:
        case Whisper(notice=notice) | PostChatMessage(notice=notice) | PostChatReply(notice=notice):
            return notice
        case _:
            return None


def _hearer(delivery: Delivery) -> str:
    match delivery.outbound:
        case Whisper(user=user):
            return user
        case PostChatMessage(channel=channel):
            return channel
        case _:
            return "the thread"


def _upstream(breaker: Breaker) -> Upstream:
    return Upstream(breaker.answered_at, breaker.lost_at)


def _floor(at: datetime) -> datetime:
    return at - (at - datetime.min.replace(tzinfo=at.tzinfo)) % SPAN


def _span(at: datetime, counts: Counter[PageState]) -> Span:
    return Span(at, counts[PageState.SENT], counts[PageState.REFUSED])

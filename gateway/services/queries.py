"""What operators look at: how things stand, and how pages went. Reads only.

Everything that changes something is another service's; the console, the command line and the chat
use the same ones.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from gateway.domain.deliveries import DeliveryState
from gateway.domain.ids import ExtensionNumber
from gateway.domain.pages import Page, PageState
from gateway.ports.clock import Clock
from gateway.ports.store import Store
from gateway.services.breaker import Breaker, Breakers
from gateway.services.directory_sync import DirectoryKeeper
from gateway.services.reports import Reports

WINDOW = timedelta(hours=24)
SPAN = timedelta(minutes=30)
_TROUBLED = (PageState.REFUSED, PageState.HELD, PageState.UNSURE, PageState.WAITING)
_PROBLEMS = 5


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


@dataclass(frozen=True)
class Queries:
    """Answers operators' questions.

    Every method raises `StoreUnavailableError` when nothing can be read.
    """

    store: Store
    clock: Clock
    directory: DirectoryKeeper
    reports: Reports
    breakers: Breakers

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

    async def told(self, page: Page) -> Told:
        """Add to a page what its author is told now."""
        report = await self.reports.of(page)
        return Told(page, report.message, report.next)

    def names(self, numbers: tuple[ExtensionNumber, ...]) -> tuple[str, ...]:
        """Name extensions as the directory does today."""
        known = ((number, self.directory.current.extension(number)) for number in numbers)
        return tuple(found.name if found else number for number, found in known)

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


def _upstream(breaker: Breaker) -> Upstream:
    return Upstream(breaker.answered_at, breaker.lost_at)


def _floor(at: datetime) -> datetime:
    return at - (at - datetime.min.replace(tzinfo=at.tzinfo)) % SPAN


def _span(at: datetime, counts: Counter[PageState]) -> Span:
    return Span(at, counts[PageState.SENT], counts[PageState.REFUSED])

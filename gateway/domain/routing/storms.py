"""What to do when more is to be paged than may be sent: criticals singly, the rest as digests.

Nothing is dropped: a page that finds no place waits for the next plan.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from gateway.domain.alerts import Severity
from gateway.domain.routing.alerts import badness

PATIENCE = timedelta(minutes=5)
"""A digest that waited this long goes before criticals: one of each plan, or of ten sends."""

MANY = 10
"""A digest of so many pages need not gather any longer."""

_SHARE = 10


@dataclass(frozen=True, slots=True)
class Budget:
    """How much may leave now: what people's own pages and replies leave over.

    The last `criticals` sends are kept for criticals, the `digests` before those for digests too.
    A digest of few pages gathers for a while, or each page of a storm would be one.
    """

    sends: int
    criticals: int = 0
    digests: int = 0
    gather: timedelta = timedelta(0)

    @property
    def singles(self) -> int:
        """How many pages that are not critical may go singly."""
        return self.sends - self.criticals - self.digests


@dataclass(frozen=True, slots=True)
class WaitingPage:
    """A notice that waits to be paged."""

    id: str
    receiver: str
    source: str
    severity: Severity
    since: datetime


@dataclass(frozen=True, slots=True)
class Digest:
    """Several waiting pages told to their receiver as one."""

    receiver: str
    pages: tuple[WaitingPage, ...]

    @property
    def severity(self) -> Severity:
        """Tell how bad the worst of it is."""
        return max((page.severity for page in self.pages), key=badness)

    @property
    def since(self) -> datetime:
        """Tell since when the oldest waits."""
        return min(page.since for page in self.pages)


@dataclass(frozen=True, slots=True)
class Plan:
    """What to send now, in this order, and what waits on. Each page is in one place."""

    sends: tuple[WaitingPage | Digest, ...]
    waiting: tuple[WaitingPage, ...]


def plan(
    pages: Iterable[WaitingPage],
    budget: Budget,
    now: datetime,
    left: Sequence[WaitingPage] = (),
) -> Plan:
    """Divide a budget among waiting pages.

    While it suffices, everything goes singly, the worst first and fairly between sources and
    receivers. When not, all but criticals become a digest per receiver. Whoever's pages `left` of
    late has had its turn: where one send comes free at a time, fairness needs a memory.
    """
    queue = _fairly(pages, left)
    criticals = [page for page in queue if page.severity is Severity.CRITICAL]
    others = [page for page in queue if page.severity is not Severity.CRITICAL]
    if len(queue) <= budget.sends and len(others) <= budget.singles:
        return Plan(tuple(queue), ())
    digests = _digests(others)
    overdue = sum(digest.since + PATIENCE <= now for digest in digests)
    first = min(overdue, max(budget.sends // _SHARE, 1))
    later = [digest for digest in digests[first:] if _is_ripe(digest, budget, now)]
    urgent: list[WaitingPage | Digest] = [*digests[:first], *criticals]
    urgent = urgent[: max(budget.sends, 0)]
    room = min(budget.sends - budget.criticals, budget.sends - len(urgent))
    sends = [*urgent, *later[: max(room, 0)]]
    told = {page.id for send in sends for page in _pages(send)}
    rest = (*criticals, *(page for digest in digests for page in digest.pages))
    waiting = tuple(page for page in rest if page.id not in told)
    return Plan(tuple(map(_simplest, sends)), waiting)


def _is_ripe(digest: Digest, budget: Budget, now: datetime) -> bool:
    return len(digest.pages) >= MANY or digest.since + budget.gather <= now


def _fairly(pages: Iterable[WaitingPage], left: Iterable[WaitingPage]) -> list[WaitingPage]:
    """Order by severity; within it sources take turns, and the receivers of each, oldest first."""
    oldest_first = sorted(pages, key=lambda page: (page.since, page.id))
    ordered: list[WaitingPage] = []
    for severity in Severity:
        alike = [page for page in oldest_first if page.severity is severity]
        had = [page for page in left if page.severity is severity]
        by_receiver = _in_turns(alike, had, lambda page: page.receiver)
        ordered += _in_turns(by_receiver, had, lambda page: page.source)
    return ordered


def _in_turns(
    pages: Iterable[WaitingPage],
    had: Iterable[WaitingPage],
    whose: Callable[[WaitingPage], str],
) -> list[WaitingPage]:
    """Let each take turns, who had fewest first; the order within what is theirs stays."""
    turns = Counter(map(whose, had))
    placed: list[tuple[int, WaitingPage]] = []
    for page in pages:
        turns[whose(page)] += 1
        placed.append((turns[whose(page)], page))
    return [page for _, page in sorted(placed, key=lambda each: each[0])]


def _digests(pages: Iterable[WaitingPage]) -> Sequence[Digest]:
    """Make one digest per receiver, the one that waits longest first."""
    by_receiver: defaultdict[str, list[WaitingPage]] = defaultdict(list)
    for page in pages:
        by_receiver[page.receiver].append(page)
    digests = (Digest(receiver, tuple(each)) for receiver, each in by_receiver.items())
    return sorted(digests, key=lambda digest: (digest.since, digest.receiver))


def _simplest(send: WaitingPage | Digest) -> WaitingPage | Digest:
    return send.pages[0] if isinstance(send, Digest) and len(send.pages) == 1 else send


def _pages(send: WaitingPage | Digest) -> tuple[WaitingPage, ...]:
    return send.pages if isinstance(send, Digest) else (send,)

"""What to do when more is to be paged than may be sent: criticals singly, the rest as digests.

Nothing is dropped: a page that finds no place waits for the next plan.
"""

from collections import Counter, defaultdict, deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from gateway.domain.alerts import Severity
from gateway.domain.routing.alerts import badness

PATIENCE = timedelta(minutes=5)
"""A digest that waited this long goes before criticals, one in ten sends at most."""

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
    """A notice that waits to be paged; `names` has one entry per alert, `traces` one per event."""

    id: str
    receiver: str
    source: str
    severity: Severity
    names: tuple[str, ...]
    since: datetime
    traces: tuple[str, ...] = ()


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

    @property
    def counts(self) -> Mapping[str, int]:
        """Count alerts by name, the most frequent first: 20 DiskFull, 12 …."""
        return dict(Counter(name for page in self.pages for name in page.names).most_common())


@dataclass(frozen=True, slots=True)
class Plan:
    """What to send now, in this order, and what waits on. Each page is in one place."""

    sends: tuple[WaitingPage | Digest, ...]
    waiting: tuple[WaitingPage, ...]


def plan(pages: Iterable[WaitingPage], budget: Budget, now: datetime) -> Plan:
    """Divide a budget among waiting pages.

    While it suffices, everything goes singly, the worst first and fairly between sources. When
    not, all but criticals become a digest per receiver.
    """
    queue = _fairly(pages)
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


def _fairly(pages: Iterable[WaitingPage]) -> list[WaitingPage]:
    """Order by severity, and within it let sources take turns, each with its oldest first."""
    lanes: defaultdict[Severity, dict[str, deque[WaitingPage]]] = defaultdict(dict)
    for page in sorted(pages, key=lambda page: (page.since, page.id)):
        lanes[page.severity].setdefault(page.source, deque()).append(page)
    return [page for severity in Severity if severity in lanes for page in _turns(lanes[severity])]


def _turns(sources: Mapping[str, deque[WaitingPage]]) -> list[WaitingPage]:
    queues = deque(sources.values())
    ordered = []
    while queues:
        queue = queues.popleft()
        ordered.append(queue.popleft())
        if queue:
            queues.append(queue)
    return ordered


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

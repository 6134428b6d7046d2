"""How a running gateway is: for probes, for an operator's glance, and as gauges."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from prometheus_client import CollectorRegistry
from typing_extensions import override

from adapters.pager.ringcentral.standing import Standing
from gateway import __version__
from gateway.domain.deliveries import DeliveryState
from gateway.domain.errors import StoreUnavailableError
from gateway.ports.clock import Clock
from gateway.ports.store import Store
from gateway.routes.keeping import RoutesKeeper
from gateway.routes.telling import routes_status, routes_troubles
from gateway.services.alerts.sums import AlertSums
from gateway.services.clients import Clients
from gateway.services.directory_sync import DirectoryKeeper
from gateway.services.dispatching import Dispatcher
from gateway.services.mailboxes import Mailboxes
from gateway.services.restoring import Restoration
from gateway.system import LoopLag
from gateway.web.app import Health
from gateway.web.metrics import Gauges

_PROVIDER = "pager"
_STUCK_S = 30.0
"""Longer than any look at the outbox takes on a database that works."""
_APART_S = 60.0
"""Clocks that far apart are told: Slack's requests are refused from five minutes on."""
_ENDS_SOON = timedelta(days=7)
OPEN_STATES = tuple(state for state in DeliveryState if not state.final)

Counted = dict[DeliveryState, int] | None
"""Open deliveries by state; `None` when the database does not say."""


@dataclass
class LiveHealth(Health):
    """Looks at the parts. A vendor that is away never makes us unready: we queue for it."""

    store: Store
    directory: DirectoryKeeper
    mailboxes: Mailboxes
    sums: AlertSums
    registry: CollectorRegistry
    clock: Clock
    lag: LoopLag | None = None
    routes: RoutesKeeper | None = None
    clients: Clients | None = None
    restoration: Restoration | None = None
    unwritable: Callable[[], str] = lambda: ""
    """Why the database takes nothing at the moment, as `OpenStore.trouble`; empty when it does."""
    dispatcher: Dispatcher | None = None
    standing: Callable[[], Standing] | None = None
    dry_run: bool = False
    ask_before: tuple[str, ...] = ()
    """Before whom people are always asked, as settings write it."""
    draining: bool = False
    _gauges: Gauges = field(init=False)

    def __post_init__(self) -> None:
        """Register the gauges once."""
        self._gauges = Gauges(self.registry)

    @override
    async def ready(self) -> list[str]:
        return self._unready(reads=await self._reads())

    @override
    async def status(self) -> dict[str, object]:
        snapshot = self.directory.current.snapshot
        counts = await self._counts()
        return {
            "version": __version__,
            "ready": not self._unready(reads=counts is not None),
            "degraded": [*self._database(reads=counts is not None), *self._degraded()],
            "outbox": {state.value: (counts or {}).get(state, 0) for state in OPEN_STATES},
            "directory": {
                "extensions": len(snapshot.extensions),
                "departments": len(snapshot.departments),
                "read_at": snapshot.taken_at.isoformat(),
            },
            "routes": self.routes and routes_status(self.routes),
            "pager": self.standing and _told(self.standing()),
        }

    @override
    async def measure(self) -> None:
        counts = await self._counts()
        for state in OPEN_STATES if counts is not None else ():
            self._gauges.outbox.labels(state.value).set((counts or {}).get(state, 0))
        await self._measure_backlog()
        self._gauges.admitted.set(self._admitted())
        self._gauges.unread.set(len(self.mailboxes.unread))
        snapshot = self.directory.current.snapshot
        self._gauges.directory_at.set(snapshot.taken_at.timestamp())
        self._gauges.directory.labels("extension").set(len(snapshot.extensions))
        self._gauges.directory.labels("department").set(len(snapshot.departments))
        self._gauges.lag.set(self.lag.take() if self.lag else 0)
        with suppress(StoreUnavailableError):
            for source, each in (await self.sums.lately()).items():
                self._gauges.unaccounted.labels(source).set(each.unaccounted)
        if self.standing:
            self._measure_pager(self.standing())
        if self.routes:
            self._gauges.reload_successful.set(self.routes.last.taken)
            self._gauges.reload_at.set(self.routes.taken_at.timestamp())

    def _measure_pager(self, standing: Standing) -> None:
        """Show what is known; a gauge without a label is 0 before the first answer."""
        gauges = self._gauges
        for group, left in standing.remaining.items():
            gauges.remaining.labels(group).set(left)
        if standing.subscribed_until:
            gauges.subscribed.set(min(standing.subscribed_until.values()).timestamp())
        if standing.signs_in_until:
            ends = min(standing.signs_in_until.values())
            gauges.token.labels(_PROVIDER).set(ends.timestamp())
        if standing.clock_ahead_s is not None:
            gauges.clock_ahead.labels(_PROVIDER).set(standing.clock_ahead_s)

    async def _measure_backlog(self) -> None:
        with suppress(StoreUnavailableError):
            backlog, now = await self.store.backlog(), self.clock.now()
            age = (now - backlog.oldest).total_seconds() if backlog.oldest else 0
            self._gauges.oldest.set(max(age, 0))
            for state, count in backlog.dead.items():
                self._gauges.dead.labels(state.value).set(count)
            self._gauges.incidents.set(backlog.incidents)

    async def _counts(self) -> Counted:
        try:
            return await self.store.counts()
        except StoreUnavailableError:
            return None

    async def _reads(self) -> bool:
        """Ask the database what is cheap however full it is; probes come every few seconds."""
        try:
            await self.store.next_due()
        except StoreUnavailableError:
            return False
        return True

    def _unready(self, *, reads: bool) -> list[str]:
        """Say why no work can be taken; nothing when it can."""
        return [*(["draining"] if self.draining else []), *self._database(reads=reads)]

    def _database(self, *, reads: bool) -> list[str]:
        if not reads:
            return ["database away"]
        if trouble := self.unwritable():
            return [f"the database takes nothing ({trouble})"]
        stuck_s = self.dispatcher.stuck_s if self.dispatcher else 0
        return [f"the outbox has not answered for {stuck_s:.0f} s"] if stuck_s > _STUCK_S else []

    def _degraded(self) -> list[str]:
        """Say what does not work at the moment although we do."""
        unread = [
            f"mailbox {number} cannot be read ({code})"
            for number, code in sorted(self.mailboxes.unread.items())
        ]
        unknown = [] if self.mailboxes.known else ["no sender is known yet"]
        troubles = routes_troubles(self.routes) if self.routes else ()
        paused = self._paused()
        return [
            *(["this is a dry run: the pager is sent nothing"] if self.dry_run else []),
            *paused,
            *(
                []
                if self._admitted()
                else ["the app is not in the workspace: what Slack is told waits"]
            ),
            *self._away(),
            *unread,
            *self._stale(),
            *unknown,
            *(_doubts(self.standing(), self.clock.now()) if self.standing else ()),
            *troubles,
            *self._unclear_clients(),
            *self._unclear_questions(),
        ]

    def _away(self) -> Iterator[str]:
        breakers = self.dispatcher.attempts.breakers if self.dispatcher else None
        if breakers is None:
            return
        for name, since in breakers.lost().items():
            yield f"the {name} has not answered since {since:%Y-%m-%d %H:%M} UTC"
        if breakers.chat.locked_out:
            yield "the chat refuses our token: what it is told waits (gateway doctor)"

    def _stale(self) -> Iterator[str]:
        directory = self.directory
        if directory.trouble:
            yield f"the directory could not be read ({directory.trouble})"
        elif not directory.fresh:
            yield "the directory is still being read"

    def _admitted(self) -> bool:
        return self.dispatcher is None or self.dispatcher.attempts.chat.admitted

    def _paused(self) -> list[str]:
        pause = self.dispatcher.attempts.pausing.now if self.dispatcher else None
        if pause is None:
            return self._restored()
        by_hand = f"sending was paused by {pause.by} at {pause.since:%Y-%m-%d %H:%M} UTC"
        return [by_hand, *self._restored()]

    def _restored(self) -> list[str]:
        if self.restoration is None or self.restoration.taken_at is None:
            return []
        return ["a backup was restored; nothing is sent until all of it is looked for"]

    def _unclear_clients(self) -> list[str]:
        if self.clients is None or not self.directory.current.extensions:
            return []
        return [
            f"api client {name}: {word!r} is nobody in the directory, or several"
            for name, word in self.clients.unclear()
        ]

    def _unclear_questions(self) -> list[str]:
        if not self.directory.current.extensions:
            return []
        unknown = self.directory.current.meant(self.ask_before).unknown
        return [f"policy.ask_before: {name!r} is nobody in the directory" for name in unknown]


def _told(standing: Standing) -> dict[str, object]:
    """Describe the pager with stable keys; senders by the names that logs have."""
    return {
        "remaining": dict(standing.remaining),
        "subscribed_until": _moments(standing.subscribed_until),
        "signs_in_until": _moments(standing.signs_in_until),
        "clock_ahead_s": standing.clock_ahead_s,
    }


def _moments(by_sender: Mapping[str, datetime]) -> dict[str, str]:
    return {sender: at.isoformat() for sender, at in by_sender.items()}


def _doubts(standing: Standing, now: datetime) -> Iterator[str]:
    """Say what is amiss between the pager and us, or soon will be."""
    ahead_s = standing.clock_ahead_s or 0
    if abs(ahead_s) > _APART_S:
        way = "ahead of" if ahead_s > 0 else "behind"
        yield f"our clock is {abs(ahead_s):.0f} s {way} the pager's"
    for sender, at in sorted(standing.subscribed_until.items()):
        if at <= now:
            yield f"no events come for sender {sender}; its mailbox is looked into now and then"
    for sender, at in sorted(standing.signs_in_until.items()):
        if at - now < _ENDS_SOON:
            ends = "ended" if at <= now else "ends"
            yield f"the credential of sender {sender} {ends} at {at.isoformat()}"

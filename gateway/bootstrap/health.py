"""How a running gateway is: for probes, for an operator's glance, and as gauges."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field

from prometheus_client import CollectorRegistry
from typing_extensions import override

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
from gateway.services.mailboxes import Mailboxes
from gateway.services.restoring import Restoration
from gateway.system import LoopLag
from gateway.web.app import Health
from gateway.web.metrics import Gauges

_OPEN_STATES = tuple(state for state in DeliveryState if not state.final)


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
    draining: bool = False
    _gauges: Gauges = field(init=False)

    def __post_init__(self) -> None:
        """Register the gauges once."""
        self._gauges = Gauges(self.registry)

    @override
    async def ready(self) -> list[str]:
        return self._unready(await self._counts())

    @override
    async def status(self) -> dict[str, object]:
        snapshot = self.directory.current.snapshot
        counts = await self._counts()
        return {
            "version": __version__,
            "ready": not self._unready(counts),
            "degraded": [*self._database(counts), *self._degraded()],
            "outbox": {state.value: (counts or {}).get(state, 0) for state in _OPEN_STATES},
            "directory": {
                "extensions": len(snapshot.extensions),
                "departments": len(snapshot.departments),
                "read_at": snapshot.taken_at.isoformat(),
            },
            "routes": self.routes and routes_status(self.routes),
        }

    @override
    async def measure(self) -> None:
        counts = await self._counts()
        for state in _OPEN_STATES if counts is not None else ():
            self._gauges.outbox.labels(state.value).set((counts or {}).get(state, 0))
        await self._measure_backlog()
        self._gauges.unread.set(len(self.mailboxes.unread))
        snapshot = self.directory.current.snapshot
        self._gauges.directory_at.set(snapshot.taken_at.timestamp())
        self._gauges.directory.labels("extension").set(len(snapshot.extensions))
        self._gauges.directory.labels("department").set(len(snapshot.departments))
        self._gauges.lag.set(self.lag.take() if self.lag else 0)
        with suppress(StoreUnavailableError):
            for source, each in (await self.sums.lately()).items():
                self._gauges.unaccounted.labels(source).set(each.unaccounted)
        if self.routes:
            self._gauges.reload_successful.set(self.routes.last.taken)
            self._gauges.reload_at.set(self.routes.taken_at.timestamp())

    async def _measure_backlog(self) -> None:
        with suppress(StoreUnavailableError):
            backlog, now = await self.store.backlog(), self.clock.now()
            age = (now - backlog.oldest).total_seconds() if backlog.oldest else 0
            self._gauges.oldest.set(max(age, 0))
            for state, count in backlog.dead.items():
                self._gauges.dead.labels(state.value).set(count)
            self._gauges.incidents.set(backlog.incidents)

    async def _counts(self) -> dict[DeliveryState, int] | None:
        try:
            return await self.store.counts()
        except StoreUnavailableError:
            return None

    def _unready(self, counts: dict[DeliveryState, int] | None) -> list[str]:
        """Say why no work can be taken; nothing when it can."""
        return [*(["draining"] if self.draining else []), *self._database(counts)]

    def _database(self, counts: dict[DeliveryState, int] | None) -> list[str]:
        if counts is None:
            return ["database away"]
        trouble = self.unwritable()
        return [f"the database takes nothing ({trouble})"] if trouble else []

    def _degraded(self) -> list[str]:
        """Say what does not work at the moment although we do."""
        unread = [f"mailbox {number} cannot be read" for number in sorted(self.mailboxes.unread)]
        stale = [] if self.directory.fresh else ["the directory could not be read"]
        unknown = [] if self.mailboxes.known else ["no sender is known yet"]
        troubles = routes_troubles(self.routes) if self.routes else ()
        paused = self._paused()
        return [*paused, *unread, *stale, *unknown, *troubles, *self._unclear_clients()]

    def _paused(self) -> list[str]:
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

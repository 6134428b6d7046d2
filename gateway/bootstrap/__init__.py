"""Composition root: settings to adapters to services to web; the order of start and stop.

Start: database, secrets, pager, chat, core, listeners, loops. Stop: listeners first, then what is
in hand is finished, then the loops end, then the adapters close. What could not be finished in
time stays in the database as what it is; the next start goes on from there.
"""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Mapping
from contextlib import (
    AbstractAsyncContextManager,
    AsyncExitStack,
    asynccontextmanager,
    suppress,
)
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from aiohttp import web
from prometheus_client import CollectorRegistry

from adapters.alerts.registry import Sources, open_alert_sources
from adapters.chat.slack import Slack
from adapters.listening import Listener
from adapters.pager.ringcentral import RingCentralPager
from adapters.storage import OpenStore, open_store
from gateway.bootstrap.api import api_routes, send_routes
from gateway.bootstrap.backups import Backups
from gateway.bootstrap.health import LiveHealth
from gateway.bootstrap.house import make_directory, make_house, make_policies
from gateway.bootstrap.loops import Keeping, Loops
from gateway.bootstrap.opening import opened_pager, opened_slack
from gateway.bootstrap.reloading import Reloads
from gateway.bootstrap.routing import read_routes_file, routes_keeper
from gateway.bootstrap.tls import Tls, open_tls
from gateway.bootstrap.vault_keys import vault_keys
from gateway.domain.errors import StoreUnavailableError
from gateway.domain.routing.routes import Routes
from gateway.ports.clock import Clock
from gateway.ports.faults import FaultPoints, NoFaults
from gateway.ports.ids import Ids
from gateway.ports.observer import Observer
from gateway.ports.store import Store
from gateway.ports.vault import Vault
from gateway.routes.keeping import RoutesKeeper, Trigger
from gateway.services.alerts.rules import RuleBook
from gateway.services.alerts.sums import AlertSums
from gateway.services.auditing import AuditTrail
from gateway.services.catching_up import CatchingUp
from gateway.services.core import Core, House, Ports, build_core
from gateway.services.decisions import Decisions
from gateway.services.directory_sync import DirectoryKeeper
from gateway.services.letters import DeadLetters
from gateway.services.operators import Operators
from gateway.services.restoring import Restoration
from gateway.settings import Settings, control_socket
from gateway.system import LogAndCount, LoopLag, SystemClock, SystemIds
from gateway.text.words import Words
from gateway.web.alerts import AlertDoor
from gateway.web.app import HintReceiver, PublicDoors, admin_app, public_app
from gateway.web.audit import audit_routes
from gateway.web.backup import backup_routes
from gateway.web.control import ControlDoors, control_app
from gateway.web.heartbeats import heartbeat_routes
from gateway.web.letters import letter_routes
from gateway.web.linking import LinkDoor
from gateway.web.links import link_routes
from gateway.web.pages import page_routes
from gateway.web.reloading import reload_routes
from gateway.web.silences import silence_routes
from gateway.web.storms import storm_routes
from gateway.web.why import why_routes

_FIRST_LOOK_S = 10.0


@dataclass(frozen=True)
class Seams:
    """Time, names, witnesses and rehearsed faults; production unless a test brings its own."""

    clock: Clock = field(default_factory=SystemClock)
    ids: Ids = field(default_factory=SystemIds)
    registry: CollectorRegistry = field(default_factory=CollectorRegistry)
    faults: FaultPoints = field(default_factory=NoFaults)
    observer: Observer | None = None


@dataclass(frozen=True)
class RunningGateway:
    """A gateway that listens and works."""

    public_url: str
    admin_url: str
    control: Path
    store: Store
    core: Core
    directory: DirectoryKeeper
    reloads: Reloads


@asynccontextmanager
async def running_gateway(
    settings: Settings, seams: Seams | None = None, rules: Routes | None = None
) -> AsyncIterator[RunningGateway]:
    """Run the service for the length of the block.

    Raises:
        StorageError: the database cannot be used; its words are for the operator.
        OSError: a listener's address is taken.
        SocketPathError: the control socket cannot be made; its words are for the operator.
        TlsError: a certificate or key cannot be used; its words are for the operator.
    """
    seams = seams or Seams()
    observer = seams.observer or LogAndCount(seams.registry, seams.clock)
    tls = open_tls(settings.server, observer)
    async with AsyncExitStack() as stack:
        parts = await _put_together(stack, settings, seams, observer, rules)
        audit = AuditTrail(parts.store, seams.clock, observer)
        loops = Loops(
            parts.core,
            parts.directory,
            parts.pager,
            parts.slack,
            CatchingUp(parts.store, parts.vault, parts.slack, seams.clock, observer),
            parts.store,
            seams.clock,
            _keeping(settings),
            audit,
            parts.restoration,
            parts.routes,
            tls,
        )
        sums = AlertSums(parts.store, seams.clock)
        lag = LoopLag()
        stack.callback(lag.stop)
        health = LiveHealth(
            parts.store,
            parts.directory,
            parts.core.mailboxes,
            sums,
            seams.registry,
            seams.clock,
            lag,
            parts.routes,
            parts.core.clients,
            parts.restoration,
        )
        public, admin = _apps(parts, health, seams, observer)
        storms = storm_routes(sums, seams.clock)
        silences = silence_routes(parts.core.silencing, parts.words, seams.clock)
        beats = heartbeat_routes(parts.core.heartbeats)
        why = why_routes(parts.core.explaining, parts.words)
        reloads = Reloads(parts.routes, tls)
        again = reload_routes(reloads.asked, reloads.rehearsed)
        sending = send_routes(parts.core.orders, parts.words, observer)
        links = link_routes(parts.core.linking.links, parts.words)
        backups = Backups(parts.opened, settings, seams.clock, observer)
        of_people = (*links, *sending)
        letters = letter_routes(DeadLetters(parts.store, seams.clock))
        pages = page_routes(parts.store, parts.decisions, parts.words)
        of_house = (*letters, *pages, *backup_routes(backups.create), *audit_routes(audit))
        routes = (*storms, *silences, *again, *of_people, *of_house, *why, *beats)
        control = control_app(ControlDoors(health, routes), observer)
        server, desk, socket = settings.server, settings.admin, control_socket(settings)
        async with (
            loops.running(),
            _listening(public, server.host, server.port, tls) as public_url,
            _listening(admin, desk.host, desk.port) as admin_url,
            _listening_file(control, socket),
        ):
            observer.saw("gateway.started", public=public_url, admin=admin_url)
            yield RunningGateway(
                public_url,
                admin_url,
                socket,
                parts.store,
                parts.core,
                parts.directory,
                reloads,
            )
            health.draining = True
        with suppress(StoreUnavailableError):
            await audit.anchor()
        observer.saw("gateway.stopped")


@dataclass(frozen=True)
class _Parts:
    """What a gateway is made of, open and wired, but not at work yet."""

    opened: OpenStore
    store: Store
    pager: RingCentralPager
    slack: Slack
    sources: Sources
    directory: DirectoryKeeper
    core: Core
    routes: RoutesKeeper | None
    restoration: Restoration
    decisions: Decisions
    words: Words
    vault: Vault
    api: tuple[web.RouteDef, ...]


async def _put_together(
    stack: AsyncExitStack,
    settings: Settings,
    seams: Seams,
    observer: Observer,
    rules: Routes | None,
) -> _Parts:
    """Open everything in the order in which it leans on each other; the stack closes it."""
    clock, ids = seams.clock, seams.ids
    opened = await stack.enter_async_context(await _database(settings, clock, observer))
    vault = await opened.vault(vault_keys(settings))
    pager = await stack.enter_async_context(opened_pager(settings, clock, ids, vault, observer))
    slack = await stack.enter_async_context(opened_slack(settings, clock, ids, observer))
    sources = await stack.enter_async_context(_alert_sources(settings, clock, observer))
    read = None if rules else read_routes_file(settings.routing)
    rules = read.loaded.routes if read else rules
    book = RuleBook(rules) if rules else None
    directory = make_directory(settings, opened.store, pager, clock, observer, book=book)
    policies = make_policies(book, directory, slack, clock)
    house = await make_house(settings, slack, vault, directory, policies)
    ports = Ports(
        opened.store,
        pager,
        slack.chat,
        clock,
        ids,
        observer,
        seams.faults,
        vault,
        pager.accounts,
    )
    core = build_core(ports, house)
    api = api_routes(core.orders, settings, house.words, clock, observer)
    restoration = _restoration(core, house, ports)
    await restoration.begin()
    await directory.remember()
    await _first_look(core, directory)
    await opened.store.recover(clock.now(), everything=_single(settings))
    slack.listen(core.intake)
    routes = routes_keeper(read, core, house, ports)
    words = house.words
    return _Parts(
        opened,
        opened.store,
        pager,
        slack,
        sources,
        directory,
        core,
        routes,
        restoration,
        Decisions(opened.store, clock, house.permission),
        words,
        vault,
        api,
    )


def _restoration(core: Core, house: House, ports: Ports) -> Restoration:
    clock, observer = ports.clock, ports.observer
    operators = Operators(house.workspace, house.ops, house.people, clock, observer)
    return Restoration(ports.store, core.dispatcher, operators, clock, observer)


async def _database(settings: Settings, clock: Clock, observer: Observer) -> OpenStore:
    database = settings.database
    return await open_store(database.url, migrate=database.migrate, clock=clock, observer=observer)


def _apps(
    parts: _Parts, health: LiveHealth, seams: Seams, observer: Observer
) -> tuple[web.Application, web.Application]:
    hints = _rehearsed(parts.pager.webhook.handle, seams.faults)
    alerts = _alert_routes(parts.core, parts.sources, seams, observer)
    linking = tuple(LinkDoor(parts.core.linking.sign_in, parts.words).routes())
    doors = PublicDoors(parts.slack.edge.handle, hints, alerts, parts.api, linking)
    return public_app(doors, observer), admin_app(health, seams.registry, observer)


async def serve(settings: Settings) -> int:
    """Serve until SIGTERM or SIGINT; a second one ends at once. Returns the exit code.

    SIGHUP has the files read again that may change while we run; it never ends us.
    """
    hung_up = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, hung_up.set)
    async with running_gateway(settings) as gateway, asyncio.TaskGroup() as tasks:
        reloads = tasks.create_task(_reload_when(hung_up, gateway))
        await stop_signal()
        reloads.cancel()
    return 0


async def _reload_when(hung_up: asyncio.Event, gateway: RunningGateway) -> None:
    while await hung_up.wait():
        hung_up.clear()
        await gateway.reloads.reload(Trigger.SIGNAL)


async def stop_signal() -> None:
    """Wait for SIGTERM or SIGINT. A second one ends the process where it stands."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, _stop_or_end, stop)
    await stop.wait()


def _stop_or_end(stop: asyncio.Event) -> None:
    if stop.is_set():
        os._exit(130)
    stop.set()


# --- parts ---------------------------------------------------------------------------------------


def _single(settings: Settings) -> bool:
    """Whether no other process can hold a lease: the SQLite file is ours alone."""
    return settings.database.url.startswith("sqlite")


def _keeping(settings: Settings) -> Keeping:
    database = settings.database
    return Keeping(timedelta(days=database.keep_days), timedelta(days=database.keep_audit_days))


def _alert_sources(
    settings: Settings, clock: Clock, observer: Observer
) -> AbstractAsyncContextManager[Sources]:
    return open_alert_sources(
        settings.alerts,
        secrets=settings.secrets,
        clock=clock,
        observer=observer,
    )


def _alert_routes(
    core: Core, sources: Sources, seams: Seams, observer: Observer
) -> tuple[web.RouteDef, ...]:
    """Open the door for alerts where there are routes for them."""
    if core.alerts is None:
        return ()
    return tuple(AlertDoor(sources, core.alerts, seams.clock, observer).routes())


async def _first_look(core: Core, directory: DirectoryKeeper) -> None:
    """Learn names and senders before the first command; a pager that is away is not waited for."""
    with suppress(TimeoutError):
        async with asyncio.timeout(_FIRST_LOOK_S):
            await core.linking.links.book.refresh()
            await core.mailboxes.learn()
            if not directory.current.extensions:
                await directory.refresh()


def _rehearsed(receive: HintReceiver, faults: FaultPoints) -> HintReceiver:
    """Put a fault point between taking a hint and answering it."""

    async def hint(
        secret: str, headers: Mapping[str, str], body: bytes
    ) -> tuple[int, Mapping[str, str], bytes]:
        answer = await receive(secret, headers, body)
        await faults.at("hint.taken")
        return answer

    return hint


@asynccontextmanager
async def _listening(
    app: web.Application, host: str, port: int, tls: Tls | None = None
) -> AsyncIterator[str]:
    async with _served(app) as listener:
        bound = await listener.listen(host, port, tls.context if tls else None)
        shown = f"[{host}]" if ":" in host else host
        yield f"{'https' if tls else 'http'}://{shown}:{bound}"


@asynccontextmanager
async def _listening_file(app: web.Application, path: Path) -> AsyncIterator[None]:
    async with _served(app) as listener:
        await listener.listen_unix(path)
        yield


@asynccontextmanager
async def _served(app: web.Application) -> AsyncIterator[Listener]:
    listener = Listener(app, access_log=None, shutdown_timeout=5.0, lingering_time=0)
    await listener.setup()
    try:
        yield listener
    finally:
        await listener.cleanup()

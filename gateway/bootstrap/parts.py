"""What a gateway is made of: everything opened and wired, in the order in which it leans."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field

from prometheus_client import CollectorRegistry

from adapters.alerts.registry import Sources, open_alert_sources
from adapters.chat.slack import Slack
from adapters.pager.ringcentral import RingCentralPager
from adapters.storage import OpenStore, open_store
from adapters.storage.vault import SealedVault
from gateway.bootstrap.house import make_directory, make_house, make_policies
from gateway.bootstrap.opening import Shared, opened_pager, opened_slack
from gateway.bootstrap.rehearsing import DryRunPager
from gateway.bootstrap.routing import as_rolled_back, read_routes_file, routes_keeper
from gateway.bootstrap.tracing import opened_tracing
from gateway.bootstrap.vault_keys import vault_keys
from gateway.domain.routing.routes import Routes
from gateway.log_context import InContext, LogContext
from gateway.ports.clock import Clock
from gateway.ports.faults import FaultPoints, NoFaults
from gateway.ports.ids import Ids
from gateway.ports.observer import Observer
from gateway.ports.tracing import Tracing
from gateway.routes.keeping import RoutesKeeper
from gateway.services.alerts.rules import RuleBook
from gateway.services.core import Core, build_core
from gateway.services.directory_sync import DirectoryKeeper
from gateway.services.house import House, Ports
from gateway.services.live_events import LiveEvents
from gateway.services.restoring import Restoration
from gateway.settings import Settings
from gateway.system import LogAndCount, SystemClock, SystemIds
from gateway.text.words import Words

_FIRST_LOOK_S = 10.0
_ALONE = Shared()


@dataclass(frozen=True)
class Seams:
    """Time, names, witnesses and rehearsed faults; production unless a test brings its own.

    In a dry run everything is live, but the pager is sent nothing.
    """

    clock: Clock = field(default_factory=SystemClock)
    ids: Ids = field(default_factory=SystemIds)
    registry: CollectorRegistry = field(default_factory=CollectorRegistry)
    faults: FaultPoints = field(default_factory=NoFaults)
    dry_run: bool = False
    observer: Observer | None = None
    tracing: Tracing | None = None


@dataclass(frozen=True, repr=False)
class Parts:
    """A workspace that is open and wired, but not at work yet."""

    settings: Settings
    seams: Seams
    observer: Observer
    live: LiveEvents
    tracing: Tracing
    opened: OpenStore
    vault: SealedVault
    pager: RingCentralPager
    slack: Slack
    sources: Sources
    directory: DirectoryKeeper
    house: House
    core: Core
    restoration: Restoration
    routes: RoutesKeeper | None


@asynccontextmanager
async def opened_parts(
    settings: Settings,
    seams: Seams,
    rules: Routes | None = None,
    shared: Shared = _ALONE,
    owner: str = "",
) -> AsyncIterator[Parts]:
    """Open everything of one workspace for the length of the block.

    `rules` stand in for those of the file. What is in the vault opens for its `owner` alone.
    """
    clock, ids = seams.clock, seams.ids
    words = Words.load(settings.slack.language, command=settings.slack.command)
    async with AsyncExitStack() as stack:
        enter = stack.enter_async_context
        tracing = LogContext(
            seams.tracing or stack.enter_context(opened_tracing(settings.tracing, clock))
        )
        live = LiveEvents(seams.observer or LogAndCount(seams.registry, clock), clock)
        observer = InContext(live, tracing)
        opened = await enter(await _database(settings, clock, observer, tracing))
        vault = await opened.vault(vault_keys(settings), owner)
        pager = await enter(opened_pager(settings, clock, ids, vault, observer))
        slack = await enter(
            opened_slack(
                settings, words, vault, shared=shared, clock=clock, ids=ids, observer=observer
            )
        )
        sources = await enter(
            open_alert_sources(
                settings.alerts, secrets=settings.secrets, clock=clock, observer=observer
            )
        )
        read = None if rules else await as_rolled_back(read_routes_file(settings.routing), vault)
        rules = read.loaded.routes if read else rules
        book = RuleBook(rules) if rules else None
        directory = make_directory(settings, opened.store, pager, clock, observer, book=book)
        policies = make_policies(book, directory, slack, clock)
        house = await make_house(settings, slack, vault, directory, policies=policies, words=words)
        ports = Ports(
            opened.store,
            DryRunPager(pager, observer) if seams.dry_run else pager,
            slack.chat,
            clock,
            ids,
            observer,
            seams.faults,
            vault,
            pager.accounts,
            opened.engine.leadership,
            tracing,
        )
        core = build_core(ports, house)
        restoration = Restoration(opened.store, core.dispatcher, core.operators, clock, observer)
        await restoration.begin()
        await core.pausing.refresh()
        await directory.remember()
        await _first_look(core, directory)
        if ports.leadership.alone:
            await opened.store.recover(clock.now(), everything=True)
        slack.listen(core.intake)
        yield Parts(
            settings,
            seams,
            observer,
            live,
            tracing,
            opened,
            vault,
            pager,
            slack,
            sources,
            directory,
            house,
            core,
            restoration,
            routes_keeper(read, core, house, ports),
        )


async def _database(
    settings: Settings, clock: Clock, observer: Observer, tracing: Tracing
) -> OpenStore:
    database = settings.database
    return await open_store(
        database.url,
        migrate=database.migrate,
        clock=clock,
        observer=observer,
        trace=tracing.here,
    )


async def _first_look(core: Core, directory: DirectoryKeeper) -> None:
    """Learn names and senders before the first command; a pager that is away is not waited for."""
    with suppress(TimeoutError):
        async with asyncio.timeout(_FIRST_LOOK_S):
            await core.linking.links.book.refresh()
            await core.mailboxes.learn()
            if not directory.current.extensions:
                await directory.refresh()

"""Composition root: settings to adapters to services to web; the order of start and stop.

Start: database, secrets, pager, chat, core, listeners, loops. Stop: listeners first, then what is
in hand is finished, then the loops end, then the adapters close. What could not be finished in
time stays in the database as what it is; the next start goes on from there.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from gateway.bootstrap.console import Console, make_console
from gateway.bootstrap.doors import (
    BackOffice,
    for_operators,
    for_probes,
    for_the_world,
    listening,
    listening_on_file,
)
from gateway.bootstrap.health import LiveHealth
from gateway.bootstrap.loops import Loops
from gateway.bootstrap.parts import Parts, Seams, opened_parts
from gateway.bootstrap.reloading import Reloads
from gateway.domain.errors import StoreUnavailableError
from gateway.domain.routing.routes import Routes
from gateway.ports.store import Store
from gateway.services.alerts.sums import AlertSums
from gateway.services.auditing import AuditTrail
from gateway.services.core import Core
from gateway.services.directory_sync import DirectoryKeeper
from gateway.settings import Settings, control_socket
from gateway.system import LoopLag

__all__ = ["RunningGateway", "Seams", "running_gateway"]


@dataclass(frozen=True, repr=False)
class RunningGateway:
    """A gateway that listens and works."""

    public_url: str
    admin_url: str
    console: Console
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
    async with opened_parts(settings, seams or Seams(), rules) as parts:
        store, observer = parts.opened.store, parts.observer
        audit = AuditTrail(store, parts.seams.clock, observer)
        async with _at_work(parts, audit) as gateway:
            observer.saw("gateway.started", public=gateway.public_url, admin=gateway.admin_url)
            yield gateway
        with suppress(StoreUnavailableError):
            await audit.anchor()
        observer.saw("gateway.stopped")


@asynccontextmanager
async def _at_work(parts: Parts, audit: AuditTrail) -> AsyncIterator[RunningGateway]:
    server, desk = parts.settings.server, parts.settings.admin
    socket = control_socket(parts.settings)
    sums = AlertSums(parts.opened.store, parts.seams.clock)
    reloads = Reloads(parts.routes, parts.tls)
    with LoopLag(parts.observer) as lag:
        health = _health(parts, sums, lag)
        console = make_console(parts, health, audit)
        operators = for_operators(parts, BackOffice(health, sums, audit, reloads, console))
        async with (
            Loops(parts, audit).running(),
            listening(for_the_world(parts), server.host, server.port, parts.tls) as public_url,
            listening(for_probes(parts, health, console), desk.host, desk.port) as admin_url,
            listening_on_file(operators, socket),
        ):
            console.listens_at(admin_url)
            yield RunningGateway(
                public_url,
                admin_url,
                console,
                socket,
                parts.opened.store,
                parts.core,
                parts.directory,
                reloads,
            )
            health.draining = True
            parts.live.close()


def _health(parts: Parts, sums: AlertSums, lag: LoopLag) -> LiveHealth:
    return LiveHealth(
        parts.opened.store,
        parts.directory,
        parts.core.mailboxes,
        sums,
        parts.seams.registry,
        parts.seams.clock,
        lag,
        parts.routes,
        parts.core.clients,
        parts.restoration,
        lambda: parts.opened.trouble,
        parts.core.dispatcher,
        parts.pager.standing,
        parts.seams.dry_run,
        parts.house.ask_before,
    )

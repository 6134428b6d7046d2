"""Composition root: settings to adapters to services to web; the order of start and stop.

Start: database, secrets, pager, chat, core, listeners, loops. Stop: listeners first, then what is
in hand is finished, then the loops end, then the adapters close. What could not be finished in
time stays in the database as what it is; the next start goes on from there.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from aiohttp import web

from gateway.bootstrap.console import Console, make_console
from gateway.bootstrap.doors import following, listening
from gateway.bootstrap.front import Front
from gateway.bootstrap.houses import Houses
from gateway.bootstrap.inhabiting import Inhabited, Lead, inhabited
from gateway.bootstrap.opening import Shared, opened_oauth, switchboard
from gateway.bootstrap.parts import Parts, Seams, opened_parts
from gateway.bootstrap.reloading import Reloads
from gateway.bootstrap.tls import Tls, open_tls
from gateway.bootstrap.together import EveryRegistry, HealthOfAll, install_routes, places_of
from gateway.bootstrap.tracing import opened_tracing
from gateway.bootstrap.waiting_room import WaitingRoom
from gateway.domain.routing.routes import Routes
from gateway.log_context import InContext, LogContext
from gateway.ports.store import Store
from gateway.services.core import Core
from gateway.services.directory_sync import DirectoryKeeper
from gateway.settings import Settings, control_socket
from gateway.system import LogAndCount, LoopLag
from gateway.web.app import Health, admin_app, public_app

__all__ = ["RunningGateway", "Seams", "running_gateway"]


@dataclass(frozen=True, repr=False)
class RunningGateway:
    """A gateway that listens and works. What is not said of `houses` is the first workspace's."""

    public_url: str
    admin_url: str
    console: Console
    control: Path
    store: Store
    core: Core
    directory: DirectoryKeeper
    reloads: Reloads
    houses: Houses


@asynccontextmanager
async def running_gateway(
    settings: Settings,
    seams: Seams | None = None,
    rules: Routes | None = None,
    others: tuple[Settings, ...] = (),
) -> AsyncIterator[RunningGateway]:
    """Run the service for the length of the block; `others` are further workspaces.

    A database that is away is waited for; meanwhile callers are told so.

    Raises:
        StorageError: the database cannot be used; its words are for the operator.
        OSError: a listener's address is taken.
        SocketPathError: the control socket cannot be made; its words are for the operator.
        TlsError: a certificate or key cannot be used; its words are for the operator.
    """
    given = seams or Seams()
    with opened_tracing(settings.tracing, given.clock) as opened:
        tracing = given.tracing or opened
        told = given.observer or LogAndCount(given.registry, given.clock)
        seams = replace(given, tracing=tracing, observer=told)
        observer = InContext(told, LogContext(tracing))
        tls = open_tls(settings.server, observer)
        async with opened_oauth(settings, seams.clock, observer) as oauth:
            shared = Shared(switchboard(settings, observer), oauth)
            houses = Houses(others, seams, observer, shared)
            room = WaitingRoom(settings, seams.clock, observer, tls)
            opened_here = partial(opened_parts, settings, houses.seams_of(settings), rules, shared)
            async with (
                room.until_opened(opened_here) as parts,
                _at_work(parts, houses, tls) as gateway,
            ):
                observer.saw("gateway.started", public=gateway.public_url, admin=gateway.admin_url)
                yield gateway
            observer.saw("gateway.stopped")


@asynccontextmanager
async def _at_work(parts: Parts, houses: Houses, tls: Tls | None) -> AsyncIterator[RunningGateway]:
    server, desk = parts.settings.server, parts.settings.admin

    def of_all(own: Health) -> Health:
        return HealthOfAll(own, parts.house.workspace, houses)

    console = make_console(parts)
    with LoopLag(houses.observer) as lag:
        async with (
            _renewing(tls, parts),
            houses.running(),
            inhabited(parts, Lead(lag, tls, of_all, console.login)) as first,
        ):
            with houses.entered(first), closing(houses):
                async with (
                    listening(_for_the_world(first, houses), server.host, server.port, tls) as url,
                    listening(
                        _for_probes(first, houses, console), desk.host, desk.port
                    ) as admin_url,
                ):
                    yield _running(url, admin_url, first, houses, console)
                    first.closes()


def _running(
    url: str, admin_url: str, first: Inhabited, houses: Houses, console: Console
) -> RunningGateway:
    parts = first.parts
    console.listens_at(admin_url)
    return RunningGateway(
        url,
        admin_url,
        console,
        control_socket(parts.settings),
        parts.opened.store,
        parts.core,
        parts.directory,
        first.reloads,
        houses,
    )


def _for_probes(first: Inhabited, houses: Houses, console: Console) -> web.Application:
    """Metrics, readiness and state, and the console."""
    health = HealthOfAll(first.health, first.parts.house.workspace, houses)
    registry = EveryRegistry(first.parts.seams.registry, houses)
    app = console.app(first.views, places_of(first, houses), first.parts.observer)
    return admin_app(health, registry, houses.observer, app)


def _for_the_world(first: Inhabited, houses: Houses) -> web.Application:
    clock, observer = first.parts.seams.clock, houses.observer
    doors = Front(houses, first, clock, observer).doors() if houses.shared.front else first.doors
    doors = replace(doors, installing=install_routes(first, houses))
    return public_app(doors, observer, following(first.parts, observer))


@asynccontextmanager
async def _renewing(tls: Tls | None, parts: Parts) -> AsyncIterator[None]:
    """Follow the certificate's files for the length of the block."""
    async with asyncio.TaskGroup() as group:
        task = group.create_task(tls.run(parts.seams.clock), name="tls") if tls else None
        try:
            yield
        finally:
            if task:
                task.cancel()

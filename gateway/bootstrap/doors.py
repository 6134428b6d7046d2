"""Our HTTP surfaces, made of the parts: for the world, for scrapers and probes, for operators."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from aiohttp import web

from adapters.listening import Listener
from gateway.bootstrap.api import Tokens, api_routes, send_routes
from gateway.bootstrap.as_logged import as_logged
from gateway.bootstrap.backups import Backups
from gateway.bootstrap.parts import Parts
from gateway.bootstrap.reloading import Reloads
from gateway.bootstrap.rotating import KeyRotation
from gateway.bootstrap.tls import Tls
from gateway.bootstrap.versions import RoutesVersions
from gateway.ports.faults import FaultPoints
from gateway.ports.observer import Observer
from gateway.services.alerts.sums import AlertSums
from gateway.services.allowance import Allowance
from gateway.services.auditing import AuditTrail
from gateway.services.decisions import Decisions
from gateway.services.drilling import Drilling
from gateway.services.erasing import Erasing
from gateway.services.letters import DeadLetters
from gateway.settings import effective_settings
from gateway.web.alerts import AlertDoor
from gateway.web.app import Health, HintReceiver, PublicDoors
from gateway.web.audit import audit_routes
from gateway.web.backup import backup_routes
from gateway.web.can import can_routes
from gateway.web.console.login import LoginDoor
from gateway.web.control import ControlDoors, control_app
from gateway.web.directory import directory_routes
from gateway.web.drills import drill_routes
from gateway.web.erasing import erasing_routes
from gateway.web.heartbeats import heartbeat_routes
from gateway.web.keys import key_routes
from gateway.web.letters import letter_routes
from gateway.web.linking import LinkDoor
from gateway.web.links import link_routes
from gateway.web.pages import page_routes
from gateway.web.pausing import pause_routes
from gateway.web.reloading import reload_routes
from gateway.web.settings import settings_routes
from gateway.web.silences import silence_routes
from gateway.web.storms import storm_routes
from gateway.web.tail import tail_routes
from gateway.web.tracing import Following
from gateway.web.versions import version_routes
from gateway.web.why import why_routes


def public_doors(parts: Parts, tokens: Tokens) -> PublicDoors:
    """Slack, the pager, alert sources, programs, and browsers on their way to link somebody."""
    core, house = parts.core, parts.house
    clock, observer = parts.seams.clock, parts.observer
    alerts = AlertDoor(parts.sources, core.alerts, clock, observer) if core.alerts else None
    return PublicDoors(
        slack=parts.slack.edge.handle,
        pager_hint=_rehearsed(parts.pager.webhook.handle, parts.seams.faults),
        alerts=tuple(alerts.routes()) if alerts else (),
        api=api_routes(core.orders, tokens, house.words, observer),
        linking=tuple(LinkDoor(core.linking.sign_in, house.words).routes()),
    )


@dataclass(frozen=True, repr=False)
class BackOffice:
    """What only operators ask of."""

    health: Health
    sums: AlertSums
    audit: AuditTrail
    reloads: Reloads
    console: LoginDoor | None
    """At the first workspace's socket only: its operators are those of the process."""


def for_operators(parts: Parts, office: BackOffice) -> web.Application:
    """Everything the command line asks of a running gateway."""
    core, house, store = parts.core, parts.house, parts.opened.store
    clock, observer = parts.seams.clock, parts.observer
    decisions = Decisions(store, clock, house.permission)
    backups = Backups(parts.opened, parts.settings, clock, observer)
    allowance = Allowance(
        house.workspace, parts.slack.chat, clock, parts.directory, house.permission
    )
    rotation = KeyRotation(parts.vault, parts.settings, observer)
    routes = (
        *storm_routes(office.sums, clock),
        *silence_routes(core.silencing, house.words, clock),
        *heartbeat_routes(core.heartbeats),
        *why_routes(core.explaining, house.words),
        *can_routes(allowance, house.words),
        *reload_routes(office.reloads.asked, office.reloads.rehearsed),
        *version_routes(RoutesVersions(parts.routes, store, house.words)),
        *tail_routes(parts.live, as_logged),
        *settings_routes(lambda: list(map(asdict, effective_settings(parts.settings)))),
        *send_routes(core.orders, house.words, observer),
        *link_routes(core.linking.links, house.words),
        *directory_routes(parts.directory, house.words),
        *erasing_routes(_erasing(parts), house.words),
        *drill_routes(_drilling(parts), house.words),
        *letter_routes(DeadLetters(store, clock)),
        *page_routes(store, decisions, house.words),
        *backup_routes(backups.create),
        *key_routes(rotation.begin, rotation.go_on),
        *audit_routes(office.audit),
        *pause_routes(core.pausing),
        *(office.console.routes() if office.console else ()),
    )
    return control_app(ControlDoors(office.health, routes), observer, following(parts, observer))


def following(parts: Parts, observer: Observer) -> Following:
    """Make what follows a request from its door to its end."""
    return Following(parts.tracing, observer, parts.seams.clock, parts.seams.ids)


def _drilling(parts: Parts) -> Drilling:
    house, store = parts.house, parts.opened.store
    desk, clock = parts.core.orders, parts.seams.clock
    return Drilling(house.ops, desk, store, parts.directory, house.words, clock)


def _erasing(parts: Parts) -> Erasing:
    house, seams = parts.house, parts.seams
    return Erasing(
        house.workspace,
        parts.opened.store,
        parts.slack.chat,
        seams.clock,
        parts.observer,
        house.people,
        parts.directory,
        parts.core.linking.links,
    )


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
async def listening(
    app: web.Application, host: str, port: int, tls: Tls | None = None
) -> AsyncIterator[str]:
    """Serve on an address for the length of the block; gives its URL."""
    async with _served(app) as listener:
        bound = await listener.listen(host, port, tls.context if tls else None)
        shown = f"[{host}]" if ":" in host else host
        yield f"{'https' if tls else 'http'}://{shown}:{bound}"


@asynccontextmanager
async def listening_on_file(app: web.Application, path: Path) -> AsyncIterator[None]:
    """Serve on a Unix socket for the length of the block."""
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

"""The console, made of the parts: what it reads and does, and how people sign in."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta

from aiohttp import web

from gateway.bootstrap.as_logged import as_logged
from gateway.bootstrap.identity import make_issuer
from gateway.bootstrap.parts import Parts
from gateway.bootstrap.reloading import Reloads
from gateway.bootstrap.versions import RoutesVersions
from gateway.ports.observer import Observer
from gateway.services.alerts.reach import Reach
from gateway.services.auditing import AuditTrail
from gateway.services.decisions import Decisions
from gateway.services.letters import DeadLetters
from gateway.services.queries import Queries
from gateway.services.reports import Reports
from gateway.settings import effective_settings
from gateway.web.app import Health
from gateway.web.console.app import console_app
from gateway.web.console.desk import Desk
from gateway.web.console.doorman import Doorman
from gateway.web.console.drawing import Drawing
from gateway.web.console.entrances import (
    LinkEntrance,
    OpenEntrance,
    ProxyEntrance,
)
from gateway.web.console.frame import HOME, Entrance, Frame, Place, View
from gateway.web.console.issuer_entrance import IssuerEntrance
from gateway.web.console.login import LoginDoor
from gateway.web.console.routes import RoutesView
from gateway.web.console.sessions import Departures, Role, Sessions, Tickets, Visitor
from gateway.web.console.views import console_views


@dataclass
class Console:
    """How people come in, and what they find there once the first workspace is at work."""

    frame: Frame
    tickets: Tickets | None
    """The links that sign people in."""
    address: str
    """Where browsers reach it; empty until we listen, unless a setting says."""
    login: LoginDoor = field(init=False)

    def __post_init__(self) -> None:
        """Let links lead to where the console is."""
        self.login = LoginDoor(self.tickets, lambda: self.address)

    def sign_in(self, who: str) -> str:
        """Make a link that signs somebody in as administrator; where none is needed, lead there."""
        if self.tickets is None:
            return f"{self.address}{HOME}"
        url, _ = self.login.link(self.tickets, Visitor(who, Role.ADMIN))
        return url

    def listens_at(self, url: str) -> None:
        """Learn where we listen; an address for all networks is this computer's, too."""
        here = url.replace("://0.0.0.0:", "://127.0.0.1:").replace("://[::]:", "://[::1]:")
        self.address = self.address or here

    def app(
        self, views: tuple[View, ...], places: Callable[[], tuple[Place, ...]], observer: Observer
    ) -> web.Application:
        """Build the application from the first workspace's views, and all of several."""
        self.frame = replace(self.frame, views=views, places=places)
        return console_app(self.frame, observer)


def make_console(parts: Parts) -> Console:
    """Put together how people come in, by the settings and the records of the first workspace."""
    settings, clock = parts.settings.console, parts.seams.clock
    tickets = Tickets(clock, parts.seams.ids) if settings.sign_in == "link" else None
    sessions = Sessions(clock, parts.seams.ids, timedelta(seconds=settings.lasts_s))
    doorman = Doorman(sessions, parts.opened.store, clock)
    address = settings.public_url or ""
    frame = Frame(Drawing(clock), doorman, _entrance(parts, tickets, doorman), (), address)
    return Console(frame, tickets, address)


def _entrance(parts: Parts, tickets: Tickets | None, doorman: Doorman) -> Entrance:
    settings, seams = parts.settings.console, parts.seams
    if tickets:
        return LinkEntrance(tickets, doorman)
    if issuer := make_issuer(parts.settings, seams.clock, parts.observer):
        departures = Departures(seams.clock, seams.ids)
        return IssuerEntrance(settings.sign_in, issuer, departures, doorman, settings.roles)
    if settings.sign_in == "off":
        return OpenEntrance()
    return ProxyEntrance(
        settings.proxy_networks,
        settings.proxy_user_header,
        settings.proxy_groups_header,
        settings.roles,
    )


def make_views(
    parts: Parts, health: Health, audit: AuditTrail, reloads: Reloads
) -> tuple[View, ...]:
    """Make what the console shows of a workspace."""
    return console_views(_desk(parts, health, audit, reloads))


def _desk(parts: Parts, health: Health, audit: AuditTrail, reloads: Reloads) -> Desk:
    house, store, clock = parts.house, parts.opened.store, parts.seams.clock
    reports = Reports(store, house.directory, house.people, house.words)
    breakers = parts.core.dispatcher.attempts.breakers
    return Desk(
        Queries(
            store, clock, house.directory, reports, parts.core.explaining, breakers, house.words
        ),
        Decisions(store, clock, house.permission),
        DeadLetters(store, clock),
        parts.core.pausing,
        parts.core.linking.links,
        audit,
        health,
        house.words,
        clock,
        parts.directory,
        lambda: effective_settings(parts.settings),
        parts.live,
        as_logged,
        parts.core.board,
        parts.core.silencing,
        _routes_view(parts, reloads),
    )


def _routes_view(parts: Parts, reloads: Reloads) -> RoutesView | None:
    keeper, house, board = parts.routes, parts.house, parts.core.board
    if keeper is None or board is None:
        return None
    versions = RoutesVersions(keeper, parts.opened.store, house.words)
    reach = Reach(keeper.book, parts.directory)
    return RoutesView(keeper.book, reach, versions, reloads.asked, board, parts.seams.clock)

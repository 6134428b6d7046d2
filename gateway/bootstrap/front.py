"""One listener for several workspaces: each request goes to the workspace that its own proof names.

Slack's requests by their installation (`Switchboard`), a pager's hints by the secret in their path,
alerts by their source, programs by their token, browsers by their ticket. What proves nothing is
answered as the first workspace would, which knows it no better; unless a workspace is not open that
might: then the sender is to come again.
"""

from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass

from aiohttp import web
from aiohttp.typedefs import Handler
from typing_extensions import override

from gateway.bootstrap.api import program_routes
from gateway.bootstrap.houses import Houses
from gateway.bootstrap.inhabiting import Inhabited
from gateway.domain.alerts import Ingest, IngestReceipt
from gateway.domain.errors import StoreUnavailableError
from gateway.ports.alerts import AlertIntake, AlertSource, AlertSources
from gateway.ports.clock import Clock
from gateway.ports.observer import Observer
from gateway.settings import Settings
from gateway.web.alerts import AlertDoor
from gateway.web.app import HintReceiver, PublicDoors

Handlers = Mapping[tuple[str, str], Handler]
"""What a workspace does, by method and path."""
Whose = Callable[[web.Request], Awaitable[Inhabited | None]]
"""Tells to which workspace a request belongs, if it is sure."""


@dataclass(frozen=True)
class Front:
    """The doors of all workspaces as one. `first` is the one that answers for nobody."""

    houses: Houses
    first: Inhabited
    clock: Clock
    observer: Observer

    def doors(self) -> PublicDoors:
        """Make the doors."""
        own = self.first.doors
        return PublicDoors(
            slack=own.slack,  # it leads to the switchboard
            pager_hint=self._hint(self.first.doors.pager_hint),
            alerts=tuple(self._alerts().routes()),
            api=tuple(self._handed_on(self._strangers(), _api, self._by_token)),
            linking=tuple(self._handed_on(own.linking, _linking, self._by_ticket)),
        )

    def _open(self) -> tuple[Inhabited, ...]:
        return tuple(self.houses.open.values())

    def _alerts(self) -> AlertDoor:
        everywhere = _Everywhere(self.houses)
        return AlertDoor(everywhere, everywhere, self.clock, self.observer)

    def _hint(self, stranger: HintReceiver | None) -> HintReceiver | None:
        async def hint(
            secret: str, headers: Mapping[str, str], body: bytes
        ) -> tuple[int, Mapping[str, str], bytes]:
            for house in self._open():
                receive = house.doors.pager_hint
                if receive and await house.parts.pager.webhook.knows(secret):
                    return await receive(secret, headers, body)
            if stranger is None or not self.houses.complete:
                return 503, {}, b""
            return await stranger(secret, headers, body)

        return hint

    def _strangers(self) -> tuple[web.RouteDef, ...]:
        """Make the routes for programs that nobody knows."""
        desk, words = self.first.parts.core.orders, self.first.parts.house.words
        return program_routes(desk, lambda _: None, words, self.observer)

    def _handed_on(
        self, routes: tuple[web.RouteDef, ...], of: Callable[[Inhabited], Handlers], whose: Whose
    ) -> Iterator[web.RouteDef]:
        """Mount routes whose requests go to the same route of the workspace they belong to."""
        for route in routes:
            yield web.route(route.method, route.path, self._to_owner(route, of, whose))

    def _to_owner(
        self, route: web.RouteDef, of: Callable[[Inhabited], Handlers], whose: Whose
    ) -> Handler:
        async def handle(request: web.Request) -> web.StreamResponse:
            house = await whose(request)
            if house is None and not self.houses.complete:
                raise StoreUnavailableError
            handler = of(house).get((route.method, route.path)) if house else None
            return await (handler or route.handler)(request)

        return handle

    async def _by_token(self, request: web.Request) -> Inhabited | None:
        fits = [house for house in self._open() if house.tokens.client(request)]
        return fits[0] if len(fits) == 1 else None

    async def _by_ticket(self, request: web.Request) -> Inhabited | None:
        ticket = request.match_info.get("ticket") or request.query.get("state", "")
        for house in self._open():
            if await house.parts.core.linking.sign_in.knows(ticket):
                return house
        return None


def _api(house: Inhabited) -> Handlers:
    return {(route.method, route.path): route.handler for route in house.doors.api}


def _linking(house: Inhabited) -> Handlers:
    return {(route.method, route.path): route.handler for route in house.doors.linking}


@dataclass(frozen=True)
class _Everywhere(AlertSources, AlertIntake):
    """The alert sources of all workspaces; a source belongs to one, and so do its alerts."""

    houses: Houses

    @override
    def named(self, name: str) -> AlertSource | None:
        house = self._of(name)
        return house.parts.sources.named(name) if house else None

    @override
    def keyed(self, body: bytes) -> AlertSource | None:
        found = [house.parts.sources.keyed(body) for house in self.houses.open.values()]
        known = [source for source in found if source]
        if not known and not self.houses.complete:
            raise StoreUnavailableError
        return known[0] if len(known) == 1 else None

    @override
    async def take(self, ingest: Ingest) -> IngestReceipt:
        house = self._of(ingest.source)
        if house is None or house.parts.core.alerts is None:
            raise StoreUnavailableError
        return await house.parts.core.alerts.take(ingest)

    def _of(self, source: str) -> Inhabited | None:
        """Find the workspace of a source; `None` when no settings name it.

        Raises:
            StoreUnavailableError: it is not open now; a 404 would have the sender give up.
        """
        for house in self.houses.open.values():
            if house.parts.core.alerts and _names(house.parts.settings, source):
                return house
        away = (each for each in self.houses.others if each.slack.team not in self.houses.open)
        if any(_names(settings, source) for settings in away):
            raise StoreUnavailableError
        return None


def _names(settings: Settings, source: str) -> bool:
    return any(each.name == source for each in settings.alerts.sources)

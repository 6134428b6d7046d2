"""What is one for all workspaces of a process: how it is, and the way a workspace comes in."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from aiohttp import web
from prometheus_client import CollectorRegistry, Metric
from typing_extensions import override

from gateway.bootstrap.houses import Houses
from gateway.bootstrap.inhabiting import Inhabited
from gateway.services.installing import Installing
from gateway.web.app import Health
from gateway.web.console.frame import Place
from gateway.web.installing import InstallDoor


@dataclass(frozen=True)
class HealthOfAll(Health):
    """The first workspace's health, and how each of the others stands.

    Whether the process is ready does not hang on another workspace: it would end them all.
    """

    first: Health
    team: str
    houses: Houses

    @override
    async def ready(self) -> list[str]:
        return await self.first.ready()

    @override
    async def status(self) -> dict[str, object]:
        own = await self.first.status()
        if self.houses.shared.front is None:
            return own
        others = {team: await self._one(team) for team in self.houses.teams}
        return {**own, "workspaces": dict(sorted({**others, self.team: own}.items()))}

    @override
    async def measure(self) -> None:
        for health in (self.first, *(house.health for house in self.houses.further())):
            await health.measure()

    async def _one(self, team: str) -> dict[str, object]:
        house = self.houses.open.get(team)
        if house is None:
            return {"ready": False, "degraded": [self.houses.troubles.get(team, "closing")]}
        return await house.health.status()


class EveryRegistry(CollectorRegistry):
    """What the process counts and the first workspace measures, and what the others measure.

    Theirs carry a label `workspace` more.
    """

    def __init__(self, first: CollectorRegistry, houses: Houses) -> None:
        super().__init__()
        self._first = first
        self._houses = houses

    @override
    def collect(self) -> Iterator[Metric]:
        families = {family.name: family for family in self._first.collect()}
        for house in self._houses.further():
            named = {"workspace": house.parts.house.workspace}
            for family in house.parts.seams.registry.collect():
                for sample in family.samples:
                    own = sample._replace(labels={**sample.labels, **named})
                    families[family.name].samples.append(own)
        yield from families.values()


def places_of(first: Inhabited, houses: Houses) -> Callable[[], tuple[Place, ...]]:
    """Make what lists the workspaces for the console, the first one first; none of one alone."""
    team = first.parts.house.workspace

    def places() -> tuple[Place, ...]:
        others = sorted(houses.teams)
        return (_place(team, first), *map(one, others)) if others else ()

    def one(other: str) -> Place:
        house = houses.open.get(other)
        trouble = houses.troubles.get(other, "closing")
        return _place(other, house) if house else Place(other, trouble=trouble)

    return places


def _place(team: str, house: Inhabited) -> Place:
    return Place(team, house.parts.slack.chat.name, house.views, house.health)


def install_routes(first: Inhabited, houses: Houses) -> tuple[web.RouteDef, ...]:
    """Open the way in where the settings name the app's client id."""
    settings, oauth = first.parts.settings, houses.shared.oauth
    secret = settings.workspaces.client_secret
    if oauth is None or secret is None:
        return ()
    seams = first.parts.seams
    installing = Installing(
        oauth,
        houses.take_in,
        first.parts.opened.store,
        seams.clock,
        seams.ids,
        houses.observer,
        secret.get_secret_value().encode(),
    )
    secure = str(settings.server.public_url).startswith("https://")
    return tuple(InstallDoor(installing, first.parts.house.words, secure=secure).routes())

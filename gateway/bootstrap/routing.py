"""The routes file of the settings, read at the start and kept in force."""

from dataclasses import dataclass

from gateway.routes.keeping import RoutesKeeper
from gateway.routes.reading import LoadedRoutes
from gateway.routes.source import RoutesSource
from gateway.services.core import Core
from gateway.services.house import House, Ports
from gateway.services.operators import Operators
from gateway.settings import RoutingSettings


@dataclass(frozen=True)
class RoutesRead:
    """What the start found in the file."""

    source: RoutesSource
    loaded: LoadedRoutes
    every_s: float


def read_routes_file(settings: RoutingSettings) -> RoutesRead | None:
    """Read where alerts go; `None` where none are taken.

    Raises:
        RoutesError: with every problem of the file.
    """
    if settings.file is None:
        return None
    source = RoutesSource(settings.file)
    return RoutesRead(source, source.load(), settings.watch_s)


def routes_keeper(
    read: RoutesRead | None, core: Core, house: House, ports: Ports
) -> RoutesKeeper | None:
    """Make what keeps them in force."""
    if read is None or house.rules is None:
        return None
    return RoutesKeeper(
        read.source,
        read.loaded,
        house.rules,
        house.directory,
        Operators(house.workspace, house.ops, house.people, ports.clock, ports.observer),
        ports.store,
        ports.clock,
        ports.observer,
        core.heartbeats,
        read.every_s,
    )

"""The routes file of the settings, read at the start and kept in force."""

from dataclasses import dataclass

from gateway.ports.clock import Clock
from gateway.ports.observer import Observer
from gateway.ports.store import Store
from gateway.routes.keeping import RoutesKeeper
from gateway.routes.reading import LoadedRoutes
from gateway.routes.source import RoutesSource
from gateway.services.core import House
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
    read: RoutesRead | None, house: House, store: Store, clock: Clock, observer: Observer
) -> RoutesKeeper | None:
    """Make what keeps them in force."""
    if read is None or house.rules is None:
        return None
    return RoutesKeeper(
        read.source,
        read.loaded,
        house.rules,
        house.directory,
        Operators(house.workspace, house.ops, house.people, clock, observer),
        store,
        clock,
        observer,
        read.every_s,
    )

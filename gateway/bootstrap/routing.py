"""The routes file of the settings, read at the start and kept in force."""

from dataclasses import dataclass, replace

from gateway.ports.vault import Vault
from gateway.routes.keeping import RoutesKeeper
from gateway.routes.problems import RoutesError
from gateway.routes.reading import LoadedRoutes
from gateway.routes.source import RoutesSource
from gateway.routes.versions import RolledBack, Versions
from gateway.services.core import Core
from gateway.services.house import House, Ports
from gateway.settings import RoutingSettings


@dataclass(frozen=True)
class RoutesRead:
    """What the start found in the file."""

    source: RoutesSource
    loaded: LoadedRoutes
    every_s: float
    rolled_back: RolledBack | None = None


async def as_rolled_back(read: RoutesRead | None, vault: Vault) -> RoutesRead | None:
    """Stay with what an operator put back before the restart, while the file is the same.

    Raises:
        StoreUnavailableError: it is not known whether somebody did.
    """
    versions = Versions(vault)
    to = await versions.rolled_back() if read else None
    if read is None or to is None or to.rejected != read.loaded.routes.hash:
        return read
    written = await versions.written(to.hash)
    if written is None:
        return read
    try:
        loaded = written.read(str(read.source.file), to.hash)
    except RoutesError:
        return read
    return replace(read, loaded=loaded, rolled_back=to)


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
        core.operators,
        ports.store,
        ports.clock,
        ports.observer,
        Versions(ports.vault),
        core.heartbeats,
        read.every_s,
        read.rolled_back,
    )

"""Names in the routes that nobody in the directory has."""

import asyncio
from dataclasses import replace

from gateway.domain.directory import Directory
from gateway.routes.problems import Located
from gateway.routes.reading import LoadedRoutes, check_targets
from gateway.services.alerts.rules import RuleBook
from gateway.services.roster import Roster


async def unknown_now(loaded: LoadedRoutes, directory: Directory) -> tuple[Located, ...]:
    """List names nobody has; nothing can be said while the directory was never read."""
    if not directory.extensions:
        return ()
    return await asyncio.to_thread(unknown_names, loaded, directory)


def unknown_names(loaded: LoadedRoutes, directory: Directory) -> tuple[Located, ...]:
    """List names nobody has, understood as if these routes were in force."""
    sets = directory.sets
    if isinstance(sets, Roster):
        sets = replace(sets, book=RuleBook(loaded.routes))
    found = check_targets(loaded, Directory(directory.snapshot, sets))
    return found.problems if found else ()

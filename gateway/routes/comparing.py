"""What would be different if a file were in force: its text, its routes, and recent alerts."""

import asyncio
import difflib
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from gateway.domain.routing.matchers import Labels
from gateway.domain.routing.rerouting import Rerouted, rerouted
from gateway.ports.store import Store
from gateway.routes.keeping import RoutesKeeper
from gateway.routes.loads import Load
from gateway.routes.problems import RoutesError
from gateway.routes.reading import LoadedRoutes, read_text
from gateway.services.alerts.records import RECORDS

_MOST_ALERTS = 2000


@dataclass(frozen=True, slots=True)
class Comparison:
    """A file beside the routes in force.

    `text` is a unified difference. `elsewhere` are those of the newest `replayed` alerts that would
    go elsewhere; none are replayed when the file cannot be used.
    """

    load: Load
    text: tuple[str, ...]
    replayed: int = 0
    elsewhere: tuple[Rerouted, ...] = ()


@dataclass(frozen=True)
class Comparing:
    """Compares files with what is in force, and changes nothing."""

    keeper: RoutesKeeper
    store: Store

    async def compare(self, file: Path | None = None) -> Comparison:
        """Compare a file, or the one the routes follow.

        Raises:
            StoreUnavailableError: recent alerts cannot be read.
        """
        file = file or self.keeper.source.file
        in_force = self.keeper.loaded
        loaded, load = await self.keeper.rehearsed(file)
        text = await asyncio.to_thread(_difference, in_force, loaded, file)
        if loaded is None:
            return Comparison(load, text)
        alerts = [labels async for labels in self._recent()]
        moved = await asyncio.to_thread(rerouted, alerts, self.keeper.book.rules, loaded.routes)
        return Comparison(load, text, len(alerts), moved)

    async def _recent(self) -> AsyncIterator[Labels]:
        """Give the labels of the newest alerts, each once, whatever groups it joined."""
        seen = set()
        for facts in await self.store.newest_alerts(_MOST_ALERTS):
            alert = RECORDS.validate_json(facts).alert
            said = (alert.source, alert.dedup_key, alert.source_event_id)
            if said not in seen:
                seen.add(said)
                yield alert.labels


def _difference(in_force: LoadedRoutes, loaded: LoadedRoutes | None, file: Path) -> tuple[str, ...]:
    text = ""
    with suppress(RoutesError):
        text = loaded.document.text if loaded else read_text(file, str(file))
    calendars = loaded.calendars if loaded else in_force.calendars
    return tuple(
        line
        for name in dict.fromkeys(("", *in_force.calendars, *calendars))
        for line in _of_one(
            in_force.calendars.get(name, "") if name else in_force.document.text,
            calendars.get(name, "") if name else text,
            name or str(file),
        )
    )


def _of_one(before: str, after: str, name: str) -> Iterator[str]:
    lines = before.splitlines(), after.splitlines()
    return difflib.unified_diff(*lines, f"{name} (in force)", f"{name} (file)", lineterm="")

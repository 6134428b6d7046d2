"""The routes in force follow their file: as a whole, or not at all.

The content is compared every few seconds instead of waiting for events of the file system: a read
of some kilobytes costs nothing, follows every symlink, and works on network and container mounts,
where such events are lost. What was read is put in force in one assignment; an alert is routed by
the old file or by the new one, never by a mixture.
"""

import asyncio
from collections import deque
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from pathlib import Path

from gateway.domain.audit import Act, Actor, AuditEntry
from gateway.domain.directory import Directory
from gateway.domain.errors import StoreUnavailableError
from gateway.domain.routing.changes import RoutesChange, routes_change
from gateway.ports.clock import Clock
from gateway.ports.observer import Observer
from gateway.ports.store import Audit, Store, Unit
from gateway.routes.problems import Located, RoutesError
from gateway.routes.reading import LoadedRoutes, check_targets
from gateway.routes.source import RoutesSource
from gateway.services.alerts.heartbeats import Heartbeats
from gateway.services.alerts.moving import take_over
from gateway.services.alerts.rules import RuleBook
from gateway.services.directory_sync import DirectoryKeeper
from gateway.services.operators import Operators
from gateway.services.roster import Roster

_SETTLE_S = 1.0
"""A file that changed must stay as it is for so long: it may be half written."""
_MOST_TOLD = 5
_MOST_NAMED = 20
_LOADS_KEPT = 20


class Trigger(StrEnum):
    """Why the file was read."""

    START = "start"
    SIGNAL = "signal"
    CHANGE = "change"
    ASKED = "asked"


@dataclass(frozen=True, slots=True)
class Load:
    """One reading of the file. `hash` is the version in force afterwards.

    `change` is `None` when the file was refused, because of `problems`. `unknown` are names that
    neither the file nor the directory knows: whoever they mean is not paged.
    """

    at: datetime
    trigger: Trigger
    hash: str
    change: RoutesChange | None = None
    problems: tuple[Located, ...] = ()
    unknown: tuple[Located, ...] = ()

    @property
    def taken(self) -> bool:
        """Whether what was read is in force."""
        return self.change is not None


@dataclass
class RoutesKeeper:
    """Keeps the routes in force those of the file; `loads` are its last readings, newest last."""

    source: RoutesSource
    loaded: LoadedRoutes
    book: RuleBook
    directory: DirectoryKeeper
    operators: Operators
    store: Store
    clock: Clock
    observer: Observer
    heartbeats: Heartbeats | None = None
    every_s: float = 5.0
    loads: deque[Load] = field(init=False)
    taken_at: datetime = field(init=False)
    unknown: tuple[Located, ...] = field(default=(), init=False)
    _checked_with: Directory | None = field(default=None, init=False)
    _one_at_a_time: asyncio.Lock = field(default_factory=asyncio.Lock, init=False)

    def __post_init__(self) -> None:
        """Begin with what the start has read."""
        self.taken_at = self.clock.now()
        first = Load(self.taken_at, Trigger.START, self.book.rules.hash, RoutesChange())
        self.loads = deque([first], maxlen=_LOADS_KEPT)

    @property
    def last(self) -> Load:
        """The newest reading."""
        return self.loads[-1]

    async def run(self) -> None:
        """Follow file and directory until cancelled."""
        with suppress(StoreUnavailableError):
            await take_over(self.store, self.book.rules, self.clock.now())
        while True:
            if await self._has_changed():
                await self.reload(Trigger.CHANGE)
            elif self.directory.current is not self._checked_with:
                await self._check_again()
            await self.clock.sleep(self.every_s)

    async def reload(self, trigger: Trigger) -> Load:
        """Read the file and put it in force; a bad one changes nothing, and is told everywhere."""
        async with self._one_at_a_time:
            loaded, load = await self._read(self.source, trigger)
            self.loads.append(load)
            if loaded is None:
                await self._refused(load)
            else:
                await self._taken(loaded, load)
            return load

    async def rehearse(self, file: Path) -> Load:
        """Tell what it would come to if another file were in force, and do nothing."""
        _, load = await self._read(RoutesSource(file), Trigger.ASKED)
        return load

    async def _read(
        self, source: RoutesSource, trigger: Trigger
    ) -> tuple[LoadedRoutes | None, Load]:
        rules, now = self.book.rules, self.clock.now()
        try:
            loaded = await asyncio.to_thread(source.load)
        except RoutesError as error:
            return None, Load(now, trigger, rules.hash, problems=error.problems)
        except Exception as error:  # noqa: BLE001 - whatever a file does to us, alerts go on
            fault = f"a fault of the gateway itself ({type(error).__name__}); please report it"
            problem = Located(str(source.file), 1, 1, "", fault)
            return None, Load(now, trigger, rules.hash, problems=(problem,))
        change = await asyncio.to_thread(routes_change, rules, loaded.routes)
        unknown = await _unknown(loaded, self.directory.current)
        return loaded, Load(now, trigger, loaded.routes.hash, change, unknown=unknown)

    async def _taken(self, loaded: LoadedRoutes, load: Load) -> None:
        was_refused = len(self.loads) > 1 and not self.loads[-2].taken
        self.loaded, self.unknown, self.taken_at = loaded, load.unknown, load.at
        self.book.replace(loaded.routes)
        change = load.change or RoutesChange()
        self.observer.saw(
            "routes.loaded",
            hash=load.hash,
            by=load.trigger.value,
            change=str(change),
            added=_some(change.routes.added),
            removed=_some(change.routes.removed),
            changed=_some(change.routes.changed),
        )
        if was_refused:
            await self._say("ops.routes_mended", ())
        await self._warn(load.unknown)
        await self._spread(load)

    async def _spread(self, load: Load) -> None:
        """Let what is open follow the new routes now; a database that is away delays it a while."""
        by = Actor("operator", load.trigger.value)
        entry = AuditEntry(Act.ROUTES_RELOADED, "", by, load.at, {"hash": load.hash})
        with suppress(StoreUnavailableError):
            await self.store.commit(Unit((Audit(entry),)))
            if load.change:
                await take_over(self.store, self.book.rules, load.at)
            if self.heartbeats:
                await self.heartbeats.begin()

    async def _refused(self, load: Load) -> None:
        for problem in load.problems[:_MOST_TOLD]:
            self.observer.saw(
                "routes.refused",
                place=f"{problem.file}:{problem.line}:{problem.column}",
                path=problem.path,
                problem=problem.text,
                problems=len(load.problems),
                by=load.trigger.value,
                hash=load.hash,
            )
        await self._say("ops.routes_refused", load.problems)

    async def _has_changed(self) -> bool:
        now = await asyncio.to_thread(self.source.look)
        while now != self.source.known:
            await self.clock.sleep(_SETTLE_S)
            before, now = now, await asyncio.to_thread(self.source.look)
            if now == before:
                return now != self.source.known
        return False

    # --- names against the directory -------------------------------------------------------------

    async def _check_again(self) -> None:
        """Compare the routes in force with a newer directory."""
        async with self._one_at_a_time:
            self._checked_with = self.directory.current
            unknown = await _unknown(self.loaded, self._checked_with)
            if unknown != self.unknown:
                self.unknown = unknown
                await self._warn(unknown)

    async def _warn(self, unknown: tuple[Located, ...]) -> None:
        if unknown:
            names = _some(map(_line, unknown))
            self.observer.saw("routes.names_unknown", count=len(unknown), names=names)
            await self._say("ops.routes_unknown", unknown)

    async def _say(self, key: str, problems: tuple[Located, ...]) -> None:
        """Tell the operators; a database that is away does not keep the routes from changing."""
        told = self.operators.of_file(key, self.source.file.name, tuple(map(_line, problems)))
        with suppress(StoreUnavailableError):
            await self.store.commit(Unit(told))


async def _unknown(loaded: LoadedRoutes, directory: Directory) -> tuple[Located, ...]:
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


def _line(problem: Located) -> str:
    """Write a problem without the picture of its place."""
    return str(problem).partition("\n")[0]


def _some(names: Iterable[str]) -> list[str]:
    """Name so many that a line stays one."""
    listed = list(names)
    return listed if len(listed) <= _MOST_NAMED else [*listed[:_MOST_NAMED], "…"]

"""The routes in force follow their file: as a whole, or not at all.

The content is compared twice a second instead of waiting for events of the file system: a read
of some kilobytes costs nothing, follows every symlink, and works on network and container mounts,
where such events are lost. What was read is put in force in one assignment; an alert is routed by
the old file or by the new one, never by a mixture.
"""

import asyncio
from collections import deque
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from gateway.domain.audit import Act, Actor, AuditEntry
from gateway.domain.directory import Directory
from gateway.domain.errors import StoreUnavailableError
from gateway.domain.routing.changes import RoutesChange, routes_change
from gateway.ports.changes import Audit
from gateway.ports.clock import Clock
from gateway.ports.observer import Observer
from gateway.ports.store import Store, Unit
from gateway.routes.loads import Load, NoWayBack, Trigger
from gateway.routes.names import unknown_now
from gateway.routes.problems import Located, RoutesError
from gateway.routes.reading import LoadedRoutes
from gateway.routes.source import RoutesSource
from gateway.routes.versions import Kept, RolledBack, Versions, Written
from gateway.services.alerts.heartbeats import Heartbeats
from gateway.services.alerts.moving import take_over
from gateway.services.alerts.rules import RuleBook
from gateway.services.directory_sync import DirectoryKeeper
from gateway.services.operators import Operators

_SETTLE_S = 0.4
"""A file that changed must stay as it is for so long: it may be half written."""
_MOST_TOLD = 5
_MOST_NAMED = 20
_LOADS_KEPT = 20


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
    versions: Versions
    heartbeats: Heartbeats | None = None
    every_s: float = 0.5
    rolled_back: RolledBack | None = None
    loads: deque[Load] = field(init=False)
    taken_at: datetime = field(init=False)
    unknown: tuple[Located, ...] = field(default=(), init=False)
    _of_file: str = field(init=False)
    """The version that the file held when it was taken last."""
    _is_refused: bool = field(default=False, init=False)
    _heard_of: RolledBack | None = field(default=None, init=False)
    _checked_with: Directory | None = field(default=None, init=False)
    _one_at_a_time: asyncio.Lock = field(default_factory=asyncio.Lock, init=False)

    def __post_init__(self) -> None:
        """Begin with what the start has read."""
        self.taken_at = self.clock.now()
        first = Load(self.taken_at, Trigger.START, self.book.rules.hash, RoutesChange())
        self.loads = deque([first], maxlen=_LOADS_KEPT)
        self._heard_of = self.rolled_back
        self._of_file = self.rolled_back.rejected if self.rolled_back else first.hash

    @property
    def last(self) -> Load:
        """The newest reading of the file."""
        files = (each for each in reversed(self.loads) if each.trigger is not Trigger.ROLLBACK)
        return next(files, self.loads[0])

    async def run(self) -> None:
        """Follow file and directory until cancelled."""
        with suppress(StoreUnavailableError):
            await take_over(self.store, self.book.rules, self.clock.now())
            await self._keep(self.loads[-1])
        while True:
            if await self._has_changed():
                await self.reload(Trigger.CHANGE)
            elif self.directory.current is not self._checked_with:
                await self._check_again()
            await self._follow_others()
            await self.clock.sleep(self.every_s)

    async def reload(self, trigger: Trigger, who: str = "operator") -> Load:
        """Read the file and put it in force; a bad one changes nothing, and is told everywhere."""
        async with self._one_at_a_time:
            loaded, load = await self._read(self.source, trigger, who)
            self.loads.append(load)
            if loaded is None:
                await self._refused(load)
            else:
                await self._taken(loaded, load)
            return load

    async def rehearse(self, file: Path) -> Load:
        """Tell what it would come to if another file were in force, and do nothing."""
        return (await self.rehearsed(file))[1]

    async def rehearsed(self, file: Path) -> tuple[LoadedRoutes | None, Load]:
        """Do so, and give what was read; nothing when it cannot be used."""
        return await self._read(RoutesSource(file), Trigger.ASKED)

    async def _read(
        self, source: RoutesSource, trigger: Trigger, who: str = "operator"
    ) -> tuple[LoadedRoutes | None, Load]:
        rules, now = self.book.rules, self.clock.now()
        try:
            loaded = await asyncio.to_thread(source.load)
        except RoutesError as error:
            return None, Load(now, trigger, rules.hash, problems=error.problems, who=who)
        except Exception as error:  # noqa: BLE001 - whatever a file does to us, alerts go on
            fault = f"a fault of the gateway itself ({type(error).__name__}); please report it"
            problem = Located(str(source.file), 1, 1, "", fault)
            return None, Load(now, trigger, rules.hash, problems=(problem,))
        return loaded, await self._change_to(loaded, trigger, who)

    async def _change_to(self, loaded: LoadedRoutes, trigger: Trigger, who: str) -> Load:
        change = await asyncio.to_thread(routes_change, self.book.rules, loaded.routes)
        unknown = await unknown_now(loaded, self.directory.current)
        now = self.clock.now()
        return Load(now, trigger, loaded.routes.hash, change, unknown=unknown, who=who)

    # --- putting in force ------------------------------------------------------------------------

    async def _taken(self, loaded: LoadedRoutes, load: Load) -> None:
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
        if load.trigger is not Trigger.ROLLBACK:
            await self._is_of_file(load)
        await self._warn(load.unknown)
        await self._spread(load)

    async def _is_of_file(self, load: Load) -> None:
        """The file counts again, whatever was put back before."""
        self._of_file, rolled_back = load.hash, self.rolled_back
        self.rolled_back = None
        if self._is_refused:
            self._is_refused = False
            await self._say("ops.routes_mended", ())
        if rolled_back:
            with suppress(StoreUnavailableError):
                await self.versions.hold(None)

    async def _spread(self, load: Load) -> None:
        """Let what is open follow the new routes now; a database that is away delays it a while."""
        is_back = load.trigger is Trigger.ROLLBACK
        act = Act.ROUTES_ROLLED_BACK if is_back else Act.ROUTES_RELOADED
        by = Actor(load.who, load.trigger.value)
        entry = AuditEntry(act, "", by, load.at, {"hash": load.hash})
        with suppress(StoreUnavailableError):
            await self.store.commit(Unit((Audit(entry),)))
            await self._keep(load)
            if load.change:
                await take_over(self.store, self.book.rules, load.at)
            if self.heartbeats:
                await self.heartbeats.begin()

    async def _keep(self, load: Load) -> None:
        written = Written(self.loaded.document.text, self.loaded.calendars)
        await self.versions.keep(Kept(load.hash, load.at, load.who), written)

    async def _refused(self, load: Load) -> None:
        self._is_refused = True
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

    # --- putting back ----------------------------------------------------------------------------

    async def roll_back(self, version: str, who: str) -> Load | NoWayBack:
        """Put a version back that was in force before; an empty one names the last of them.

        It holds, also over a restart and for other processes, until the file changes or is asked
        to be read again. The file is not touched.

        Raises:
            StoreUnavailableError: nothing was put back.
            RoutesError: a newer gateway does not understand this version any more.
        """
        async with self._one_at_a_time:
            found = await self._version(version)
            if isinstance(found, NoWayBack):
                return found
            to = RolledBack(found, self._of_file, self.clock.now(), who)
            loaded = await self._kept(to.hash)
            if loaded is None:
                return NoWayBack.UNKNOWN
            await self.versions.hold(to if found != self._of_file else None)
            return await self._put_back(to, loaded)

    async def _version(self, version: str) -> str | NoWayBack:
        now = self.book.rules.hash
        kept = [each.hash for each in await self.versions.history()]
        if not version:
            others = [each for each in kept if each != now]
            return others[-1] if others else NoWayBack.NOTHING_BEFORE
        found = [each for each in kept if each.startswith(version)]
        if len(found) != 1:
            return NoWayBack.UNKNOWN
        return NoWayBack.IN_FORCE if found[0] == now else found[0]

    async def _kept(self, version: str) -> LoadedRoutes | None:
        written = await self.versions.written(version)
        name = str(self.source.file)
        return await asyncio.to_thread(written.read, name, version) if written else None

    async def _put_back(self, to: RolledBack, loaded: LoadedRoutes) -> Load:
        load = await self._change_to(loaded, Trigger.ROLLBACK, to.who)
        self.loads.append(load)
        self.rolled_back = self._heard_of = to if to.hash != self._of_file else None
        await self._taken(loaded, load)
        return load

    async def _follow_others(self) -> None:
        """Do what an operator asked of another process on this database, for the same file."""
        with suppress(StoreUnavailableError, RoutesError):
            async with self._one_at_a_time:
                to = await self.versions.rolled_back()
                is_news = to and to != self._heard_of
                self._heard_of = to
                is_ours = to and to.rejected == self._of_file != to.hash
                if to and is_news and is_ours and (loaded := await self._kept(to.hash)):
                    await self._put_back(to, loaded)

    # --- noticing --------------------------------------------------------------------------------

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
            unknown = await unknown_now(self.loaded, self._checked_with)
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


def _line(problem: Located) -> str:
    """Write a problem without the picture of its place."""
    return str(problem).partition("\n")[0]


def _some(names: Iterable[str]) -> list[str]:
    """Name so many that a line stays one."""
    listed = list(names)
    return listed if len(listed) <= _MOST_NAMED else [*listed[:_MOST_NAMED], "…"]

"""The directory in memory: read from the database at start, from the pager now and then.

No page ever looks a name up at the pager: the budget for asking is the budget for sending.
"""

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from gateway.domain.directory import Directory, DirectorySnapshot, NoSets, Sets
from gateway.domain.directory_changes import DirectoryChange, directory_change
from gateway.domain.errors import PagerError, StoreUnavailableError
from gateway.domain.ids import ExtensionNumber
from gateway.ports.changes import SaveDirectory
from gateway.ports.clock import Clock
from gateway.ports.observer import Observer
from gateway.ports.pager import PeopleDirectory
from gateway.ports.store import Store, Unit
from gateway.services.name_search import NameSearch

NEVER = datetime(1970, 1, 1, tzinfo=UTC)
_RETRY_S = 15.0
_A_MOMENT_S = 5.0
_PATIENCE_S = 1.5
"""A command has to be answered within three seconds."""


@dataclass
class DirectoryKeeper:
    """Holds the newest directory; `current` is always usable, at worst empty.

    `fresh` says whether the last reading worked; else `trouble` is its error code, empty while
    none has ended yet.
    """

    source: PeopleDirectory
    store: Store
    clock: Clock
    observer: Observer
    sets: Sets = field(default_factory=NoSets)
    refresh_s: float = 600.0
    managers: Mapping[ExtensionNumber, tuple[ExtensionNumber, ...]] = field(default_factory=dict)
    current: Directory = field(init=False)
    search: NameSearch = field(init=False)
    fresh: bool = field(default=False, init=False)
    trouble: str = field(default="", init=False)
    _took_s: float = field(default=0.0, init=False)
    _one_at_a_time: asyncio.Lock = field(default_factory=asyncio.Lock, init=False)

    def __post_init__(self) -> None:
        """Begin empty."""
        self._take_up(DirectorySnapshot((), (), NEVER))

    @property
    def known(self) -> bool:
        """Whether it was ever read, by this run or one before; until then nobody has a name."""
        return self.current.snapshot.taken_at != NEVER

    async def sure(self) -> bool:
        """Whether it may keep a page back: the last reading went well, and none was missed.

        It is read again for that, unless that was done a moment ago, or takes longer than somebody
        who typed a command can wait.
        """
        due = self._age_s() > _A_MOMENT_S and self._took_s < _PATIENCE_S
        if due and not await self.refresh_in_time():
            return False
        return self.fresh and self._age_s() <= 2 * self.refresh_s

    def _age_s(self) -> float:
        return (self.clock.now() - self.current.snapshot.taken_at).total_seconds()

    async def remember(self) -> None:
        """Take up what the last run knew, so that names work while the pager is away."""
        kept = await self.store.directory()
        if kept:
            self._take_up(kept)

    async def run(self) -> None:
        """Refresh on a timer until cancelled; at once unless somebody just did."""
        fresh = self.fresh
        while True:
            fresh = fresh or await self.refresh()
            await self.clock.sleep(self.refresh_s if fresh else _RETRY_S)
            fresh = False

    async def refresh_in_time(self) -> bool:
        """Read it afresh for somebody who waits; `False` when that failed, or takes too long."""
        try:
            async with asyncio.timeout(_PATIENCE_S):
                return await self.refresh()
        except TimeoutError:
            return False

    async def refresh(self) -> bool:
        """Read the directory afresh; `False` when that failed and the old one stays."""
        async with self._one_at_a_time:
            began = self.clock.monotonic()
            try:
                snapshot = await self.source.load()
            except PagerError as error:
                self.fresh, self.trouble = False, error.code
                self.observer.saw("directory.unread", error_code=error.code)
                return False
            self._take_up(snapshot)
            self.fresh, self.trouble = True, ""
            self._took_s = self.clock.monotonic() - began
            # It serves from memory; a database that is away costs only the next start.
            with suppress(StoreUnavailableError):
                await self.store.commit(Unit((SaveDirectory(snapshot),)))
            self.observer.saw(
                "directory.read",
                extensions=len(snapshot.extensions),
                departments=len(snapshot.departments),
            )
            return True

    async def reread(self) -> DirectoryChange | None:
        """Read the directory afresh for an operator; `None` when that failed."""
        before = self.current.snapshot
        read = await self.refresh()
        return directory_change(before, self.current.snapshot) if read else None

    async def rehearse(self) -> DirectoryChange:
        """Read the directory, tell what is different, and take nothing up.

        Raises:
            PagerError: it could not be read.
        """
        async with self._one_at_a_time:
            after = self._completed(await self.source.load())
            return directory_change(self.current.snapshot, after)

    def _take_up(self, snapshot: DirectorySnapshot) -> None:
        """Replace directory and index together."""
        self.current = Directory(self._completed(snapshot), self.sets)
        self.search = NameSearch(self.current)

    def _completed(self, snapshot: DirectorySnapshot) -> DirectorySnapshot:
        """Add the managers an operator named where the pager names none."""
        departments = tuple(
            replace(d, managers=d.managers or self.managers.get(d.number, ()))
            for d in snapshot.departments
        )
        return replace(snapshot, departments=departments)

"""Silences at run time: added, prolonged and ended by people; every change leaves who and when.

Those of the routes file are in force as well, and can be changed there only. All processes on one
database see the same: rows are read whenever a group is looked at.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import lru_cache

from pydantic import TypeAdapter

from gateway.domain.audit import Act, Actor, AuditEntry
from gateway.domain.routing.matchers import Matcher, all_match, parse_matchers
from gateway.domain.routing.silences import (
    KeptSilence,
    Silence,
    SilenceDeed,
    SilenceEntry,
    SilenceProblem,
    check_silence,
    expire,
    extend,
)
from gateway.ports.changes import Audit, Change, Once, SaveSilence
from gateway.ports.clock import Clock
from gateway.ports.ids import Ids
from gateway.ports.observer import Observer
from gateway.ports.store import Committed, Store, Unit
from gateway.services.alerts.desk import filed
from gateway.services.alerts.records import look_at
from gateway.services.alerts.rules import RuleBook

_TRIES = 5
_MOST_INCIDENTS = 10_000
_REMEMBERED = timedelta(days=30)
"""How long an ended silence is still found by its id, and listed where ended ones are asked for."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A silence somebody asks for. Without `starts_at` it begins now."""

    matchers: tuple[Matcher, ...]
    author: str
    comment: str
    lasts: timedelta
    starts_at: datetime | None = None


@dataclass(frozen=True)
class Silencing:
    """Keeps silences."""

    store: Store
    clock: Clock
    ids: Ids
    observer: Observer
    book: RuleBook

    async def in_force(self) -> tuple[Silence, ...]:
        """List what may mute alerts now or later."""
        rows = await self.store.silences(self.clock.now())
        return (*self.book.rules.silences, *(_read(row).silence for row in rows))

    async def listed(self, *, ended: bool = False) -> tuple[KeptSilence, ...]:
        """List silences with their record, the first to end first; `ended` adds those of late."""
        now = self.clock.now()
        rows = await self.store.silences(now - _REMEMBERED if ended else now)
        of_file = (KeptSilence(each) for each in self.book.rules.silences)
        shown = (each for each in of_file if ended or each.silence.ends_at > now)
        both = (*shown, *map(_read, rows))
        return tuple(sorted(both, key=lambda each: (each.silence.ends_at, each.silence.id)))

    async def add(
        self, wanted: Wanted, key: str = "", actor: Actor | None = None
    ) -> KeptSilence | SilenceProblem:
        """Begin to silence. A repeat of what somebody did under a `key` adds no second one.

        Raises:
            StoreUnavailableError: nothing was recorded.
        """
        now = self.clock.now()
        begins = wanted.starts_at or now
        silence = Silence(
            "", wanted.matchers, wanted.author, wanted.comment, begins, begins + wanted.lasts
        )
        if problem := check_silence(silence, now):
            return problem
        while True:
            named = replace(silence, id=self.ids.ref("sl"))
            kept = KeptSilence(named).noted(named, now, SilenceDeed.ADDED, wanted.author)
            if await self._write(kept, kept.silence, key, actor):
                return kept

    async def extend(self, id_: str, until: datetime, by: str) -> KeptSilence | SilenceProblem:
        """Move the end of a silence, later or earlier.

        Raises:
            StoreUnavailableError: nothing was recorded.
        """
        return await self._change(id_, SilenceDeed.EXTENDED, by, until)

    async def expire(
        self, id_: str, by: str, actor: Actor | None = None
    ) -> KeptSilence | SilenceProblem:
        """End a silence now; alerts that still fire are told without delay.

        Raises:
            StoreUnavailableError: nothing was recorded.
        """
        return await self._change(id_, SilenceDeed.EXPIRED, by, actor=actor)

    async def ended_by(self, id_: str) -> str:
        """Tell who ended a silence before its time; empty when nobody did."""
        found = await self._find(id_)
        last = found.history[-1] if isinstance(found, KeptSilence) else None
        return last.by if last and last.deed is SilenceDeed.EXPIRED else ""

    async def _change(
        self,
        id_: str,
        deed: SilenceDeed,
        by: str,
        until: datetime | None = None,
        actor: Actor | None = None,
    ) -> KeptSilence | SilenceProblem:
        """Decide on what is kept; somebody else's change meanwhile makes us decide again."""
        for _ in range(_TRIES):
            found = await self._find(id_)
            if isinstance(found, SilenceProblem):
                return found
            if not by.strip():
                return SilenceProblem.NO_AUTHOR
            now = self.clock.now()
            after = extend(found.silence, until, now) if until else expire(found.silence, now)
            if isinstance(after, SilenceProblem):
                return after
            kept = found.noted(after, now, deed, by)
            if await self._write(kept, found.silence, actor=actor):
                return kept
        return SilenceProblem.UNKNOWN

    async def _find(self, id_: str) -> KeptSilence | SilenceProblem:
        if any(each.id == id_ for each in self.book.rules.silences):
            return SilenceProblem.IN_THE_FILE
        rows = await self.store.silences(self.clock.now() - _REMEMBERED)
        found = (kept for kept in map(_read, rows) if kept.silence.id == id_)
        return next(found, SilenceProblem.UNKNOWN)

    async def _write(
        self, kept: KeptSilence, before: Silence, key: str = "", actor: Actor | None = None
    ) -> bool:
        """Write the next version of a silence; false when somebody else wrote that one."""
        silence, entry = kept.silence, kept.history[-1]
        save = SaveSilence(silence.id, _written(kept), silence.ends_at)
        by = actor or Actor(entry.by, "control")
        noted = Audit(AuditEntry(Act(f"silence.{entry.deed}"), silence.id, by, entry.at))
        changes: tuple[Change, ...] = (save, noted, *await self._wakings((before, silence)))
        changes = (Once(key, changes),) if key else changes
        once = f"silence:{silence.id}:{len(kept.history)}"
        if await self.store.commit(Unit(changes, once=once)) is not Committed.DONE:
            return False
        self.observer.saw(f"silence.{entry.deed}", silence=silence.id, by=entry.by)
        return True

    async def _wakings(self, silences: Sequence[Silence]) -> tuple[Change, ...]:
        """Have every group looked at that fires what one of these mutes."""
        now = self.clock.now()
        open_ = [filed(each) for each in await self.store.open_incidents(_MOST_INCIDENTS)]
        groups = (each.incident.grouping for each in open_)
        keys = (
            group.key
            for group in groups
            if group
            and any(
                all_match(silence.matchers, alert.labels)
                for silence in silences
                for alert in group.unsorted
            )
        )
        return tuple(look_at(key, now) for key in dict.fromkeys(keys))


# --- rows --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Row:
    """How a silence is written."""

    id: str
    matchers: tuple[str, ...]
    author: str
    comment: str
    starts_at: datetime
    ends_at: datetime
    history: tuple[SilenceEntry, ...]


_ROWS = TypeAdapter(_Row)


def _written(kept: KeptSilence) -> str:
    silence = kept.silence
    row = _Row(
        silence.id,
        tuple(map(str, silence.matchers)),
        silence.author,
        silence.comment,
        silence.starts_at,
        silence.ends_at,
        kept.history,
    )
    return _ROWS.dump_json(row).decode()


@lru_cache(maxsize=1024)
def _read(facts: str) -> KeptSilence:
    """Read a row; remembered, because patterns take time to compile and rows rarely change."""
    row = _ROWS.validate_json(facts)
    matchers = tuple(matcher for text in row.matchers for matcher in parse_matchers(text))
    silence = Silence(row.id, matchers, row.author, row.comment, row.starts_at, row.ends_at)
    return KeptSilence(silence, row.history)

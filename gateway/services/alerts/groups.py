"""The time to look at a group has come: take in what was said, tell what is due.

What a group tells and when is `gateway.domain.routing`'s; here it becomes changes, all in the
transaction that moves the group on.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial

from typing_extensions import override

from gateway.domain.ids import ExtensionNumber, Ref
from gateway.domain.incidents import Incident
from gateway.domain.outbound import Wake, Waking
from gateway.domain.routing.fates import Fate
from gateway.domain.routing.flushing import Flushed, GroupNotice, Surroundings, flush
from gateway.domain.routing.grouping import AlertGroup
from gateway.domain.routing.silences import Silence, next_turn
from gateway.domain.routing.tree import Route
from gateway.ports.changes import Change, SetFates
from gateway.ports.clock import Clock
from gateway.ports.ids import Ids
from gateway.ports.store import Store
from gateway.services.alerts.budget import PageBudget, is_put_by
from gateway.services.alerts.causes import Causes
from gateway.services.alerts.desk import Desk, Filed
from gateway.services.alerts.hearing import Hearing, Said
from gateway.services.alerts.heartbeats import Heartbeats
from gateway.services.alerts.moving import departure, is_stale, others_are_newer
from gateway.services.alerts.notifying import Notifying
from gateway.services.alerts.patience import Patience
from gateway.services.alerts.quiet import unmuted
from gateway.services.alerts.records import look_at
from gateway.services.alerts.rules import RuleBook
from gateway.services.alerts.silencing import Silencing
from gateway.services.alerts.watch import Watch
from gateway.services.aside import aside
from gateway.services.consequences import Wakings

_LEFT_TO_OTHERS = timedelta(seconds=2)
_UNTIL_HEARD = timedelta(seconds=5)
_AT_ONCE = 4
"""So many groups are looked at at a time: whatever a person waits for comes in between."""


@dataclass(frozen=True)
class Groups(Wakings):
    """Looks after groups; hands incidents whose time has come to the watch."""

    store: Store
    clock: Clock
    ids: Ids
    book: RuleBook
    desk: Desk
    hearing: Hearing
    notifying: Notifying
    watch: Watch
    silencing: Silencing
    budget: PageBudget
    causes: Causes
    heartbeats: Heartbeats
    patience: Patience
    _turns: asyncio.Semaphore = field(
        default_factory=lambda: asyncio.Semaphore(_AT_ONCE), init=False
    )

    @override
    async def due(self, wake: Wake) -> tuple[Change, ...]:
        match wake.what:
            case Waking.GROUP:
                async with self._turns:
                    return await self._look(wake.key)
            case Waking.INCIDENT:
                return await self.watch.due(Ref(wake.key))
            case Waking.HEARTBEAT:
                return await self.heartbeats.due(wake.key)
            case Waking.BUDGET:
                return await self.budget.due(ExtensionNumber(wake.key))
            case Waking.CORRECTION:
                return ()  # of threads, which `Consequences` asks elsewhere

    async def _look(self, key: str) -> tuple[Change, ...]:
        """Decide by one version of the routes; what was decided by two is decided again."""
        while True:
            rules = self.book.rules
            try:
                changes = await self._decided(key)
            except LookupError:
                # A route of one version asks for a receiver that the other has no more.
                if self.book.rules is rules:
                    raise
            else:
                if self.book.rules is rules:
                    return changes

    async def _decided(self, key: str) -> tuple[Change, ...]:
        before = await self.desk.of_group(key)
        said, now = await self.hearing.said(key, before), self.clock.now()
        rules, incident = self.book.rules, before.incident if before else None
        newest = said.newest
        is_old = is_stale(rules, incident, newest)
        if is_old and await others_are_newer(self.store, rules, now):
            return (look_at(key, now + _LEFT_TO_OTHERS),)
        leaving = await departure(self.store, rules, incident, key, newest)
        said = self.hearing.without(said, leaving, key)
        onward = said.leaving.onward(rules, key, now)
        route = self._route(before, said)
        if not self.notifying.reaches(route):
            return (look_at(key, now + _UNTIL_HEARD),)
        grouping = incident.grouping if incident else None
        observed = partial(self.hearing.observed, grouping, route, said)
        seen = await aside(observed, len(said.records))
        if seen.group is None:
            self.patience.looked(key, None, now)
            return (*onward, *_came_to(seen.fates))
        silences = await self.silencing.in_force()
        group = unmuted(seen.group, silences, now)
        flushed = Flushed(group)
        if now >= group.due_at and said.all_read:
            flushed = flush(group, route, await self._around(group, silences), now)
        filed = self._file(before, group, route, said)
        told = await self.notifying.told(filed, flushed, route, said, silences)
        fates = {**seen.fates, **flushed.fates, **_told_singly(flushed.notice, told)}
        again = self._again(key, flushed.group, said, silences)
        return (*told, *onward, *_came_to(fates), *again)

    async def _around(self, group: AlertGroup, silences: Sequence[Silence]) -> Surroundings:
        """Gather what can hold alerts back now: causes that fire, silences, times, flapping."""
        rules = self.book.rules
        return Surroundings(
            sources=await self.causes.around(group),
            silences=silences,
            time_intervals=rules.time_intervals,
            flapping=rules.flapping,
        )

    def _route(self, before: Filed | None, said: Said) -> Route:
        """Find the route by which this group came; the root ends what the file has lost."""
        keys = [record.route for _, record in said.records]
        keys += [before.incident.route] if before else []
        found = (self.book.rules.tree.route(key) for key in keys)
        return next((route for route in found if route), self.book.rules.tree.root)

    def _file(self, before: Filed | None, group: AlertGroup, route: Route, said: Said) -> Filed:
        """Find the incident this group's present life belongs to, or open a new one."""
        if before and _same_life(before.incident, group):
            return before
        newest = said.records[0][1].alert
        incident = Incident(
            ref=self.ids.ref("al"),
            group=group.key,
            route=route.key,
            receiver=route.settings.receiver,
            severity=newest.severity,
            title=newest.title,
            text=newest.text,
            opened_at=group.opened_at,
        )
        return Filed(incident, version=0)

    def _again(
        self, key: str, group: AlertGroup | None, said: Said, silences: Sequence[Silence]
    ) -> tuple[Change, ...]:
        """Set the next time to look: when something is due, or at once if there was too much."""
        now = self.clock.now()
        self.patience.looked(key, group, now)
        if group is None:
            return ()
        turn = next_turn((alert.labels for alert in group.unsorted), silences, now)
        at = max(min(group.due_at, turn or group.due_at), now) if said.all_read else now
        return (look_at(key, at),)


def _told_singly(notice: GroupNotice | None, told: tuple[Change, ...]) -> dict[str, Fate]:
    """Of what pagers do not hear nothing waits: it is told in the chat."""
    if notice is None or any(map(is_put_by, told)):
        return {}
    return dict.fromkeys(notice.traces, Fate.PAGED)


def _came_to(fates: Mapping[str, Fate]) -> tuple[Change, ...]:
    """Write down what became of events; their traces are the ids of the record's entries."""
    return (SetFates({int(trace): fate for trace, fate in fates.items()}),) if fates else ()


def _same_life(incident: Incident, group: AlertGroup) -> bool:
    return incident.grouping is not None and incident.grouping.opened_at == group.opened_at

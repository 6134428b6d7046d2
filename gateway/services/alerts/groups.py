"""The time to look at a group has come: take in what was said, tell what is due.

What a group tells and when is `gateway.domain.routing`'s; here it becomes a page, a card in the
chat and a line in the thread, all in the transaction that moves the group on.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from typing_extensions import override

from gateway.domain.alerts import Alert, AlertStatus
from gateway.domain.deliveries import AlertNews, Notice, Wake, Waking
from gateway.domain.errors import FactValue
from gateway.domain.ids import ExtensionNumber, Ref
from gateway.domain.incidents import Deed, Entry, Firing, Incident
from gateway.domain.routing.fates import Fate
from gateway.domain.routing.flapping import FlapPolicy
from gateway.domain.routing.flushing import Flushed, GroupNotice, Reason, Surroundings, flush
from gateway.domain.routing.grouping import AlertGroup, Observed, observe, withdraw
from gateway.domain.routing.silences import Silence, next_turn
from gateway.domain.routing.tree import Route
from gateway.ports.clock import Clock
from gateway.ports.ids import Ids
from gateway.ports.observer import Observer
from gateway.ports.store import AlertEvent, Change, SetFates, Store
from gateway.services.alerts.budget import PageBudget, is_put_by
from gateway.services.alerts.causes import Causes
from gateway.services.alerts.desk import Desk, Filed, written
from gateway.services.alerts.heartbeats import Heartbeats, return_of
from gateway.services.alerts.moving import NOBODY, Departure, departure, is_stale, others_are_newer
from gateway.services.alerts.parting import Partings
from gateway.services.alerts.quiet import Quiet, hushed_by, over_unheard, turns, unmuted
from gateway.services.alerts.reach import Reach
from gateway.services.alerts.records import RECORDS, Record, identity, look_at
from gateway.services.alerts.rules import RuleBook
from gateway.services.alerts.sayings import (
    answered_by_source,
    ends,
    flapping_facts,
    reopens,
    routed_alert,
    taken,
    takes_over,
)
from gateway.services.alerts.voice import Voice, news_of
from gateway.services.alerts.watch import Watch
from gateway.services.consequences import Wakings
from gateway.text.alerts import SHOWN_MOST
from gateway.text.words import Words

_MOST_EVENTS = 5000
_LEFT_TO_OTHERS = timedelta(seconds=2)


@dataclass(frozen=True, slots=True)
class _Said:
    """What was said since the last look, where the record goes on, and who leaves now.

    `aside` are entries about alerts that other groups look after. With `all_read` nothing more
    was waiting.
    """

    records: tuple[tuple[AlertEvent, Record], ...]
    cursor: int
    all_read: bool
    leaving: Departure = NOBODY
    aside: frozenset[int] = frozenset()

    @property
    def newest(self) -> dict[str, Record]:
        """Give the newest entry about each alert."""
        said = (record for _, record in self.records if record.alert.status is not AlertStatus.ACK)
        return {identity(record.alert): record for record in said}

    @property
    def alerts(self) -> dict[str, Alert]:
        """Give the newest saying about each alert."""
        return {key: record.alert for key, record in self.newest.items()}


@dataclass(frozen=True)
class Groups(Wakings):
    """Looks after groups; hands incidents whose time has come to the watch."""

    store: Store
    clock: Clock
    ids: Ids
    observer: Observer
    book: RuleBook
    desk: Desk
    voice: Voice
    reach: Reach
    watch: Watch
    quiet: Quiet
    partings: Partings
    budget: PageBudget
    causes: Causes
    words: Words
    heartbeats: Heartbeats

    @override
    async def due(self, wake: Wake) -> tuple[Change, ...]:
        match wake.what:
            case Waking.GROUP:
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
        said, now = await self._read(key, before), self.clock.now()
        rules, incident = self.book.rules, before.incident if before else None
        newest = said.newest
        is_old = is_stale(rules, incident, newest)
        if is_old and await others_are_newer(self.store, rules, now):
            return (look_at(key, now + _LEFT_TO_OTHERS),)
        leaving = await departure(self.store, rules, incident, key, newest)
        said = self._parted(said, leaving, key)
        onward = said.leaving.onward(rules, key, now)
        route = self._route(before, said)
        seen = self._observed(incident.grouping if incident else None, route, said)
        if seen.group is None:
            return (*onward, *_came_to(seen.fates))
        silences = await self.quiet.silencing.in_force()
        group = unmuted(seen.group, silences, now)
        flushed = Flushed(group)
        if now >= group.due_at and said.all_read:
            flushed = flush(group, route, await self._around(group, silences), now)
        filed = self._file(before, group, route, said)
        told = await self._told(filed, flushed, route, said, silences)
        fates = {**seen.fates, **flushed.fates, **_told_singly(flushed.notice, told)}
        again = self._again(key, flushed.group, said, silences)
        return (*told, *onward, *_came_to(fates), *again)

    async def _read(self, key: str, before: Filed | None) -> _Said:
        cursor = before.incident.cursor if before else 0
        events = await self.store.alert_events(key, cursor, _MOST_EVENTS)
        records = tuple((event, RECORDS.validate_json(event.facts)) for event in events)
        is_all = len(records) < _MOST_EVENTS
        return _Said(records, events[-1].id if events else cursor, is_all)

    def _parted(self, said: _Said, leaving: Departure, key: str) -> _Said:
        """Set aside what is no longer this group's."""
        rules = self.book.rules
        aside = {e.id for e, record in said.records if leaving.concerns(record, rules, key)}
        stays = tuple(each for each in said.records if each[0].id not in aside)
        return replace(said, records=stays, leaving=leaving, aside=frozenset(aside))

    def _observed(self, group: AlertGroup | None, route: Route, said: _Said) -> Observed:
        """Take in what was said, but for who leaves, and let those go who were here."""
        policy = self.book.rules.flapping
        fates = dict.fromkeys(map(str, said.aside), Fate.SETTLED)
        for event, record in said.records:
            if record.alert.status is AlertStatus.ACK:
                fates[str(event.id)] = Fate.SETTLED
                group = taken(group, record.alert, event.at)
                continue
            alert = routed_alert(record.alert, str(event.id), group)
            observed = observe(group, route, (alert,), event.at, policy)
            group = observed.group
            fates.update(observed.fates)
        if group and said.leaving.keys:
            parted = withdraw(group, said.leaving.keys, route, self.clock.now(), policy)
            return Observed(parted.group, {**fates, **parted.fates})
        return Observed(group, fates)

    async def _around(self, group: AlertGroup, silences: Sequence[Silence]) -> Surroundings:
        """Gather what can hold alerts back now: causes that fire, silences, times, flapping."""
        rules = self.book.rules
        return Surroundings(
            sources=await self.causes.around(group),
            silences=silences,
            time_intervals=rules.time_intervals,
            flapping=rules.flapping,
        )

    def _route(self, before: Filed | None, said: _Said) -> Route:
        """Find the route by which this group came; the root ends what the file has lost."""
        keys = [record.route for _, record in said.records]
        keys += [before.incident.route] if before else []
        found = (self.book.rules.tree.route(key) for key in keys)
        return next((route for route in found if route), self.book.rules.tree.root)

    def _file(self, before: Filed | None, group: AlertGroup, route: Route, said: _Said) -> Filed:
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

    async def _told(
        self,
        filed: Filed,
        flushed: Flushed,
        route: Route,
        said: _Said,
        silences: Sequence[Silence],
    ) -> tuple[Change, ...]:
        now, group = self.clock.now(), flushed.group
        version = self.book.rules.hash
        incident = _showing(filed.incident, group, said.alerts, now)
        incident = replace(incident, cursor=said.cursor, grouping=group, routes=version)
        silenced = hushed_by(incident, group, silences, now)
        changes: tuple[Change, ...] = ()
        if flushed.notice:
            incident = incident.heard(now) if incident.silenced and not silenced else incident
            parting = self.partings.of_some(incident, said.leaving, now)
            incident, changes = await self._say(incident, flushed.notice, route, now)
            changes += parting
        elif incident.notified_at and said.leaving.alerts:
            incident, changes = await self.partings.of(incident, group, said.leaving, now)
        elif incident.notified_at and over_unheard(incident, group):
            incident, changes = await self.quiet.ended_unheard(incident, now)
        elif turns(incident, silenced):
            incident, changes = await self.quiet.turned(incident, silenced, now)
        elif incident.notified_at and _looks_else(filed.incident, incident):
            changes = await self.voice.show(incident)
        if takes_over(filed.incident, incident):
            incident, more = await self._taken(incident)
            changes += more
        is_open = group is not None and group.closed_at is None
        return (written(filed, incident, open_=is_open), *changes)

    async def _say(
        self, incident: Incident, notice: GroupNotice, route: Route, now: datetime
    ) -> tuple[Incident, tuple[Change, ...]]:
        self.observer.saw("incident.told", page_id=incident.ref, reason=notice.reason.value)
        told = replace(incident, notified_at=now)
        if notice.reason is Reason.NEW or incident.notified_at is None:
            return self._begin(told, notice, route, now)
        if reopens(told, notice):
            told = told.reopened(now)
        if ends(told, notice):
            told = told.resolved("", now)
        page = self._page_text(told, notice)
        note = _line(told, notice, now, self.book.rules.flapping)
        changes = (
            *(self.voice.follow_up(told, page, _news(told, notice)) if page else ()),
            *(self.voice.tell(told.ref, note) if note else ()),
            *self.voice.name(told.ref, _unnamed(told, notice)),
            *await self.voice.show(told),
            *self.watch.next_look(told),
        )
        return told, changes

    async def _taken(self, incident: Incident) -> tuple[Incident, tuple[Change, ...]]:
        """Its source says that somebody takes care of it."""
        after = answered_by_source(incident)
        at = after.acknowledged_at or after.opened_at
        facts: dict[str, FactValue] = {"name": after.acknowledged_by, "at": at.isoformat()}
        return after, (
            *self.voice.tell(after.ref, Notice("alert.acknowledged", facts)),
            *await self.voice.show(after),
            *self.watch.next_look(after),
        )

    def _begin(
        self, incident: Incident, notice: GroupNotice, route: Route, now: datetime
    ) -> tuple[Incident, tuple[Change, ...]]:
        receiver = self.book.rules.receiver(route)
        to = self.reach.numbers(receiver.page, now)
        opened = replace(incident, told=to, clock_from=now)
        opened = opened.noted(Entry(now, Deed.OPENED, detail=receiver.name))
        text, news = self.words.incident_page(opened), _news(opened, notice)
        begun = self.voice.begin(opened, receiver.channel, text, news)
        named = self.voice.name(opened.ref, _unnamed(opened, notice)) if receiver.channel else ()
        return opened, (*begun, *named, *self.watch.next_look(opened))

    def _page_text(self, incident: Incident, notice: GroupNotice) -> str:
        """What pagers hear; nothing for what only the chat needs to show."""
        match notice.reason:
            case Reason.REOPENED:
                return self.words.incident_page(incident)
            case Reason.RESOLVED:
                return self.words.incident_over(incident)
            case Reason.GREW:
                return self.words.incident_grew(incident)
            case Reason.REPEAT:
                return self.words.incident_repeated(incident)
            case Reason.FLAPPING:
                return self.words.incident_flapping(incident)
            case Reason.STABLE if notice.firing:
                return self.words.incident_stable(incident)
            case Reason.STABLE:
                return self.words.incident_over(incident)
            case Reason.NEW | Reason.SHRANK:
                return ""

    def _again(
        self, key: str, group: AlertGroup | None, said: _Said, silences: Sequence[Silence]
    ) -> tuple[Change, ...]:
        """Set the next time to look: when something is due, or at once if there was too much."""
        if group is None:
            return ()
        now = self.clock.now()
        turn = next_turn((alert.labels for alert in group.firing), silences, now)
        at = max(min(group.due_at, turn or group.due_at), now) if said.all_read else now
        return (look_at(key, at),)


def _line(
    incident: Incident, notice: GroupNotice, now: datetime, flapping: FlapPolicy
) -> Notice | None:
    """Write the line of the story that the thread gets."""
    ref = incident.ref
    minutes = round((now - incident.opened_at).total_seconds() / 60)
    match notice.reason:
        case Reason.REOPENED:
            return Notice("alert.reopened", {"ref": ref})
        case Reason.RESOLVED:
            return Notice("alert.resolved", {"ref": ref, "minutes": minutes})
        case Reason.GREW:
            return Notice("alert.grew", {"ref": ref, "count": len(incident.firing)})
        case Reason.FLAPPING:
            return Notice("alert.flapping", flapping_facts(incident, notice, flapping))
        case Reason.STABLE:
            return Notice("alert.stable", {"ref": ref, "state": incident.state.value})
        case Reason.NEW | Reason.REPEAT | Reason.SHRANK:
            return None


def _news(incident: Incident, notice: GroupNotice) -> AlertNews:
    over = notice.reason is Reason.RESOLVED
    alerts = notice.resolved if over else notice.firing
    return news_of(incident, alerts, notice.traces, over=over)


def _unnamed(incident: Incident, notice: GroupNotice) -> list[str]:
    """List what is new, unless the card has room for everything that fires."""
    if len(incident.firing) <= SHOWN_MOST:
        return []
    return [firing.title for firing in incident.firing if firing.key in notice.new]


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


def _showing(
    incident: Incident, group: AlertGroup | None, said: dict[str, Alert], now: datetime
) -> Incident:
    """Bring what the card shows up to what fires now."""
    if group is None:
        return incident
    firing = tuple(_firing(group, {f.key: f for f in incident.firing}, said))
    resolved = sum(not member.alert.firing for member in group.members.values())
    shown = incident.taking(firing, resolved, now)
    back = None if firing else return_of(said.values())
    return replace(shown, title=back.title, text=back.text) if back else shown


def _firing(
    group: AlertGroup, shown: dict[str, Firing], said: dict[str, Alert]
) -> Iterator[Firing]:
    for routed in group.firing:
        alert = said.get(routed.key)
        if alert:
            yield Firing(routed.key, alert.title, alert.text, alert.severity, alert.starts_at)
        elif routed.key in shown:
            yield shown[routed.key]


def _looks_else(before: Incident, after: Incident) -> bool:
    return (before.firing, before.resolved_alerts) != (after.firing, after.resolved_alerts)

"""What a look at a group tells: a page, a card in the chat, a line in the thread."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from gateway.domain.alerts import Alert
from gateway.domain.errors import FactValue
from gateway.domain.incidents import Deed, Entry, Firing, Incident
from gateway.domain.outbound import AlertNews, Notice
from gateway.domain.routing.flapping import FlapPolicy
from gateway.domain.routing.flushing import Flushed, GroupNotice, Reason
from gateway.domain.routing.grouping import AlertGroup
from gateway.domain.routing.silences import Silence
from gateway.domain.routing.tree import Route
from gateway.ports.changes import Change
from gateway.ports.clock import Clock
from gateway.ports.observer import Observer
from gateway.services.alerts.desk import Filed, written
from gateway.services.alerts.hearing import Said
from gateway.services.alerts.heartbeats import return_of
from gateway.services.alerts.parting import Partings
from gateway.services.alerts.quiet import Quiet, hushed_by, over_unheard, turns
from gateway.services.alerts.reach import Reach
from gateway.services.alerts.rules import RuleBook
from gateway.services.alerts.sayings import (
    answered_by_source,
    ends,
    flapping_facts,
    reopens,
    takes_over,
)
from gateway.services.alerts.voice import Voice, news_of
from gateway.services.alerts.watch import Watch
from gateway.text.alerts import SHOWN_MOST
from gateway.text.words import Words


@dataclass(frozen=True)
class Notifying:
    """Turns what is due in a group into what people are told, and moves its incident on."""

    clock: Clock
    observer: Observer
    book: RuleBook
    voice: Voice
    reach: Reach
    watch: Watch
    quiet: Quiet
    partings: Partings
    words: Words

    def reaches(self, route: Route) -> bool:
        """Whether it can be said whom a route pages.

        Before the pager was heard for the first time ever, nobody has a number, and nobody could
        send: what is decided then would page nobody for good.
        """
        heard = self.reach.known and self.voice.may_speak
        return heard or not self.book.rules.receiver(route).page

    async def told(
        self,
        filed: Filed,
        flushed: Flushed,
        route: Route,
        said: Said,
        silences: Sequence[Silence],
    ) -> tuple[Change, ...]:
        """Write the incident as it stands after the look, with everything that people hear."""
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

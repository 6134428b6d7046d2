"""While nobody answers: reminders, escalation, acknowledgements that end, snoozes that end.

There is one waking per incident, at the next moment anything may be due; it is set again whenever
the incident changes. A waking that comes too early or for a closed incident does nothing, so none
is ever taken back.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from gateway.domain.errors import FactValue
from gateway.domain.ids import Ref
from gateway.domain.incidents import Deed, Entry, Incident, IncidentState
from gateway.domain.outbound import Notice, Wake, Waking
from gateway.domain.routing.escalation import NOBODY_ASKED, AckPolicy, EscalationStep, Rung
from gateway.domain.routing.intervals import any_contains
from gateway.ports.changes import Change, Enqueue
from gateway.ports.clock import Clock
from gateway.services.alerts.desk import Desk, Filed, written
from gateway.services.alerts.reach import Reach
from gateway.services.alerts.rules import RuleBook
from gateway.services.alerts.voice import Voice
from gateway.text.words import Words


def incident_lane(ref: Ref) -> str:
    """An incident's timers, apart from what it says."""
    return f"incident:{ref}"


@dataclass(frozen=True)
class Watch:
    """Looks after open incidents."""

    clock: Clock
    desk: Desk
    voice: Voice
    reach: Reach
    book: RuleBook
    words: Words

    async def due(self, ref: Ref) -> tuple[Change, ...]:
        """Do what is due on an incident now."""
        found = await self.desk.read(ref)
        if found is None or not found.open:
            return ()
        now = self.clock.now()
        incident = found.incident
        if incident.silenced:
            return ()
        if incident.state is IncidentState.OPEN and incident.snoozed_until:
            return await self._wake_up(found, now)
        if incident.state is IncidentState.ACKNOWLEDGED:
            return await self._acknowledged(found, now)
        due = self.next_at(incident)
        if due and now >= due:
            return await self.escalate(found)
        return self.next_look(incident)

    async def escalate(self, found: Filed, by: str = "") -> tuple[Change, ...]:
        """Take the next step, whether its time has come or somebody asked for it."""
        incident, now = found.incident, self.clock.now()
        rung = self._next_rung(incident)
        if rung is None:
            return self.voice.tell(incident.ref, Notice("alert.nobody_next", {"ref": incident.ref}))
        step = rung.step
        to = self.reach.numbers(step.page, now)
        names = self.reach.shown(to)
        after = incident.escalated(", ".join(names) or step.channel, to, now, rung.number)
        since = incident.clock_from or incident.opened_at
        facts: dict[str, FactValue] = {
            "minutes": round((now - since).total_seconds() / 60),
            "recipients": list(names),
        }
        notice = Notice("alert.escalated", facts | ({"name": by} if by else {}))
        return (
            written(found, after),
            *self.voice.send(after, to, self.words.incident_escalated(after, names)),
            *self.voice.tell(after.ref, notice),
            *self.voice.point(after, step.channel),
            *await self.voice.show(after),
            *self.next_look(after),
        )

    def next_step(self, incident: Incident) -> EscalationStep | None:
        """Give the step that comes next; `None` when all were taken."""
        rung = self._next_rung(incident)
        return rung.step if rung else None

    def _next_rung(self, incident: Incident) -> Rung | None:
        """Find the next step whose times it is when its turn comes; others are left out."""
        now, intervals = self.clock.now(), self.book.rules.time_intervals
        for rung in self._policy(incident).rungs(incident.step):
            at = max(_at(incident, rung), now)
            if not rung.step.during or any(
                any_contains(intervals.get(name, ()), at) for name in rung.step.during
            ):
                return rung
        return None

    def next_at(self, incident: Incident) -> datetime | None:
        """Tell when the next step is taken if nobody answers."""
        rung = self._next_rung(incident)
        is_waiting = incident.state is IncidentState.OPEN and not incident.silenced
        return _at(incident, rung) if rung and is_waiting else None

    def next_look(self, incident: Incident) -> tuple[Change, ...]:
        """Set the next waking, if anything can become due."""
        at = self._next(incident)
        if at is None:
            return ()
        wake = Wake(Waking.INCIDENT, incident.ref)
        return (Enqueue(incident_lane(incident.ref), incident.ref, wake, at, priority=1),)

    def _next(self, incident: Incident) -> datetime | None:
        if incident.silenced:
            return None
        policy = self._policy(incident)
        match incident.state:
            case IncidentState.RESOLVED:
                return None
            case IncidentState.ACKNOWLEDGED:
                due = (
                    _after(incident.acknowledged_at, policy.timeout),
                    _reminder(incident, policy),
                )
                return min((at for at in due if at), default=None)
            case IncidentState.OPEN:
                return incident.snoozed_until or self.next_at(incident)

    async def _wake_up(self, found: Filed, now: datetime) -> tuple[Change, ...]:
        incident = found.incident
        if incident.snoozed_until and now < incident.snoozed_until:
            return self.next_look(incident)
        after = replace(incident, snoozed_until=None, clock_from=now).noted(Entry(now, Deed.WOKE))
        return (
            written(found, after),
            *self.voice.tell(after.ref, Notice("alert.woke", {"ref": after.ref})),
            *self.voice.follow_up(after, self.words.incident_repeated(after)),
            *await self.voice.show(after),
            *self.next_look(after),
        )

    async def _acknowledged(self, found: Filed, now: datetime) -> tuple[Change, ...]:
        incident, policy = found.incident, self._policy(found.incident)
        over, remind = _after(incident.acknowledged_at, policy.timeout), _reminder(incident, policy)
        if over and now >= over:
            after = incident.released(now)
            notice = Notice("alert.released", {"name": incident.acknowledged_by})
            said = self.voice.follow_up(after, self.words.incident_repeated(after))
        elif remind and now >= remind:
            after = incident.noted(Entry(now, Deed.REMINDED))
            minutes = round((now - incident.opened_at).total_seconds() / 60)
            facts: dict[str, FactValue] = {"name": incident.acknowledged_by, "minutes": minutes}
            notice = Notice("alert.reminder", facts)
            said = ()
        else:
            return self.next_look(incident)
        return (
            written(found, after),
            *said,
            *self.voice.tell(after.ref, notice),
            *await self.voice.show(after),
            *self.next_look(after),
        )

    def _policy(self, incident: Incident) -> AckPolicy:
        route = self.book.rules.tree.route(incident.route)
        return route.settings.ack if route else NOBODY_ASKED


def _at(incident: Incident, rung: Rung) -> datetime:
    return (incident.clock_from or incident.opened_at) + rung.after


def _after(moment: datetime | None, wait: timedelta | None) -> datetime | None:
    return moment + wait if moment and wait else None


def _reminder(incident: Incident, policy: AckPolicy) -> datetime | None:
    return _after(incident.reminded_at, policy.remind)

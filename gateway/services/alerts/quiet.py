"""Silences over incidents: while all that is known of one is muted, nobody is called.

Card and thread say who, until when and why; the end of it says that it still fires.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from gateway.domain.errors import FactValue
from gateway.domain.incidents import Incident, IncidentState, Silenced
from gateway.domain.outbound import Notice
from gateway.domain.routing.fates import Fate
from gateway.domain.routing.grouping import AlertGroup
from gateway.domain.routing.silences import Silence, covering, silences_of
from gateway.ports.changes import Change
from gateway.services.alerts.silencing import Silencing
from gateway.services.alerts.voice import Voice
from gateway.services.alerts.watch import Watch
from gateway.text.words import Words


@dataclass(frozen=True)
class Quiet:
    """Tells what a silence does to incidents that people know of."""

    silencing: Silencing
    voice: Voice
    watch: Watch
    words: Words

    async def turned(
        self, incident: Incident, silenced: Silenced | None, now: datetime
    ) -> tuple[Incident, tuple[Change, ...]]:
        """A silence began, changed or ended over an incident: say so."""
        if silenced:
            after = incident.hushed(silenced, now)
            by, until = silenced.by, silenced.until.isoformat()
            facts: dict[str, FactValue] = {"name": by, "until": until, "comment": silenced.comment}
            notice, page = Notice("alert.silenced", facts), ""
        else:
            who = await self.silencing.ended_by(incident.silenced.id) if incident.silenced else ""
            after = incident.heard(now, who)
            notice = Notice("alert.heard", {"name": who} if who else {})
            is_calling = after.state is IncidentState.OPEN and after.snoozed_until is None
            page = self.words.incident_repeated(after) if is_calling else ""
        return after, (
            *(self.voice.follow_up(after, page) if page else ()),
            *self.voice.tell(after.ref, notice),
            *await self.voice.show(after),
            *self.watch.next_look(after),
        )

    async def ended_unheard(
        self, incident: Incident, now: datetime
    ) -> tuple[Incident, tuple[Change, ...]]:
        """It ended while it was held back: the chat tells it, pagers do not."""
        after = incident.resolved("", now)
        minutes = round((now - incident.opened_at).total_seconds() / 60)
        notice = Notice("alert.resolved", {"ref": incident.ref, "minutes": minutes})
        return after, (*self.voice.tell(after.ref, notice), *await self.voice.show(after))


def unmuted(group: AlertGroup, silences: Sequence[Silence], now: datetime) -> AlertGroup:
    """Let a group be flushed now if a silence is over that held one of its alerts back."""
    is_over = any(
        member.held
        and member.held.cause is Fate.SILENCED
        and not silences_of(member.alert.labels, silences, now)
        for member in group.members.values()
    )
    return replace(group, due_at=min(group.due_at, now)) if is_over else group


def hushed_by(
    incident: Incident, group: AlertGroup | None, silences: Sequence[Silence], now: datetime
) -> Silenced | None:
    """Find the silence over all that was told and fires; what is new is told at its own time."""
    firing = group.unsorted if group else ()
    told = group.told.firing if group and group.told else frozenset[str]()
    known = [alert.labels for alert in firing if alert.key in told]
    silence = covering(known or [alert.labels for alert in firing], silences, now)
    if silence:
        return Silenced(silence.author, silence.ends_at, silence.comment, silence.id)
    return incident.silenced if firing and not known else None


def turns(incident: Incident, silenced: Silenced | None) -> bool:
    """Tell whether people who know of an incident have to hear that its silence changed."""
    is_known = incident.notified_at and incident.state is not IncidentState.RESOLVED
    return bool(is_known and incident.firing) and silenced != incident.silenced


def over_unheard(incident: Incident, group: AlertGroup | None) -> bool:
    """Tell whether a group closed without a notice while its incident still waits for an end."""
    is_closed = group is None or group.closed_at is not None
    return is_closed and incident.state is not IncidentState.RESOLVED

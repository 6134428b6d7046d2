"""What is said when alerts leave a group, because the routes lead them elsewhere now."""

from dataclasses import dataclass
from datetime import datetime

from gateway.domain.incidents import Incident, IncidentState
from gateway.domain.outbound import Notice
from gateway.domain.routing.grouping import AlertGroup
from gateway.ports.changes import Change
from gateway.services.alerts.moving import Departure
from gateway.services.alerts.reach import Reach
from gateway.services.alerts.rules import RuleBook
from gateway.services.alerts.voice import Voice
from gateway.text.words import Words


@dataclass(frozen=True)
class Partings:
    """Tells whoever heard of an incident that its alerts, or some of them, go to others."""

    book: RuleBook
    reach: Reach
    voice: Voice
    words: Words

    async def of(
        self, incident: Incident, group: AlertGroup | None, leaving: Departure, now: datetime
    ) -> tuple[Incident, tuple[Change, ...]]:
        """Say who left; an incident that nothing is left of ends, on pagers too."""
        is_left = group is not None and group.closed_at is None
        if is_left or incident.state is IncidentState.RESOLVED:
            parting = self.of_some(incident, leaving, now)
            return incident, (*parting, *await self.voice.show(incident))
        names = self._receivers(leaving, now)
        after = incident.moved_on(", ".join(names), now)
        return after, (
            *self.voice.follow_up(after, self.words.incident_moved(after, names)),
            *self.voice.tell(after.ref, Notice("alert.moved", {"recipients": list(names)})),
            *await self.voice.show(after),
        )

    def of_some(self, incident: Incident, leaving: Departure, now: datetime) -> tuple[Change, ...]:
        """Tell in the thread how many left, and to whom they go; nothing where none was begun."""
        if not leaving.alerts or incident.notified_at is None:
            return ()
        to = list(self._receivers(leaving, now))
        notice = Notice("alert.moved", {"recipients": to, "count": len(leaving.alerts)})
        return self.voice.tell(incident.ref, notice)

    def _receivers(self, leaving: Departure, now: datetime) -> tuple[str, ...]:
        """Name who hears of alerts from here on."""
        receivers = map(self.book.rules.receiver, leaving.routes)
        named = {r: self.reach.shown(self.reach.numbers(r.page, now)) for r in receivers}
        return tuple(dict.fromkeys(n for r, names in named.items() for n in names or (r.name,)))

"""Alerts as operators see them: what is open, who has it, what comes next; answered for anybody."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from gateway.domain.actions import Action
from gateway.domain.audit import Actor
from gateway.domain.ids import Ref
from gateway.domain.incidents import RANK, Incident
from gateway.domain.outbound import Notice
from gateway.ports.clock import Clock
from gateway.services.alerts.answers import Answers
from gateway.services.alerts.desk import Desk, filed
from gateway.services.alerts.reach import Reach
from gateway.services.alerts.records import RECORDS
from gateway.services.alerts.watch import Watch

_MOST = 200
_MOST_COUNTED = 2000


@dataclass(frozen=True, slots=True)
class OnBoard:
    """An incident, who was paged for it, and who is called next unless somebody answers."""

    incident: Incident
    paged: tuple[str, ...]
    next_at: datetime | None
    next_names: tuple[str, ...]


@dataclass(frozen=True)
class AlertBoard:
    """Shows incidents, and answers them for an operator."""

    clock: Clock
    desk: Desk
    watch: Watch
    reach: Reach
    answers: Answers

    async def open(self) -> tuple[OnBoard, ...]:
        """List what is open, the worst and oldest first; in a storm the latest 200."""
        found = await self.desk.store.open_incidents(_MOST)
        incidents = (filed(each).incident for each in found)
        shown = sorted(incidents, key=lambda each: (RANK[each.severity], each.opened_at))
        return tuple(map(self._shown, shown))

    async def one(self, ref: Ref) -> OnBoard | None:
        """Show one, open or not."""
        found = await self.desk.read(ref)
        return self._shown(found.incident) if found else None

    async def taken_lately(self) -> Counter[str]:
        """Count by route's key which ways the newest 2,000 alerts took."""
        newest = await self.desk.store.newest_alerts(_MOST_COUNTED)
        return Counter(RECORDS.validate_json(facts).route for facts in newest)

    async def act(self, deed: Action, incident: Incident, by: Actor) -> Notice | None:
        """Answer it; says why that changed nothing, `None` when it did.

        The same deed on the same state is done once, however often it is asked for.

        Raises:
            StoreUnavailableError: nothing was recorded.
        """
        key = f"{by.origin}:{deed}:{incident.ref}:{len(incident.history)}"
        return (await self.answers.by_operator(deed, incident.ref, key, by)).notice

    def _shown(self, incident: Incident) -> OnBoard:
        step = None if incident.answered else self.watch.next_step(incident)
        following = self.reach.numbers(step.page, self.clock.now()) if step else ()
        return OnBoard(
            incident,
            self.reach.shown(incident.told),
            self.watch.next_at(incident) if step else None,
            self.reach.shown(following),
        )

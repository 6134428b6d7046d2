"""What was said to a group since the last look, taken in; who leaves it is set aside."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import groupby

from gateway.domain.alerts import Alert, AlertStatus
from gateway.domain.routing.fates import Fate
from gateway.domain.routing.grouping import AlertGroup, Observed, observe, withdraw
from gateway.domain.routing.tree import Route
from gateway.ports.clock import Clock
from gateway.ports.store import AlertEvent, Store
from gateway.services.alerts.desk import Filed
from gateway.services.alerts.moving import NOBODY, Departure
from gateway.services.alerts.records import RECORDS, Record, identity
from gateway.services.alerts.rules import RuleBook
from gateway.services.alerts.sayings import routed_alert, taken
from gateway.services.aside import aside

_MOST_EVENTS = 5000


@dataclass(frozen=True, slots=True)
class Said:
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
class Hearing:
    """Reads what waits for a group, and what it makes of the group."""

    store: Store
    clock: Clock
    book: RuleBook

    async def said(self, key: str, before: Filed | None) -> Said:
        """Read on from where the last look ended, 5,000 entries at most."""
        cursor = before.incident.cursor if before else 0
        events = await self.store.alert_events(key, cursor, _MOST_EVENTS)
        records = await aside(partial(_read, events), len(events))
        is_all = len(records) < _MOST_EVENTS
        return Said(records, events[-1].id if events else cursor, is_all)

    def without(self, said: Said, leaving: Departure, key: str) -> Said:
        """Set aside what is no longer this group's."""
        rules = self.book.rules
        aside = {e.id for e, record in said.records if leaving.concerns(record, rules, key)}
        stays = tuple(each for each in said.records if each[0].id not in aside)
        return replace(said, records=stays, leaving=leaving, aside=frozenset(aside))

    def observed(self, group: AlertGroup | None, route: Route, said: Said) -> Observed:
        """Take in what was said, but for who leaves, and let those go who were here."""
        policy = self.book.rules.flapping
        fates = dict.fromkeys(map(str, said.aside), Fate.SETTLED)
        for is_ack, entries in groupby(said.records, key=_is_ack):
            if is_ack:
                for event, record in entries:
                    fates[str(event.id)] = Fate.SETTLED
                    group = taken(group, record.alert, event.at)
                continue
            alerts = ((event.at, routed_alert(r.alert, str(event.id))) for event, r in entries)
            observed = observe(group, route, alerts, policy)
            group = observed.group
            fates.update(observed.fates)
        if group and said.leaving.keys:
            parted = withdraw(group, said.leaving.keys, route, self.clock.now(), policy)
            return Observed(parted.group, {**fates, **parted.fates})
        return Observed(group, fates)


def _read(events: Sequence[AlertEvent]) -> tuple[tuple[AlertEvent, Record], ...]:
    return tuple((event, RECORDS.validate_json(event.facts)) for event in events)


def _is_ack(entry: tuple[AlertEvent, Record]) -> bool:
    return entry[1].alert.status is AlertStatus.ACK

"""When the routes change under what is open: alerts go where the new routes lead them.

A group is asked at its next look. What it was told but no longer leads to it is written into the
record of the groups it leads to now, in the transaction that takes it out here: nothing is lost in
between, and an incident that nothing is left of ends with words instead of hanging open.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from gateway.domain.alerts import Alert, AlertStatus
from gateway.domain.incidents import Firing, Incident
from gateway.domain.routing.alerts import RoutedAlert
from gateway.domain.routing.matchers import Labels
from gateway.domain.routing.routes import Routes
from gateway.domain.routing.tree import Route
from gateway.ports.store import Change, Store, Unit
from gateway.services.alerts.records import look_at, passed_on

_MOST_INCIDENTS = 10_000
_BATCH = 200


async def wake_open_groups(store: Store, at: datetime) -> None:
    """Have every open group looked at now, instead of in its own time.

    Raises:
        StoreUnavailableError: some are looked at in their own time.
    """
    groups = [each.group for each in await store.open_incidents(_MOST_INCIDENTS)]
    for begin in range(0, len(groups), _BATCH):
        await store.commit(
            Unit(tuple(look_at(each, at) for each in groups[begin : begin + _BATCH]))
        )


@dataclass(frozen=True, slots=True)
class Departure:
    """Who leaves a group, and the routes that take those who fire.

    `ends` are of alerts that left before: theirs was said here, where nobody listens any more.
    """

    alerts: tuple[Alert, ...] = ()
    ends: tuple[Alert, ...] = ()
    routes: tuple[Route, ...] = ()
    keys: frozenset[str] = frozenset()

    def onward(self, rules: Routes, now: datetime) -> tuple[Change, ...]:
        """Pass them on to the groups they join now; one that has them already hears no news."""
        both = (*self.alerts, *self.ends)
        return tuple(change for alert in both for change in passed_on(alert, rules, now))


NOBODY = Departure()


def departure(
    rules: Routes, incident: Incident | None, group: str, said: Mapping[str, Alert]
) -> Departure:
    """Find who leaves a group: of those in it, and of those that were `said` to join it."""
    grouping = incident.grouping if incident else None
    members = grouping.members if grouping else {}
    heard = {k: a for k, a in said.items() if _fires(a) or k not in members}
    if incident and incident.routes != rules.hash:
        heard = {**{k: a for k, a in _firing(incident).items() if k not in said}, **heard}
    leaving = {k: a for k, a in heard.items() if not _leads_to(rules, a.labels, group)}
    if not leaving:
        return NOBODY
    alerts = tuple(filter(_fires, leaving.values()))
    ends = tuple(alert for alert in leaving.values() if not _fires(alert))
    routes = dict.fromkeys(r for alert in alerts for r in rules.tree.match(alert.labels))
    return Departure(alerts, ends, tuple(routes), frozenset(leaving))


def _fires(alert: Alert) -> bool:
    return alert.status is not AlertStatus.RESOLVED


def _leads_to(rules: Routes, labels: Labels, group: str) -> bool:
    """Whether an alert with these labels joins a group."""
    return any(route.group_key(labels) == group for route in rules.tree.match(labels))


def _firing(incident: Incident) -> dict[str, Alert]:
    shown = {firing.key: firing for firing in incident.firing}
    firing = incident.grouping.firing if incident.grouping else ()
    return {each.key: _again(each, shown.get(each.key)) for each in firing}


def _again(member: RoutedAlert, shown: Firing | None) -> Alert:
    """Say again what a group knows of an alert."""
    source, _, key = member.key.partition("/")
    return Alert(
        source=source,
        source_event_id="",
        dedup_key=key,
        status=AlertStatus.FIRING,
        severity=member.severity,
        title=shown.title if shown else key,
        text=shown.text if shown else "",
        labels=member.labels,
        links=(),
        starts_at=member.starts_at,
        ends_at=None,
        received_at=member.starts_at,
    )

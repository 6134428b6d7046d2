"""When the routes change under what is open: alerts go where the new routes lead them.

A group is asked at its next look. What it was told but no longer leads to it is written into the
record of the groups it leads to now, in the transaction that takes it out here: nothing is lost in
between, and an incident that nothing is left of ends with words instead of hanging open.

Several processes read the file on their own, some sooner than others. Only those that have the
version taken last move alerts, so that none moves back what another has moved.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property

from pydantic import TypeAdapter

from gateway.domain.alerts import Alert, AlertStatus
from gateway.domain.incidents import Firing, Incident
from gateway.domain.routing.alerts import RoutedAlert
from gateway.domain.routing.matchers import Labels
from gateway.domain.routing.routes import Routes
from gateway.domain.routing.tree import Route
from gateway.ports.changes import Change, MoveCursor
from gateway.ports.store import Store, Unit
from gateway.services.alerts.desk import filed
from gateway.services.alerts.records import RECORDS, Record, identity, look_at, passed_on

_MOST_INCIDENTS = 10_000
_MOST_GROUPS = 20
_BATCH = 200
_VERSION = "routes:version"
_CATCHING_UP = timedelta(minutes=10)
"""A process without the newest version after this keeps to its own: its file may be wrong."""


async def wake_open_groups(store: Store, at: datetime) -> None:
    """Have every open group looked at now, instead of in its own time.

    Raises:
        StoreUnavailableError: some are looked at in their own time.
    """
    # Not by the name in its column: there a long one is cut short.
    open_ = map(filed, await store.open_incidents(_MOST_INCIDENTS))
    groups = [each.incident.group for each in open_]
    for begin in range(0, len(groups), _BATCH):
        await store.commit(
            Unit(tuple(look_at(each, at) for each in groups[begin : begin + _BATCH]))
        )


# --- which version counts ----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Taken:
    """The version that a process took last, and when."""

    hash: str
    at: datetime


_TAKEN = TypeAdapter(_Taken)


async def take_over(store: Store, rules: Routes, at: datetime) -> None:
    """Note that these are the newest routes any process has, and let what is open follow them.

    A process that comes second with a version finds that it is noted.

    Raises:
        StoreUnavailableError: the rest is looked at in its own time.
    """
    newest = await _newest(store)
    if newest is None or newest.hash != rules.hash:
        taken = _TAKEN.dump_json(_Taken(rules.hash, at)).decode()
        await store.commit(Unit((MoveCursor(_VERSION, taken, at),)))
        await wake_open_groups(store, at)


async def others_are_newer(store: Store, rules: Routes, at: datetime) -> bool:
    """Whether another process took a newer version of late, which we are about to read.

    Raises:
        StoreUnavailableError: it cannot be read.
    """
    newest = await _newest(store)
    return newest is not None and newest.hash != rules.hash and at < newest.at + _CATCHING_UP


async def _newest(store: Store) -> _Taken | None:
    kept = await store.cursor(_VERSION)
    return _TAKEN.validate_json(kept) if kept else None


# --- who leaves --------------------------------------------------------------------------------


@dataclass(frozen=True)
class Departure:
    """Who leaves a group: `alerts` that fire, and `routes` that take them.

    `others` are to be passed on as well: ends of alerts that left before, said where nobody
    listens any more, and alerts that stay and are led to further groups.
    """

    alerts: tuple[Alert, ...] = ()
    others: tuple[Alert, ...] = ()
    routes: tuple[Route, ...] = ()

    @cached_property
    def keys(self) -> frozenset[str]:
        """Name those who leave."""
        return frozenset(map(identity, self.alerts))

    def concerns(self, record: Record, rules: Routes, group: str) -> bool:
        """Whether other groups look after an alert now, or would have if it had not ended."""
        if identity(record.alert) in self.keys:
            return True
        is_stale = record.version != rules.hash and _fires(record.alert)
        return is_stale and not _leads_to(rules, record.alert.labels, group)

    def onward(self, rules: Routes, group: str, now: datetime) -> tuple[Change, ...]:
        """Pass them on to their other groups; one that has them already hears no news."""
        both = (*self.alerts, *self.others)
        return tuple(change for alert in both for change in passed_on(alert, rules, now, group))


NOBODY = Departure()


def is_stale(rules: Routes, incident: Incident | None, said: Mapping[str, Record]) -> bool:
    """Whether anything here came by other routes than those in force."""
    if incident and incident.routes != rules.hash:
        return True
    return any(record.version != rules.hash for record in said.values())


async def departure(
    store: Store, rules: Routes, incident: Incident | None, group: str, said: Mapping[str, Record]
) -> Departure:
    """Find who leaves a group: of those in it, and of those that were `said` to join it.

    Who came by the routes in force is where it belongs; only what is older is asked.

    Raises:
        StoreUnavailableError: the record of another group cannot be read.
    """
    stale = {k: r.alert for k, r in said.items() if r.version != rules.hash and _fires(r.alert)}
    if incident and incident.routes != rules.hash:
        stale = {**{k: a for k, a in _firing(incident).items() if k not in said}, **stale}
    ends = await _late_ends(store, incident, said)
    if not stale and not ends:
        return NOBODY
    stay = [alert for alert in stale.values() if _leads_to(rules, alert.labels, group)]
    leave = [alert for alert in stale.values() if not _leads_to(rules, alert.labels, group)]
    routes = dict.fromkeys(r for alert in leave for r in rules.tree.match(alert.labels))
    return Departure(tuple(leave), (*ends, *stay), tuple(routes))


async def _late_ends(
    store: Store, incident: Incident | None, said: Mapping[str, Record]
) -> list[Alert]:
    """Find ends that came while their alert was being passed on, and fires elsewhere since."""
    grouping = incident.grouping if incident else None
    members = grouping.members if grouping else {}
    strange = {k: r.alert for k, r in said.items() if not _fires(r.alert) and k not in members}
    known = await store.records_of_alerts(tuple(strange), _MOST_GROUPS) if strange else {}
    ends = []
    for key, end in strange.items():
        elsewhere = (RECORDS.validate_json(facts).alert for facts in known.get(key, ()))
        if any(_fires(each) and each.received_at <= end.received_at for each in elsewhere):
            ends.append(end)
    return ends


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
        severity=shown.severity if shown else member.severity,
        title=shown.title if shown else key,
        text=shown.text if shown else "",
        labels=member.labels,
        links=(),
        starts_at=member.starts_at,
        ends_at=None,
        received_at=member.starts_at,
    )

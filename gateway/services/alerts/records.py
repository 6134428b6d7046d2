"""The record of a group: what was said, and the route by which it came."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from pydantic import TypeAdapter

from gateway.domain.alerts import Alert
from gateway.domain.deliveries import Wake, Waking
from gateway.domain.ids import Ref
from gateway.domain.routing.fates import Fate
from gateway.domain.routing.routes import Routes
from gateway.domain.routing.tree import Route
from gateway.ports.store import Change, CountItem, Enqueue, Once, RecordAlert

_GATHER = timedelta(milliseconds=300)
"""Alerts of one storm are looked at together."""


@dataclass(frozen=True, slots=True)
class Record:
    """One entry of a group's record: the alert, and the route by which it came."""

    route: str
    alert: Alert


RECORDS = TypeAdapter(Record)


def group_lane(group: str) -> str:
    """A group is looked at by one worker at a time."""
    return f"group:{group}"


def alert_key(alert: Alert) -> str:
    """Name one saying of a source; the same one again changes nothing."""
    return f"alert:{alert.source}:{alert.source_event_id}"


@dataclass(frozen=True, slots=True)
class Arrival:
    """An item of a request, as it is counted; without `item` it is not."""

    source: str
    item: str
    at: datetime

    def came_to(self, fate: Fate) -> CountItem:
        """Note what became of it where it joins no group."""
        return CountItem(self.source, self.item, fate, self.at)


def recorded(alert: Alert, rules: Routes, arrival: Arrival) -> Once:
    """Write a new alert into its groups; the key tells of two that come at once."""
    routes = rules.tree.match(alert.labels)
    changes = tuple(change for route in routes for change in _into(route, alert, arrival))
    duplicate = (arrival.came_to(Fate.DUPLICATE),) if arrival.item else ()
    return Once(alert_key(alert), changes, otherwise=duplicate)


def _into(route: Route, alert: Alert, arrival: Arrival) -> tuple[Change, ...]:
    group = route.group_key(alert.labels)
    record = RECORDS.dump_json(Record(route.key, alert)).decode()
    wake, soon = Wake(Waking.GROUP, group), arrival.at + _GATHER
    return (
        RecordAlert(group, record, arrival.at, arrival.source, arrival.item),
        Enqueue(group_lane(group), Ref(""), wake, soon, priority=1, coalesce=True),
    )

"""The record of a group: what was said, and the route by which it came."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from pydantic import TypeAdapter

from gateway.domain.alerts import Alert
from gateway.domain.deliveries import Wake, Waking
from gateway.domain.ids import Ref
from gateway.domain.routing.fates import Fate
from gateway.domain.routing.routes import Routes
from gateway.ports.store import Change, CountItem, Enqueue, Once, RecordAlert

_GATHER = timedelta(milliseconds=300)
"""Alerts of one storm are looked at together."""


@dataclass(frozen=True, slots=True)
class Record:
    """One entry of a group's record: the alert, the route by which it came, and the group."""

    route: str
    alert: Alert
    group: str = ""


@dataclass(frozen=True, slots=True)
class Left:
    """An item that joined no group: what its source calls it, and why as a code word."""

    key: str
    why: str = ""


RECORDS = TypeAdapter(Record)
LEFT = TypeAdapter(Left)


def group_lane(group: str) -> str:
    """A group is looked at by one worker at a time."""
    return f"group:{group}"


def look_at(group: str, at: datetime) -> Enqueue:
    """Have a group looked at; one look that waits already is brought forward instead."""
    wake = Wake(Waking.GROUP, group)
    return Enqueue(group_lane(group), Ref(""), wake, at, priority=1, coalesce=True)


def identity(alert: Alert) -> str:
    """Name an alert among those of all sources, whatever is said about it."""
    return f"{alert.source}/{alert.dedup_key}"


def alert_key(alert: Alert) -> str:
    """Name one saying of a source; the same one again changes nothing."""
    return f"alert:{alert.source}:{alert.source_event_id}"


@dataclass(frozen=True, slots=True)
class Arrival:
    """An item of a request, as it is counted; without `item` it is not."""

    source: str
    item: str
    at: datetime

    def came_to(self, fate: Fate, left: Left) -> CountItem:
        """Note what became of it where it joins no group."""
        return CountItem(self.source, self.item, fate, self.at, LEFT.dump_json(left).decode())


def recorded(alert: Alert, rules: Routes, arrival: Arrival, known: Iterable[str] = ()) -> Once:
    """Write a new alert into its groups; the key tells of two that come at once.

    It joins the groups of the entries `known` about it, else those its labels lead to.
    """
    ways = tuple(_ways_known(known, rules)) or tuple(_ways(alert, rules))
    changes = tuple(c for route, group in ways for c in _into(route, group, alert, arrival))
    duplicate = arrival.came_to(Fate.DUPLICATE, Left(identity(alert)))
    return Once(alert_key(alert), changes, otherwise=(duplicate,) if arrival.item else ())


def passed_on(alert: Alert, rules: Routes, at: datetime) -> tuple[Change, ...]:
    """Write an alert that was counted when it came in into the groups its labels lead to."""
    arrival = Arrival(alert.source, "", at)
    ways = _ways(alert, rules)
    return tuple(c for route, group in ways for c in _into(route, group, alert, arrival))


def _ways(alert: Alert, rules: Routes) -> Iterator[tuple[str, str]]:
    for route in rules.tree.match(alert.labels):
        yield route.key, route.group_key(alert.labels)


def _ways_known(known: Iterable[str], rules: Routes) -> Iterator[tuple[str, str]]:
    for facts in known:
        record = RECORDS.validate_json(facts)
        if group := record.group or _group_by_labels(record, rules):
            yield record.route, group


def _group_by_labels(record: Record, rules: Routes) -> str:
    """Find the group of an entry that does not name it, as a former version wrote them."""
    route = rules.tree.route(record.route)
    return route.group_key(record.alert.labels) if route else ""


def _into(route: str, group: str, alert: Alert, arrival: Arrival) -> tuple[Change, ...]:
    record = RECORDS.dump_json(Record(route, alert, group)).decode()
    return (
        RecordAlert(group, record, arrival.at, arrival.source, arrival.item, identity(alert)),
        look_at(group, arrival.at + _GATHER),
    )

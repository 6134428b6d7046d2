"""The record of a group: what was said, and the route by which it came."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from pydantic import TypeAdapter

from gateway.domain.alerts import Alert, Severity
from gateway.domain.ids import Ref
from gateway.domain.outbound import Wake, Waking
from gateway.domain.routing.fates import Fate
from gateway.domain.routing.routes import Routes
from gateway.ports.changes import Change, CountItem, Enqueue, Once, RecordAlert
from gateway.services.alerts.patience import Patience, gather


@dataclass(frozen=True, slots=True)
class Record:
    """One entry of a group's record: the alert, the route by which it came, and the group.

    `version` is that of the routes that led it there.
    """

    route: str
    alert: Alert
    group: str = ""
    version: str = ""


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


def look_at(group: str, at: datetime, *, priority: int = 1) -> Enqueue:
    """Have a group looked at; one look that waits already is brought forward instead."""
    wake = Wake(Waking.GROUP, group)
    return Enqueue(group_lane(group), Ref(""), wake, at, priority=priority, coalesce=True)


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


def recorded(
    alert: Alert,
    rules: Routes,
    arrival: Arrival,
    known: Iterable[str] = (),
    patience: Patience | None = None,
) -> Once:
    """Write a new alert into its groups; the key tells of two that come at once.

    It joins the groups of the entries `known` about it, else those its labels lead to.
    """
    ways = tuple(_ways_known(alert, known, rules)) or tuple(_ways(alert, rules))
    changes = tuple(change for record in ways for change in _into(record, arrival, patience))
    duplicate = arrival.came_to(Fate.DUPLICATE, Left(identity(alert)))
    return Once(alert_key(alert), changes, otherwise=(duplicate,) if arrival.item else ())


def passed_on(alert: Alert, rules: Routes, at: datetime, but: str) -> tuple[Change, ...]:
    """Write an alert into the groups its labels lead to, `but` one; it was counted when it came."""
    arrival = Arrival(alert.source, "", at)
    ways = (record for record in _ways(alert, rules) if record.group != but)
    return tuple(change for record in ways for change in _into(record, arrival))


def _ways(alert: Alert, rules: Routes) -> Iterator[Record]:
    for route in rules.tree.match(alert.labels):
        yield Record(route.key, alert, route.group_key(alert.labels), rules.hash)


def _ways_known(alert: Alert, known: Iterable[str], rules: Routes) -> Iterator[Record]:
    for facts in known:
        record = RECORDS.validate_json(facts)
        if group := record.group or _group_by_labels(record, rules):
            yield Record(record.route, alert, group, rules.hash)


def _group_by_labels(record: Record, rules: Routes) -> str:
    """Find the group of an entry that does not name it, as a former version wrote them."""
    route = rules.tree.route(record.route)
    return route.group_key(record.alert.labels) if route else ""


def _into(record: Record, arrival: Arrival, patience: Patience | None = None) -> tuple[Change, ...]:
    group, alert, at = record.group, record.alert, arrival.at
    facts = RECORDS.dump_json(record).decode()
    look = patience.next_look(group, alert, record.route, at) if patience else at + gather(alert)
    return (
        RecordAlert(group, facts, at, arrival.source, arrival.item, identity(alert)),
        look_at(group, look, priority=0 if alert.severity is Severity.CRITICAL else 1),
    )

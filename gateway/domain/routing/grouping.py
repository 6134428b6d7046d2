"""Groups of alerts, from the first alert to the last, by Alertmanager's rules and ours.

A group is a frozen value. `observe` takes an alert into it, `flushing.flush` decides when it is
due; each returns the next value. Between incidents a group is kept closed for a while, so that
one that fires again keeps its thread and its flapping is noticed.

Ours: an alert that resolves while it is held back is shown as resolved at once (`edits_root`); only
the notice is left out. Alertmanager never tells of it again.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from gateway.domain.alerts import Severity
from gateway.domain.routing.alerts import RoutedAlert, badness
from gateway.domain.routing.fates import Fate
from gateway.domain.routing.flapping import NEVER, FlapPolicy, Flaps
from gateway.domain.routing.tree import Route


@dataclass(frozen=True, slots=True)
class Held:
    """Why an alert was not told: the cause, and the rule, interval, silence or person behind it.

    `source` is the key of the alert that inhibits.
    """

    cause: Fate
    by: str = ""
    source: str = ""


@dataclass(frozen=True, slots=True)
class Member:
    """An alert in a group. `traces` are events of it that nobody was told about yet."""

    alert: RoutedAlert
    traces: tuple[str, ...] = ()
    held: Held | None = None


@dataclass(frozen=True, slots=True)
class Told:
    """What the receiver knows: keys of firing and of resolved alerts in the last notice."""

    firing: frozenset[str]
    resolved: frozenset[str]
    at: datetime


@dataclass(frozen=True, slots=True)
class Ack:
    """Somebody takes care. Alerts up to `severity`, the worst at that time, do not page again."""

    by: str
    at: datetime
    severity: Severity


@dataclass(frozen=True, slots=True)
class AlertGroup:
    """Alerts of one route that share their grouping labels.

    `key` and `opened_at` together name the incident. `due_at` is when to flush next, or, once
    closed, when to forget. `told` is `None` until the incident's first notice.
    """

    key: str
    route: str
    labels: Mapping[str, str]
    opened_at: datetime
    due_at: datetime
    members: Mapping[str, Member] = field(default_factory=dict)
    flushed: bool = False
    told: Told | None = None
    closed_at: datetime | None = None
    ack: Ack | None = None
    flaps: Mapping[str, Flaps] = field(default_factory=dict)

    @property
    def firing(self) -> tuple[RoutedAlert, ...]:
        """List the alerts that fire, oldest first."""
        return in_order(self.unsorted)

    @property
    def unsorted(self) -> tuple[RoutedAlert, ...]:
        """List the alerts that fire, where nobody reads one after the other."""
        return tuple(m.alert for m in self.members.values() if m.alert.firing)

    @property
    def severity(self) -> Severity:
        """Tell how bad the worst firing alert is."""
        return max((alert.severity for alert in self.unsorted), key=badness, default=Severity.INFO)


def in_order(alerts: Iterable[RoutedAlert]) -> tuple[RoutedAlert, ...]:
    """Put alerts into the order in which people read them."""
    # As a number: what is read from JSON brings a time zone that every comparison asks anew.
    return tuple(sorted(alerts, key=lambda alert: (alert.starts_at.timestamp(), alert.key)))


@dataclass(frozen=True, slots=True)
class Observed:
    """What an event made of a group.

    `group` is `None` when there is nothing to keep. `fates` are those of events whose fate in this
    group is known at once. With `edits_root` the incident's message in the channel is out of date.
    """

    group: AlertGroup | None
    fates: Mapping[str, Fate] = field(default_factory=dict)
    edits_root: bool = False


def observe(
    group: AlertGroup | None,
    route: Route,
    said: Iterable[tuple[datetime, RoutedAlert]],
    policy: FlapPolicy,
) -> Observed:
    """Take alerts that belong together into their group; `group` is `None` when there is none yet.

    Each comes with the time at which it was said. A resolved alert belongs to the groups it is in,
    and keeps the labels it fired with, whatever they are now.
    """
    draft = _Draft(group, route, policy)
    for at, alert in said:
        draft.take(alert, at)
    return draft.finished()


class _Draft:
    """A group while alerts are taken into it."""

    def __init__(self, group: AlertGroup | None, route: Route, policy: FlapPolicy) -> None:
        self._group = group
        self._route, self._policy = route, policy
        self._members = dict(group.members) if group else {}
        self._flaps = dict(group.flaps) if group else {}
        self._fates: dict[str, Fate] = {}
        self._has_changed = False

    def take(self, alert: RoutedAlert, at: datetime) -> None:
        member = self._members.get(alert.key)
        if member and not alert.firing:
            alert = replace(alert, labels=member.alert.labels)
        if member is None and not alert.firing:
            self._fates[alert.trace] = Fate.SETTLED
        elif member and _same(member.alert, alert):
            self._fates[alert.trace] = Fate.DUPLICATE
        else:
            self._note(member, alert, at)
        self._hurry(alert, at)

    def _note(self, member: Member | None, alert: RoutedAlert, at: datetime) -> None:
        self._has_changed = True
        self._open_for(alert, at)
        came_or_went = member.alert.firing != alert.firing if member else alert.key in self._flaps
        if came_or_went:
            flaps = self._flaps.get(alert.key, NEVER)
            self._flaps[alert.key] = flaps.changed(at, self._policy)
        traces = member.traces if member else ()
        self._members[alert.key] = Member(alert, (*traces, alert.trace))

    def _hurry(self, alert: RoutedAlert, at: datetime) -> None:
        """What has fired for long need not wait for company; also when it is said again."""
        group = self._group
        has_waited = alert.starts_at + self._route.settings.group_wait < at
        if group and alert.firing and has_waited and not group.flushed and at < group.due_at:
            self._group = replace(group, due_at=at)
            self._has_changed = True

    def _open_for(self, alert: RoutedAlert, at: datetime) -> None:
        """Go on with the incident, or the last one if it ended of late, or begin a new one."""
        last = self._group
        ended = last.closed_at if last else None
        if last and ended is None:
            return
        route = self._route
        self._group = AlertGroup(
            key=route.group_key(alert.labels),
            route=route.key,
            labels=route.group_labels(alert.labels),
            opened_at=at,
            due_at=at + route.settings.group_wait,
        )
        if last and last.told and ended and at <= ended + route.settings.reopen_window:
            self._group = replace(self._group, opened_at=last.opened_at, told=last.told)

    def finished(self) -> Observed:
        group = self._group
        if group is None or not self._has_changed:
            return Observed(group, self._fates)
        after = replace(group, members=self._members, flaps=self._flaps)
        return Observed(after, self._fates, edits_root=group.told is not None)


def _same(known: RoutedAlert, alert: RoutedAlert) -> bool:
    """Tell whether an alert says nothing new; that it started earlier is news."""
    return (
        known.firing == alert.firing
        and known.labels == alert.labels
        and known.starts_at <= alert.starts_at
    )


def withdraw(
    group: AlertGroup, keys: Collection[str], route: Route, at: datetime, policy: FlapPolicy
) -> Observed:
    """Take alerts out that no longer come this way: their labels or the routes have changed."""
    leaving = [member for key, member in group.members.items() if key in keys]
    if not leaving:
        return Observed(group)
    fates = {trace: Fate.SETTLED for member in leaving for trace in member.traces}
    after = without(group, keys, route, at, policy)
    return Observed(after, fates, edits_root=group.told is not None)


def without(
    group: AlertGroup, keys: Collection[str], route: Route, at: datetime, policy: FlapPolicy
) -> AlertGroup:
    """Take alerts out; the group closes when none is left."""
    members = {key: member for key, member in group.members.items() if key not in keys}
    told = group.told and replace(group.told, firing=group.told.firing.difference(keys))
    group = replace(group, members=members, told=told)
    if members:
        return group
    keep = max(route.settings.reopen_window, policy.within)
    return replace(group, closed_at=at, due_at=at + keep, ack=None)

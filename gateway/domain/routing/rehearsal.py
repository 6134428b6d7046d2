"""Playing alerts through routes on a clock of its own: the same decisions as live, nothing sent.

Route tests, the property tests of this package and `gateway route test` stand on it.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from gateway.domain.routing.alerts import RoutedAlert
from gateway.domain.routing.fates import Fate, StormSum, storm_sum, strongest
from gateway.domain.routing.flushing import GroupNotice, Surroundings, flush
from gateway.domain.routing.grouping import Ack, AlertGroup, Held, Observed, observe, withdraw
from gateway.domain.routing.inhibition import FiringSources
from gateway.domain.routing.matchers import Labels, readable_labels
from gateway.domain.routing.routes import Routes
from gateway.domain.routing.silences import Silence
from gateway.domain.routing.tree import Route


@dataclass(frozen=True, slots=True)
class Heard:
    """A notice and when it was given."""

    at: datetime
    notice: GroupNotice


@dataclass(frozen=True, slots=True)
class Withheld:
    """An alert that was held back at a flush, and why."""

    at: datetime
    route: Route
    alert: RoutedAlert
    held: Held


@dataclass
class Rehearsal:
    """A world with nothing but alerts in it. Time only moves by `advance`.

    `heard` and `withheld` grow as it goes on; `edits` counts how often each group's message in the
    channel would have been brought up to date.
    """

    routes: Routes
    now: datetime
    silences: Sequence[Silence] = ()
    groups: dict[str, AlertGroup] = field(default_factory=dict)
    heard: list[Heard] = field(default_factory=list)
    withheld: list[Withheld] = field(default_factory=list)
    edits: defaultdict[str, int] = field(default_factory=lambda: defaultdict(int))
    ingested: int = 0
    _fates: defaultdict[str, dict[str, Fate]] = field(default_factory=lambda: defaultdict(dict))

    def __post_init__(self) -> None:
        """Begin with no alert firing."""
        self._sources = FiringSources(self.routes.inhibit_rules)
        self._firing: dict[str, Labels] = {}

    # --- what happens --------------------------------------------------------------------------

    def fire(self, labels: Labels, key: str = "", starts_at: datetime | None = None) -> str:
        """Let an alert fire now, or fire on with these labels.

        Its key, which is given back, is made of its labels unless it is given.
        """
        key = key or readable_labels(labels)
        alert = RoutedAlert(
            key, labels, firing=True, starts_at=starts_at or self.now, trace=self._trace()
        )
        self._sources.resolved(key, self._firing.get(key, {}))
        self._sources.fired(key, labels)
        self._firing[key] = labels
        places = {route.group_key(labels): route for route in self.routes.tree.match(labels)}
        for group in self._groups_with(key):
            if group.key not in places:
                route = self._route(group)
                self._note(group.key, withdraw(group, {key}, route, self.now, self.routes.flapping))
        for group_key, route in places.items():
            self._take(group_key, route, alert)
        return key

    def resolve(self, labels: Labels) -> tuple[str, ...]:
        """Let the firing alerts that have all these labels end now, and give their keys."""
        ended = [key for key, known in self._firing.items() if labels.items() <= known.items()]
        for key in ended:
            known = self._firing.pop(key)
            self._sources.resolved(key, known)
            alert = RoutedAlert(key, known, firing=False, starts_at=self.now, trace=self._trace())
            for group in self._groups_with(key):
                self._take(group.key, self._route(group), alert)
        return tuple(ended)

    def acknowledge(self, labels: Labels, by: str) -> None:
        """Let somebody take care of the incidents in which an alert with all these labels fires."""
        for key, group in self.groups.items():
            if any(labels.items() <= alert.labels.items() for alert in group.firing):
                self.groups[key] = replace(group, ack=Ack(by, self.now, group.severity))

    def advance(self, until: datetime) -> None:
        """Let time pass, flushing every group when it is due."""
        while due := [group for group in self.groups.values() if group.due_at <= until]:
            group = min(due, key=lambda each: each.due_at)
            self.now = max(self.now, group.due_at)
            self._flush(group)
        self.now = max(self.now, until)

    def sum(self) -> StormSum:
        """Add up what became of every event; what a notice told of counts as paged."""
        return storm_sum(self.ingested, (strongest(each.values()) for each in self._fates.values()))

    # --- how -----------------------------------------------------------------------------------

    def _trace(self) -> str:
        self.ingested += 1
        return f"event {self.ingested}"

    def _route(self, group: AlertGroup) -> Route:
        route = self.routes.tree.route(group.route)
        return route or self.routes.tree.root

    def _groups_with(self, key: str) -> list[AlertGroup]:
        return [group for group in self.groups.values() if key in group.members]

    def _take(self, group_key: str, route: Route, alert: RoutedAlert) -> None:
        self._fates[alert.trace][group_key] = Fate.WAITING
        group = self.groups.get(group_key)
        self._note(group_key, observe(group, route, [(self.now, alert)], self.routes.flapping))

    def _note(self, group_key: str, observed: Observed) -> None:
        self._keep(group_key, observed.group, observed.fates)
        self.edits[group_key] += observed.edits_root

    def _flush(self, group: AlertGroup) -> None:
        route = self._route(group)
        flushed = flush(group, route, self._surroundings(), self.now)
        told = flushed.notice.traces if flushed.notice else ()
        self._keep(group.key, flushed.group, {**flushed.fates, **dict.fromkeys(told, Fate.PAGED)})
        if flushed.notice:
            self.heard.append(Heard(self.now, flushed.notice))
        for member in flushed.group.members.values() if flushed.group else ():
            if member.held:
                held = Withheld(self.now, route, member.alert, member.held)
                self.withheld.append(held)

    def _keep(self, group_key: str, group: AlertGroup | None, fates: Mapping[str, Fate]) -> None:
        for trace, fate in fates.items():
            self._fates[trace][group_key] = fate
        if group:
            self.groups[group_key] = group
        else:
            self.groups.pop(group_key, None)

    def _surroundings(self) -> Surroundings:
        return Surroundings(
            sources=self._sources,
            silences=(*self.routes.silences, *self.silences),
            time_intervals=self.routes.time_intervals,
            flapping=self.routes.flapping,
        )

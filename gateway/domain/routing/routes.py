"""Everything that decides where alerts go, as one value that is swapped whole on a reload."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from gateway.domain.policy import PolicyTable
from gateway.domain.routing.flapping import USUAL, FlapPolicy
from gateway.domain.routing.heartbeats import Heartbeat
from gateway.domain.routing.inhibition import InhibitRule
from gateway.domain.routing.intervals import TimeInterval
from gateway.domain.routing.oncall import Schedule
from gateway.domain.routing.silences import Silence
from gateway.domain.routing.templates import Template
from gateway.domain.routing.tree import Priority, Receiver, Route, RoutingTree


@dataclass(frozen=True)
class Routes:
    """What `routes.yaml` says. `hash` names this version of it; `silences` are those at start."""

    tree: RoutingTree
    receivers: Mapping[str, Receiver]
    time_intervals: Mapping[str, tuple[TimeInterval, ...]] = field(default_factory=dict)
    inhibit_rules: tuple[InhibitRule, ...] = ()
    silences: tuple[Silence, ...] = ()
    aliases: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    schedules: Mapping[str, Schedule] = field(default_factory=dict)
    templates: Mapping[str, Template] = field(default_factory=dict)
    heartbeats: tuple[Heartbeat, ...] = ()
    flapping: FlapPolicy = USUAL
    policies: PolicyTable = field(default_factory=PolicyTable)
    hash: str = ""

    def receiver(self, route: Route) -> Receiver:
        """Find whom a route tells."""
        return self.receivers[route.settings.receiver]

    def priority(self, route: Route) -> Priority:
        """Tell how urgently: what the route says goes before what its receiver says."""
        return route.settings.priority or self.receiver(route).priority

    def template(self, route: Route) -> Template | None:
        """Find the words a route asks for; `None` leaves them to the gateway."""
        return self.templates.get(route.settings.template)

    def targets(self, page: Iterable[str], at: datetime) -> tuple[str, ...]:
        """Put those on call in the place of schedules, and members in the place of aliases.

        What is left are names and numbers of departments and people; each comes once.
        """
        found: dict[str, None] = {}
        for name in page:
            if schedule := self.schedules.get(name):
                found.update(dict.fromkeys(self.targets(schedule.at(at), at)))
            elif name in self.aliases:
                found.update(dict.fromkeys(self.targets(self.aliases[name], at)))
            else:
                found[name] = None
        return tuple(found)

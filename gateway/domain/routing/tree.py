"""The routing tree: which routes an alert takes, by Alertmanager's rules, and why.

Depth first, children in order. A route whose child matches does not answer itself; one whose
children all fail does. `continues` on a child that matched lets its later siblings be tried.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import timedelta
from enum import StrEnum

from gateway.domain.routing.escalation import NOBODY_ASKED, AckPolicy
from gateway.domain.routing.index import Index
from gateway.domain.routing.matchers import Labels, Matcher, readable, readable_labels

EVERY_LABEL = "..."


class Priority(StrEnum):
    """How urgently a receiver wants to be treated."""

    LOW = "low"
    NORMAL = "normal"
    HIGH = "high"


@dataclass(frozen=True, slots=True)
class Receiver:
    """Who hears of an alert.

    `page` are departments, people, aliases and schedules, by name or number. Without it an alert
    is only posted to the channel, without `channel` it is only paged.
    """

    name: str
    page: tuple[str, ...] = ()
    channel: str = ""
    priority: Priority = Priority.NORMAL


@dataclass(frozen=True, slots=True)
class Settings:
    """How alerts of a route are grouped, timed and answered; children inherit all of it.

    `group_by` ("...",) makes a group of every label set, () one group of all. An incident that
    fires again within `reopen_window` keeps its thread.
    """

    receiver: str
    group_by: tuple[str, ...] = ()
    group_wait: timedelta = timedelta(seconds=30)
    group_interval: timedelta = timedelta(minutes=5)
    repeat_interval: timedelta = timedelta(hours=4)
    reopen_window: timedelta = timedelta(minutes=30)
    priority: Priority | None = None
    template: str = ""
    ack: AckPolicy = NOBODY_ASKED


@dataclass(frozen=True, slots=True)
class Route:
    """One node with everything it inherited.

    `key` is stable as long as the route's name, or else its matchers and those above it, stay.
    `path` are the positions of the node and its ancestors among their siblings; () is the root.
    """

    key: str
    path: tuple[int, ...]
    settings: Settings
    matchers: tuple[Matcher, ...] = ()
    name: str = ""
    continues: bool = False
    mute_time_intervals: tuple[str, ...] = ()
    active_time_intervals: tuple[str, ...] = ()
    routes: tuple["Route", ...] = ()

    @property
    def title(self) -> str:
        """What people see it as: its name, where it has one."""
        return self.name or ("route" if self.path else "root")

    def walk(self) -> Iterator["Route"]:
        """List this route and all below it, in the file's order."""
        yield self
        for route in self.routes:
            yield from route.walk()

    def group_labels(self, labels: Labels) -> dict[str, str]:
        """Take the labels that split groups; absent ones are left out."""
        by = self.settings.group_by
        names = labels if by == (EVERY_LABEL,) else (name for name in by if name in labels)
        return {name: labels[name] for name in names}

    def group_key(self, labels: Labels) -> str:
        """Name the group that an alert with these labels joins here."""
        return f"{self.key}:{readable_labels(self.group_labels(labels))}"


# --- why ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class MatcherTried:
    """A matcher, what it looked at (`None`: the label is absent), and whether that met it."""

    matcher: Matcher
    value: str | None
    met: bool


@dataclass(frozen=True, slots=True)
class RouteTried:
    """A route that was looked at; `answers` when it is one of those the alert takes."""

    route: Route
    matchers: tuple[MatcherTried, ...]
    answers: bool

    @property
    def matched(self) -> bool:
        """Whether all its matchers were met."""
        return all(tried.met for tried in self.matchers)


@dataclass(frozen=True, slots=True)
class Verdict:
    """Where an alert goes and every step on the way there, in the order they were taken."""

    routes: tuple[Route, ...]
    tried: tuple[RouteTried, ...]

    @property
    def unowned(self) -> bool:
        """Whether nothing but the catch-all took it."""
        return all(not route.path for route in self.routes)


# --- the tree ----------------------------------------------------------------------------------


@dataclass(frozen=True)
class RoutingTree:
    """A tree made ready to be asked; equal when its root is."""

    root: Route
    _start: "_Node" = field(init=False, repr=False, compare=False)
    _by_key: Mapping[str, Route] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Build the indexes once."""
        object.__setattr__(self, "_start", _Node(self.root))
        object.__setattr__(self, "_by_key", {route.key: route for route in self.root.walk()})

    def match(self, labels: Labels) -> tuple[Route, ...]:
        """Find the routes an alert takes, in the tree's order; never none.

        Costs about the same for ten routes and for thousands, as long as most of them ask for
        a label to be equal to something or to begin with something.
        """
        found: list[Route] = []
        self._start.collect(labels, found)
        return tuple(found)

    def explain(self, labels: Labels) -> Verdict:
        """Find the same routes by trying every matcher on the way, and tell how it went."""
        tried: list[RouteTried] = []
        return Verdict(_explained(self.root, labels, tried), tuple(tried))

    def route(self, key: str) -> Route | None:
        """Find a route by its key; `None` when the file no longer has it."""
        return self._by_key.get(key)


def _explained(route: Route, labels: Labels, tried: list[RouteTried]) -> tuple[Route, ...]:
    matchers = tuple(MatcherTried(m, labels.get(m.name), m.matches(labels)) for m in route.matchers)
    place = len(tried)
    tried.append(RouteTried(route, matchers, answers=False))
    if not tried[place].matched:
        return ()
    found: tuple[Route, ...] = ()
    for child in route.routes:
        below = _explained(child, labels, tried)
        found += below
        if below and not child.continues:
            break
    if not found:
        tried[place] = RouteTried(route, matchers, answers=True)
    return found or (route,)


class _Node:
    """A route prepared for matching."""

    __slots__ = ("children", "conditions", "continues", "route")

    def __init__(self, route: Route) -> None:
        self.route = route
        self.continues = route.continues
        self.conditions = tuple((m.name, m.accepts) for m in route.matchers)
        children = [_Node(child) for child in route.routes]
        self.children = Index([(child.route.matchers, child) for child in children])

    def collect(self, labels: Labels, found: list[Route]) -> None:
        before = len(found)
        for _, child in self.children.candidates(labels):
            for name, accepts in child.conditions:
                if not accepts(labels.get(name, "")):
                    break
            else:
                child.collect(labels, found)
                if not child.continues:
                    break
        if len(found) == before:
            found.append(self.route)


# --- growing one -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class OwnSettings:
    """What one route sets itself; `None` is inherited. See `Settings`."""

    receiver: str | None = None
    group_by: tuple[str, ...] | None = None
    group_wait: timedelta | None = None
    group_interval: timedelta | None = None
    repeat_interval: timedelta | None = None
    reopen_window: timedelta | None = None
    priority: Priority | None = None
    template: str | None = None
    ack: AckPolicy | None = None


@dataclass(frozen=True, slots=True)
class Seed:
    """A route as it was written."""

    own: OwnSettings = OwnSettings()
    matchers: tuple[Matcher, ...] = ()
    name: str = ""
    continues: bool = False
    mute_time_intervals: tuple[str, ...] = ()
    active_time_intervals: tuple[str, ...] = ()
    routes: tuple["Seed", ...] = ()


def grow(root: Seed) -> RoutingTree:
    """Make a tree of what was written: hand settings down, give every route its key.

    The root has to name a receiver and matches everything; the file's reader sees to both.
    """
    settings = _inherit(Settings(root.own.receiver or ""), root.own)
    return RoutingTree(_grow(root, settings, root.name or "{}", ()))


def _grow(seed: Seed, settings: Settings, key: str, path: tuple[int, ...]) -> Route:
    keys = _child_keys(key, seed.routes)
    children = (
        _grow(child, _inherit(settings, child.own), child_key, (*path, place))
        for place, (child, child_key) in enumerate(zip(seed.routes, keys, strict=True))
    )
    return Route(
        key=key,
        path=path,
        settings=settings,
        matchers=seed.matchers,
        name=seed.name,
        continues=seed.continues,
        mute_time_intervals=seed.mute_time_intervals,
        active_time_intervals=seed.active_time_intervals,
        routes=tuple(children),
    )


def _inherit(settings: Settings, own: OwnSettings) -> Settings:
    set_here = {f.name: getattr(own, f.name) for f in fields(own)}
    return replace(settings, **{n: value for n, value in set_here.items() if value is not None})


def _child_keys(key: str, children: tuple[Seed, ...]) -> Iterator[str]:
    """Name children by name or matchers; of equal siblings the second gets "#2" behind it."""
    seen: Counter[str] = Counter()
    for child in children:
        own = child.name or f"{key}/{readable(child.matchers)}"
        seen[own] += 1
        yield own if seen[own] == 1 else f"{own}#{seen[own]}"

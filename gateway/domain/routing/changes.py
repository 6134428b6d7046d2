"""What is different between two versions of the routes, in words short enough for a log line."""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import TypeVar

from gateway.domain.routing.routes import Routes
from gateway.domain.routing.tree import Route

T = TypeVar("T")

_TREE, _HASH, _NAMED = "tree", "hash", "receivers"


@dataclass(frozen=True, slots=True)
class Difference:
    """Names of what was added, taken out and changed, in the order of the files."""

    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        """Whether there is any."""
        return bool(self.added or self.removed or self.changed)


@dataclass(frozen=True, slots=True)
class RoutesChange:
    """How routes differ: routes by their keys, receivers by name, other sections as a whole."""

    routes: Difference = Difference()
    receivers: Difference = Difference()
    sections: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        """Whether anything changed at all."""
        return bool(self.routes or self.receivers or self.sections)

    def __str__(self) -> str:
        """Say how many: `routes +1 -0 ~2, receivers +0 -0 ~1, schedules`."""
        told = [
            f"{name} +{len(each.added)} -{len(each.removed)} ~{len(each.changed)}"
            for name, each in (("routes", self.routes), ("receivers", self.receivers))
            if each
        ]
        return ", ".join((*told, *self.sections)) or "nothing changed"


def routes_change(before: Routes, after: Routes) -> RoutesChange:
    """Compare two versions. A route that only moved among its siblings counts as changed."""
    return RoutesChange(
        _difference(_nodes(before), _nodes(after)),
        _difference(before.receivers, after.receivers),
        tuple(
            section.name
            for section in fields(Routes)
            if section.name not in {_TREE, _HASH, _NAMED}
            and getattr(before, section.name) != getattr(after, section.name)
        ),
    )


def _nodes(routes: Routes) -> dict[str, Route]:
    """Take the tree apart, so that a change in one route is not one in all above it."""
    return {route.key: replace(route, routes=()) for route in routes.tree.root.walk()}


def _difference(before: Mapping[str, T], after: Mapping[str, T]) -> Difference:
    return Difference(
        tuple(name for name in after if name not in before),
        tuple(name for name in before if name not in after),
        tuple(name for name in after if name in before and before[name] != after[name]),
    )

"""Which alerts would go elsewhere by other routes: to other people, or to another channel."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from gateway.domain.routing.matchers import Labels
from gateway.domain.routing.routes import Routes


@dataclass(frozen=True, slots=True)
class Way:
    """One of an alert's ways: the route that takes it, and whom and where that tells."""

    route: str
    receiver: str
    page: tuple[str, ...]
    channel: str


@dataclass(frozen=True, slots=True)
class Rerouted:
    """Alerts with the same labels, how many they were, where they went and would go."""

    labels: Labels
    count: int
    was: tuple[Way, ...]
    will: tuple[Way, ...]


def rerouted(alerts: Iterable[Labels], before: Routes, after: Routes) -> tuple[Rerouted, ...]:
    """List alerts that would go elsewhere, in the order given.

    Only who is told counts: another route, or a receiver by another name, that tells the same
    people in the same channel is no difference.
    """
    counted = Counter(tuple(sorted(labels.items())) for labels in alerts)
    compared = (
        Rerouted(labels, count, _ways(labels, before), _ways(labels, after))
        for labels, count in ((dict(each), count) for each, count in counted.items())
    )
    return tuple(each for each in compared if _told(each.was) != _told(each.will))


def _ways(labels: Labels, routes: Routes) -> tuple[Way, ...]:
    found = ((route.key, routes.receiver(route)) for route in routes.tree.match(labels))
    return tuple(Way(key, told.name, told.page, told.channel) for key, told in found)


def _told(ways: tuple[Way, ...]) -> set[tuple[frozenset[str], str]]:
    return {(frozenset(way.page), way.channel) for way in ways}

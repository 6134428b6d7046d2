"""How long an alert takes to find its routes, with 10 to 10,000 of them.

Beside the tree in use run the definition itself, and a walk over everything compiled but without
the index. CPU seconds of this process, interleaved rounds; a floor that differs from itself by more
than 15 % means that this machine cannot judge now.
"""

import random
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import pytest

from gateway.domain.routing.matchers import Labels, all_match, parse_matchers
from gateway.domain.routing.tree import OwnSettings, Route, RoutingTree, Seed, grow
from tests.benchmarks.measuring import AGAIN, FLOOR, OURS, Bench, Times, in_turns

pytestmark = pytest.mark.benchmark

SIZES = (10, 100, 1000, 10_000)
ALERTS = 200
ROUNDS = 7
PER_ROUND_S = 0.02

MOST_US_AT_1000 = 3.0
MOST_OF_A_WALK = 1 / 20
MOST_GROWTH = 3.0
SLACK = 2.0
"""Shared machines are slow at times; ratios are held to the goal, times to this many times it."""

Match = Callable[[Labels], tuple[Route, ...]]


def tree_of(count: int) -> RoutingTree:
    """Make a company's tree: by team, by service, by pattern, a fifth with routes below."""
    matchers = [
        *['team="t{n}"'] * 6,
        *['team="t{few}",service="s{n}"'] * 2,
        'service=~"s{n}|x{n}",severity=~"critical|error"',
        'alertname=~"A{n}-.*"',
    ]
    below = tuple(
        Seed(OwnSettings(receiver=severity), parse_matchers(f"severity={severity}"))
        for severity in ("critical", "warning")
    )
    routes = (
        Seed(
            OwnSettings(receiver=f"r{n}"),
            parse_matchers(matchers[n % len(matchers)].format(n=n, few=n % 97)),
            routes=below if n % 5 == 0 else (),
        )
        for n in range(count)
    )
    return grow(Seed(OwnSettings(receiver="root"), routes=tuple(routes)))


def alerts_for(count: int) -> list[Labels]:
    """Make alerts that find routes of every kind, and some that find none."""
    chance = random.Random(count)  # noqa: S311  examples, no secrets
    return [
        {
            "alertname": f"A{chance.randrange(count)}-x",
            "team": f"t{chance.randrange(2 * count)}",
            "service": f"s{chance.randrange(2 * count)}",
            "severity": chance.choice(["critical", "error", "warning", "info"]),
            "host": f"h{chance.randrange(1000)}",
        }
        for _ in range(ALERTS)
    ]


# --- what it is compared with ------------------------------------------------------------------


def by_definition(tree: RoutingTree) -> Match:
    """Follow the definition word for word."""

    def match(route: Route, labels: Labels) -> tuple[Route, ...]:
        if not all_match(route.matchers, labels):
            return ()
        found: tuple[Route, ...] = ()
        for child in route.routes:
            below = match(child, labels)
            found += below
            if below and not child.continues:
                break
        return found or (route,)

    return lambda labels: match(tree.root, labels)


@dataclass(frozen=True, slots=True)
class Compiled:
    """A route with its conditions laid out for a walk."""

    route: Route
    conditions: tuple[tuple[str, Callable[[str], bool]], ...]
    children: tuple["Compiled", ...]

    @classmethod
    def of(cls, route: Route) -> "Compiled":
        conditions = tuple((matcher.name, matcher.accepts) for matcher in route.matchers)
        return cls(route, conditions, tuple(map(cls.of, route.routes)))


def linear(tree: RoutingTree) -> Match:
    """Walk over every route, with everything compiled beforehand."""
    root = Compiled.of(tree.root)

    def collect(node: Compiled, labels: Labels, found: list[Route]) -> None:
        before = len(found)
        for child in node.children:
            for name, accepts in child.conditions:
                if not accepts(labels.get(name, "")):
                    break
            else:
                collect(child, labels, found)
                if not child.route.continues:
                    break
        if len(found) == before:
            found.append(node.route)

    def match(labels: Labels) -> tuple[Route, ...]:
        found: list[Route] = []
        collect(root, labels, found)
        return tuple(found)

    return match


# --- measuring ---------------------------------------------------------------------------------


def micros(match: Match, alerts: list[Labels]) -> float:
    """Measure the CPU time of one match, over as many as fill a round."""
    done, begin = 0, time.process_time()
    while (spent := time.process_time() - begin) < PER_ROUND_S:
        for labels in alerts:
            match(labels)
        done += len(alerts)
    return spent / done * 1e6


def measured(count: int) -> Times:
    """Measure all contenders in turns; all have to find the same."""
    tree, alerts = tree_of(count), alerts_for(count)
    contenders = {
        FLOOR: linear(tree),
        AGAIN: linear(tree),
        "definition": by_definition(tree),
        OURS: tree.match,
    }
    for labels in alerts:
        assert len({match(labels) for match in contenders.values()}) == 1
    return in_turns({name: partial(micros, m, alerts) for name, m in contenders.items()}, ROUNDS)


def test_routes_are_found_as_fast_among_thousands(bench: Bench) -> None:
    """At most 3 µs among 1,000 routes, 20 times faster than a walk; 10,000 cost at most 3 times."""
    times = {count: measured(count) for count in SIZES}
    for count, each in times.items():
        bench.note(f"among {count}", statistics.median(each[OURS]), "µs")
        bench.note(f"among {count}, by definition", statistics.median(each["definition"]), "µs")
    growth = statistics.median(times[10_000][OURS]) / statistics.median(times[1000][OURS])
    fastest, most = min(times[1000][OURS]), MOST_US_AT_1000
    bench.at_most("growth from 1,000 to 10,000", growth, "times", MOST_GROWTH, MOST_GROWTH)
    bench.at_most("among 1,000, at best", fastest, "µs", most, most * SLACK)
    bench.ratio(times[1000], most=MOST_OF_A_WALK, gate=MOST_OF_A_WALK, unit="µs")

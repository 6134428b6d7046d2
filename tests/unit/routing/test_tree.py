"""The tree answers as Alertmanager's does, quickly, and can say why."""

from collections.abc import Sequence
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.domain.routing.matchers import Labels, all_match, parse_matchers
from gateway.domain.routing.tree import (
    EVERY_LABEL,
    OwnSettings,
    Priority,
    Route,
    RoutingTree,
    Seed,
    grow,
)
from tests.unit.routing.trees import Chance, planted


def route(
    matchers: str = "", *below: Seed, to: str | None = None, on: bool = False, name: str = ""
) -> Seed:
    return Seed(
        own=OwnSettings(receiver=to),
        matchers=parse_matchers(matchers) if matchers else (),
        name=name,
        continues=on,
        routes=below,
    )


TREE = grow(
    route(
        "",
        route(
            'team="db"',
            route('severity="critical"', to="dba-now"),
            route('severity=~"error|warning"', to="dba-later"),
            to="dba",
        ),
        route('audit="yes"', to="audit", on=True),
        route('team="web"', route('zone!="eu"'), to="web"),
        route('host=~"db-.*"', to="hosts"),
        to="lobby",
    )
)


def receivers(tree: RoutingTree, **labels: str) -> list[str]:
    return [found.settings.receiver for found in tree.match(labels)]


@pytest.mark.parametrize(
    ("labels", "expected"),
    [
        ({}, ["lobby"]),
        ({"team": "db", "severity": "critical"}, ["dba-now"]),
        ({"team": "db", "severity": "error"}, ["dba-later"]),
        ({"team": "db", "severity": "info"}, ["dba"]),
        ({"team": "db", "audit": "yes"}, ["dba"]),
        ({"audit": "yes"}, ["audit"]),
        ({"audit": "yes", "team": "web"}, ["audit", "web"]),
        ({"audit": "yes", "host": "db-1"}, ["audit", "hosts"]),
        ({"team": "web", "zone": "eu"}, ["web"]),
        ({"host": "db-"}, ["hosts"]),
        ({"host": "web-1"}, ["lobby"]),
    ],
)
def test_the_tree_is_walked_depth_first(labels: dict[str, str], expected: list[str]) -> None:
    """Children answer for their parent, the first match ends the search unless it continues."""
    assert receivers(TREE, **labels) == expected


def test_continue_is_not_inherited() -> None:
    """A child without `continue` ends the search among its own siblings only."""
    tree = grow(
        route(
            "",
            route("a=1", route("b=1", to="inner"), route("b=~.+", to="late"), to="outer", on=True),
            route("a=1", to="second"),
            to="root",
        )
    )
    assert receivers(tree, a="1", b="1") == ["inner", "second"]


def test_two_routes_may_name_one_receiver() -> None:
    """They are two routes with two keys, and both answer."""
    tree = grow(route("", route("a=1", to="x", on=True), route("b=1", to="x"), to="root"))
    found = tree.match({"a": "1", "b": "1"})
    assert [each.settings.receiver for each in found] == ["x", "x"]
    assert found[0].key != found[1].key


def naive(at: Route, labels: Labels) -> list[Route]:
    """Follow the definition, word for word."""
    if not all_match(at.matchers, labels):
        return []
    hits = []
    for child in at.routes:
        found = naive(child, labels)
        hits += found
        if found and not child.continues:
            break
    return hits or [at]


@settings(max_examples=300, deadline=None)
@given(st.integers(min_value=0))
def test_the_index_changes_nothing(seed: int) -> None:
    """Compiled, explained and by definition, the routes are the same."""
    chance = Chance(seed)
    tree = planted(chance.tree())
    for labels in [chance.labels() for _ in range(20)]:
        expected = tuple(naive(tree.root, labels))
        assert tree.match(labels) == expected
        assert tree.explain(labels).routes == expected


@settings(max_examples=100, deadline=None)
@given(st.integers(min_value=0), st.integers(min_value=20, max_value=60))
def test_the_index_holds_for_many_siblings(seed: int, count: int) -> None:
    """Wide trees, where nearly everything is filed in tables, answer the same too."""
    chance = Chance(seed)
    tree = planted(chance.wide_tree(count))
    for labels in [chance.labels() for _ in range(20)]:
        assert tree.match(labels) == tuple(naive(tree.root, labels))


# --- what is handed down -----------------------------------------------------------------------


def test_settings_are_inherited_until_set_again() -> None:
    """Receiver, grouping, times, priority and template come from the nearest ancestor."""
    own = OwnSettings(
        receiver="lobby",
        group_by=("alertname",),
        group_wait=timedelta(seconds=5),
        priority=Priority.HIGH,
        template="short",
    )
    middle = Seed(own=OwnSettings(group_wait=timedelta(0)), routes=(Seed(),))
    top = grow(Seed(own=own, routes=(middle,))).root
    leaf = top.routes[0].routes[0]
    assert leaf.settings == top.routes[0].settings
    assert leaf.settings.group_wait == timedelta(0)
    assert leaf.settings.group_by == ("alertname",)
    assert leaf.settings.priority is Priority.HIGH
    assert leaf.settings.repeat_interval == timedelta(hours=4)


def test_matchers_continue_and_intervals_are_not_inherited() -> None:
    """What belongs to one node stays there."""
    child = Seed(
        matchers=parse_matchers("a=1"),
        continues=True,
        mute_time_intervals=("nights",),
        active_time_intervals=("work",),
        routes=(Seed(),),
    )
    leaf = grow(Seed(own=OwnSettings(receiver="x"), routes=(child,))).root.routes[0].routes[0]
    assert (leaf.matchers, leaf.continues) == ((), False)
    assert (leaf.mute_time_intervals, leaf.active_time_intervals) == ((), ())


# --- names of routes and groups ----------------------------------------------------------------


def keys(*below: Seed) -> list[str]:
    return [each.key for each in grow(route("", *below, to="root")).root.walk()]


def test_keys_survive_neighbours() -> None:
    """A route's key says what it matches, so that moving or adding siblings keeps it."""
    db, web = route("b=2,a=1", route("c=3")), route("web=1")
    assert keys(db) == ["{}", '{}/{a="1",b="2"}', '{}/{a="1",b="2"}/{c="3"}']
    assert set(keys(web, db)) > set(keys(db))


def test_keys_are_unique_and_names_are_keys() -> None:
    """Equal siblings are numbered; a named route keeps its name whatever it matches."""
    assert keys(route("a=1"), route("a=1"))[1:] == ['{}/{a="1"}', '{}/{a="1"}#2']
    assert keys(route("a=1", route("b=1"), name="db"))[1:] == ["db", 'db/{b="1"}']


@pytest.mark.parametrize(
    ("by", "expected"),
    [
        ((), "db:{}"),
        (("team", "cluster"), 'db:{team="x"}'),
        ((EVERY_LABEL,), 'db:{host="a\\"b", team="x"}'),
    ],
)
def test_groups_are_named_by_route_and_labels(by: Sequence[str], expected: str) -> None:
    """A group is named by its route and the labels that split groups; absent ones are left out."""
    tree = grow(
        Seed(
            own=OwnSettings(receiver="r"),
            routes=(Seed(name="db", own=OwnSettings(group_by=tuple(by))),),
        )
    )
    assert tree.root.routes[0].group_key({"team": "x", "host": 'a"b'}) == expected


def test_routes_are_found_by_key() -> None:
    """A stored key leads back to its route, or to nothing when the file has changed."""
    db = TREE.root.routes[0]
    assert TREE.route(db.key) == db
    assert TREE.route("gone") is None


# --- why ---------------------------------------------------------------------------------------


def test_a_verdict_shows_every_step() -> None:
    """Each route looked at stands there with each matcher, its label's value and whether it met."""
    verdict = TREE.explain({"team": "db", "severity": "critical"})
    steps = [
        (tried.route.settings.receiver, [(str(m.matcher), m.value, m.met) for m in tried.matchers])
        for tried in verdict.tried
    ]
    assert steps == [
        ("lobby", []),
        ("dba", [('team="db"', "db", True)]),
        ("dba-now", [('severity="critical"', "critical", True)]),
    ]
    assert [tried.answers for tried in verdict.tried] == [False, False, True]
    assert not verdict.unowned


def test_only_the_catch_all_means_unowned() -> None:
    """An alert nobody's route claimed is marked, and the verdict shows what did not match."""
    verdict = TREE.explain({"team": "mail"})
    assert verdict.unowned
    assert [tried.matched for tried in verdict.tried] == [True, False, False, False, False]
    assert verdict.tried[-1].matchers[0].value is None

"""Tests of routes fail when they should: when anything is told otherwise than they say."""

import copy
from collections.abc import Iterator
from io import StringIO
from typing import Any

import pytest
from ruamel.yaml import YAML

from gateway.routes.cases import load_cases, read_cases
from gateway.routes.junit import as_junit
from gateway.routes.playing import Report, play_cases
from gateway.routes.problems import RoutesError
from gateway.routes.reading import load_routes, read_routes
from tests.adapters.routes.files import EXAMPLE, EXAMPLE_CASES, SMALL

ROUTES = read_routes(SMALL).routes
HEAD = '- name: a story\n  clock: "2026-01-15T12:00:00Z"\n  steps:\n'
FIRE = "    - {at: 0s, fire: {alertname: Slow, team: db, host: 7}}\n"


def play(*steps: str, end: str = "") -> Report:
    return play_cases(read_cases(HEAD + "".join(f"    - {step}\n" for step in steps) + end), ROUTES)


def failures(report: Report) -> list[str]:
    return [problem.text for result in report.results for problem in result.failures]


FIRES = "{at: 0s, fire: {alertname: Slow, team: db, host: 7}}"


@pytest.mark.parametrize(
    "expectation",
    [
        "{}",
        "{receiver: dba}",
        "{receiver: dba, alerts: 1, status: firing, reason: new, page: [DBA]}",
        "{text_has: '[WARN] Slow 7 db'}",
        "{route: '{}/{team=\"db\"}'}",
    ],
)
def test_what_is_heard_meets_its_expectation(expectation: str) -> None:
    """Everything that is said has to be so; what is not said may be anything."""
    report = play(
        FIRES, f"{{between: [30s, 30s], expect: [{expectation}]}}", end="  nothing_else: true"
    )
    assert failures(report) == []
    assert report.passed


@pytest.mark.parametrize(
    "expectation",
    [
        "{receiver: lobby}",
        "{alerts: 2}",
        "{status: resolved}",
        "{reason: repeat}",
        "{page: [lobby]}",
        "{text_has: 'host'}",
        "{route: '{}'}",
        "{held: silenced}",
        "{}, {}",
    ],
)
def test_what_is_not_heard_fails(expectation: str) -> None:
    """The failure stands where the expectation does and says what was heard instead."""
    report = play(FIRES, f"{{between: [29s, 31s], expect: [{expectation}]}}")
    assert not report.passed
    (failure,) = report.results[0].failures
    assert (failure.line, failure.path) == (5, f"0.steps.1.expect.{int('}, {' in expectation)}")
    assert failure.text == (
        "was not met; between 29s and 31s: dba at 30s (new: 1 firing, 0 resolved)"
    )


def test_expecting_nothing() -> None:
    """An empty list fails as soon as anything is heard in its time."""
    assert play(FIRES, "{between: [0s, 29s], expect: []}").passed
    assert failures(play(FIRES, "{between: [0s, 1m], expect: []}")) == [
        "expected nothing; between 0s and 1m: dba at 30s (new: 1 firing, 0 resolved)"
    ]


def test_nothing_else() -> None:
    """What nobody expected fails the case that says so."""
    steps = [FIRES, "{between: [29m, 30m], expect: []}"]
    assert play(*steps).passed
    assert failures(play(*steps, end="  nothing_else: true")) == [
        "heard dba at 30s (new: 1 firing, 0 resolved)"
    ]


def test_the_stricter_expectation_chooses_first() -> None:
    """One that says little does not take what another needs, in whatever order they stand."""
    other = "{at: 0s, fire: {alertname: Odd}}"
    for pair in ("{}, {receiver: dba}", "{receiver: dba}, {}"):
        assert play(FIRES, other, f"{{between: [0s, 1m], expect: [{pair}]}}").passed


def test_ending_what_does_not_fire_is_a_mistake() -> None:
    """A resolve that meets nothing would test nothing."""
    assert failures(play("{at: 0s, resolve: {alertname: Slow}}")) == [
        "nothing fires with these labels"
    ]


def test_steps_may_stand_in_any_order() -> None:
    """Time decides."""
    assert play("{between: [30s, 30s], expect: [{receiver: dba}]}", FIRES).passed


def test_silences_and_acknowledgements() -> None:
    """Held back alerts can be expected too, with the cause."""
    silenced = HEAD.replace(
        "  steps", "  silences: [{matchers: [team=db], from: 0s, for: 1h}]\n  steps"
    )
    text = (
        silenced + FIRE + "    - {between: [0s, 1h], expect: [{held: silenced, receiver: dba}]}\n"
    )
    assert play_cases(read_cases(text), ROUTES).passed
    held = "{between: [4h, 5h], expect: [{held: acked}]}"
    assert play(FIRES, "{at: 1m, ack: {host: '7'}}", held).passed


@pytest.mark.parametrize(
    ("step", "problem"),
    [
        ("{at: 0s}", "write `at` with `fire`, `resolve` or `ack`, or `between` with `expect`"),
        ("{at: 0s, fire: {a: b}, resolve: {a: b}}", "write `at` with"),
        ("{between: [0s, 1s]}", "write `at` with"),
        ("{between: [2s, 1s], expect: []}", "ends before it begins"),
        ("{between: [0s, 1s], expect: [{reciever: x}]}", 'did you mean "receiver"?'),
        ("{between: [0s, 1s], expect: [{reason: gone}]}", "expected new, reopened, resolved"),
        ("{at: 0s, fire: {a: [b]}}", "expected text"),
    ],
)
def test_what_makes_no_sense_is_told(step: str, problem: str) -> None:
    """A case that cannot be played is a mistake in the file, with its place."""
    with pytest.raises(RoutesError) as error:
        play(step)
    assert problem in error.value.problems[0].text
    assert error.value.problems[0].line == 4


@pytest.mark.parametrize("text", ["", "a: b", "[]", "5"])
def test_what_is_no_list_of_cases_is_told(text: str) -> None:
    """An empty file of tests is no success."""
    with pytest.raises(RoutesError, match="expected a list of cases"):
        read_cases(text)


def test_a_report_for_ci() -> None:
    """Passed and failed cases, with what XML cannot carry left out."""
    text = HEAD.replace("a story", "one & \\x01two").replace(
        "name: one & \\x01two", 'name: "1 & \\x01<"'
    )
    report = play_cases(
        read_cases(text + FIRE + "    - {between: [0s, 1s], expect: [{}]}\n"), ROUTES
    )
    xml = as_junit(report, "routes.tests.yaml")
    assert 'tests="1" failures="1"' in xml
    assert 'name="1 &amp; &lt;"' in xml
    assert "was not met; between 0s and 1s: nothing was heard" in xml


# --- the example -------------------------------------------------------------------------------


def example() -> dict[str, Any]:
    content: dict[str, Any] = YAML(typ="safe").load(EXAMPLE.read_text("utf-8"))
    return content


def plays_with(content: dict[str, Any]) -> bool:
    """Play the example's cases with routes that were changed."""
    yaml = YAML(typ="safe", pure=True)
    text = StringIO()
    yaml.dump(content, text)
    try:
        routes = read_routes(text.getvalue()).routes
    except RoutesError:
        return False
    return play_cases(load_cases(EXAMPLE_CASES), routes).passed


def nodes(route: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield route
    for child in route.get("routes", []):
        yield from nodes(child)


def changes() -> Iterator[tuple[str, dict[str, Any]]]:
    """Delete or alter everything that decides where alerts go, one thing at a time."""
    count = len(list(nodes(example()["route"])))
    for place in range(count):
        for alter in (
            alter_receiver,
            drop_matchers,
            swap_matcher,
            drop_times,
            drop_continue,
            delete,
        ):
            content = example()
            node = list(nodes(content["route"]))[place]
            before = copy.deepcopy(content)
            alter(content, node)
            if content != before:
                yield f"{alter.__name__} of {node.get('name', 'root')}", content
    for section in ("inhibit_rules", "schedules", "aliases", "flapping"):
        content = example()
        for entry in content["inhibit_rules"]:
            entry["equal"] = [] if section == "inhibit_rules" else entry["equal"]
        if section == "schedules":
            content["schedules"][0].pop("overrides")
        if section == "aliases":
            content["aliases"]["leads"] = ["DBA"]
        if section == "flapping":
            content["flapping"]["changes"] = 9
        yield f"change of {section}", content


def alter_receiver(content: dict[str, Any], node: dict[str, Any]) -> None:
    others = [each["name"] for each in content["receivers"] if each["name"] != node.get("receiver")]
    node["receiver"] = others[-1]


def drop_matchers(_: dict[str, Any], node: dict[str, Any]) -> None:
    node.pop("matchers", None)


def swap_matcher(_: dict[str, Any], node: dict[str, Any]) -> None:
    if node.get("matchers"):
        node["matchers"][-1] = 'nonsense="there"'


def drop_times(_: dict[str, Any], node: dict[str, Any]) -> None:
    node.pop("mute_time_intervals", None)
    node.pop("active_time_intervals", None)


def drop_continue(_: dict[str, Any], node: dict[str, Any]) -> None:
    node.pop("continue", None)


def delete(content: dict[str, Any], node: dict[str, Any]) -> None:
    for parent in nodes(content["route"]):
        parent["routes"] = [each for each in parent.get("routes", []) if each is not node]
        if not parent["routes"]:
            parent.pop("routes")


def test_the_example_passes_and_touches_everything() -> None:
    """The published cases belong to the published routes."""
    routes = load_routes(EXAMPLE).routes
    report = play_cases(load_cases(EXAMPLE_CASES), routes)
    assert failures(report) == []
    assert report.coverage.untouched(routes) == []
    assert report.coverage.percent(routes) == 100


@pytest.mark.parametrize(
    ("name", "content"), list(changes()), ids=lambda value: value if isinstance(value, str) else ""
)
def test_no_change_to_the_example_goes_unnoticed(name: str, content: dict[str, Any]) -> None:
    """Whatever is deleted or altered, some case breaks."""
    assert not plays_with(content), name


def test_what_no_case_touched_is_listed() -> None:
    """Routes, matchers by what they did not do, silences and inhibition rules."""
    routes = read_routes(
        SMALL
        + "    - {name: web, matchers: [team=web]}\n"
        + "inhibit_rules: [{name: down, source_matchers: [a=b], target_matchers: [c=d]}]\n"
        + "silences:\n  - matchers: [a=b]\n    from: 2026-01-05T00:00Z\n"
        + "    until: 2026-01-06T00:00Z\n    author: dana\n    comment: work\n"
    ).routes
    coverage = play_cases(read_cases(HEAD + FIRE), routes).coverage
    assert coverage.untouched(routes) == [
        "route {}",
        'route {}/{team="db"}: team="db" was never missed',
        "route web",
        'route web: team="web" was never met',
        'route web: team="web" was never missed',
        "silence silences.0",
        "inhibition rule down",
    ]
    assert round(coverage.percent(routes)) == round(100 * 2 / 9)

"""`routes.yaml` is read as it is written, and every mistake is told at once with its place."""

import json
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML

from gateway.domain.directory import (
    Department,
    Directory,
    DirectorySnapshot,
    Extension,
    ExtensionKind,
    ExtensionStatus,
)
from gateway.domain.ids import ExtensionNumber
from gateway.domain.routing.flapping import FlapPolicy
from gateway.domain.routing.oncall import on_call
from gateway.domain.routing.tree import Priority
from gateway.routes.cases import read_cases
from gateway.routes.problems import RoutesError, as_json, for_github
from gateway.routes.reading import check_targets, load_routes, read_routes
from gateway.routes.schema import routes_schema
from gateway.services.roster import Roster
from tests.adapters.routes.files import CONFIG, EXAMPLE, SCHEMA, SMALL
from tests.fakes.clock import MovedClock

WEEKENDS = "time_intervals: [{name: weekends, time_intervals: [{weekdays: [saturday, sunday]}]}]\n"
EVERYTHING = """\
silences:
  - matchers: ['host=~".*"']
    from: "2026-01-05T00:00Z"
    until: "2026-01-06T00:00Z"
    author: dana
    comment: quiet
"""


def mistakes(text: str) -> list[str]:
    """Give the first line of each problem: place, path and clause."""
    with pytest.raises(RoutesError) as error:
        read_routes(text)
    return [str(problem).splitlines()[0] for problem in error.value.problems]


def test_thousands_of_mistakes_are_told_in_time() -> None:
    """A file that lost a receiver has one on each line; ten times as many take ten times longer."""
    routes = "".join(f"    - {{receiver: x{n}, matchers: ['a=']}}\n" for n in range(5000))
    started = time.process_time()
    found = mistakes(
        f"receivers: [{{name: a, channel: b}}]\nroute:\n  receiver: a\n  routes:\n{routes}"
    )
    assert len(found) == 5000
    assert time.process_time() - started < 5


# --- what it says ------------------------------------------------------------------------------


def test_settings_arrive_where_they_belong() -> None:
    """Everything in the example comes out of it as it stands there."""
    routes = load_routes(EXAMPLE).routes
    critical = routes.tree.route("db-critical")
    assert critical is not None
    assert critical.settings.group_by == ("alertname", "cluster")
    assert critical.settings.group_wait == timedelta(seconds=10)
    assert critical.settings.repeat_interval == timedelta(hours=1)
    assert critical.settings.ack.remind == timedelta(minutes=10)
    assert [step.page for step in critical.settings.ack.escalate] == [("DBA",), ("leads",)]
    assert routes.priority(critical) is Priority.HIGH
    template = routes.template(critical)
    assert template is not None
    assert template.fill({"severity": "critical", "host": "{x}"}) == "critical  on {x}"
    lifts = routes.tree.route("lifts")
    assert lifts is not None
    assert (lifts.continues, lifts.active_time_intervals) == (True, ("office-hours",))
    assert routes.inhibit_rules[0].equal == ("cluster",)
    assert routes.heartbeats[0].grace == timedelta(minutes=10)
    assert routes.flapping == FlapPolicy(3, timedelta(minutes=30))


def test_schedules_and_aliases_become_people() -> None:
    """Whom a receiver pages is found out at the time, through aliases and schedules."""
    routes = load_routes(EXAMPLE).routes
    monday = datetime(2026, 1, 12, 8, 30, tzinfo=UTC)
    assert routes.targets(["dba-oncall", "leads", "On-call leads"], monday) == (
        "Avery Kim",
        "On-call leads",
    )
    assert on_call(routes.schedules["dba-oncall"], monday).next == ("Dana Lee",)


def test_the_same_text_is_the_same_version() -> None:
    """A reload can tell whether anything changed."""
    assert read_routes(SMALL).routes.hash == read_routes(SMALL).routes.hash
    assert read_routes(SMALL).routes.hash != read_routes(SMALL + "# more\n").routes.hash


def test_an_empty_group_by_is_inherited() -> None:
    """As in Alertmanager, an empty list is like none."""
    text = SMALL.replace("receiver: dba}", "receiver: dba, group_by: []}")
    tree = read_routes(text.replace("route:\n", "route:\n  group_by: [team]\n")).routes.tree
    assert tree.root.routes[0].settings.group_by == ("team",)


def test_anchors_and_merges_are_understood() -> None:
    """What is written once can be used twice; own keys go first."""
    text = SMALL + (
        "    - &a {matchers: [a=b], receiver: dba, group_wait: 1s}\n"
        "    - {<<: *a, matchers: [c=d]}\n"
    )
    first, second = read_routes(text).routes.tree.root.routes[1:]
    assert second.settings == first.settings
    assert [str(matcher) for matcher in second.matchers] == ['c="d"']


def test_several_matchers_may_stand_in_one_text() -> None:
    """Braces and commas, as Alertmanager's own files have them."""
    text = SMALL.replace("""['team="db"']""", """['{team="db",zone!="eu"}', host=x]""")
    (route,) = read_routes(text).routes.tree.root.routes
    assert [str(matcher) for matcher in route.matchers] == ['team="db"', 'zone!="eu"', 'host="x"']


# --- what is wrong -----------------------------------------------------------------------------


def test_all_mistakes_are_told_at_once_in_order() -> None:
    """Of every kind: keys, values, matchers, names that lead nowhere. A caret shows the place."""
    broken = Path(__file__).with_name("broken.yaml")
    with pytest.raises(RoutesError) as error:
        read_routes(broken.read_text("utf-8"), broken.name)
    assert (
        str(error.value).splitlines() == broken.with_suffix(".txt").read_text("utf-8").splitlines()
    )


@pytest.mark.parametrize(
    ("change", "mistake"),
    [
        (("receiver: lobby\n", "receiver: lobby\n  continue: true\n"), "continue with"),
        (("receiver: lobby\n", "receiver: lobby\n  matchers: [a=b]\n"), "takes no matchers"),
        (("name: dba", "name: lobby"), '"lobby" is there twice'),
        (("page: [DBA]", "page: [DBA, 102, '102']"), '"102" is there twice'),
        (("matchers:", "match:"), "was Alertmanager's old form"),
        (("receiver: dba}", "receiver: dba, template: x}"), 'there is no template "x"'),
        (("receiver: dba}", "receiver: dba, name: x}\n    - {name: x}"), '"x" is there twice'),
        (("receiver: dba}", "receiver: dba, group_wait: 5}"), "expected a duration"),
        (("receiver: dba}", "receiver: dba, receiver: lobby}"), '"receiver" is there twice'),
        (("receiver: dba}", "receiver: dba, ack: {escalate: [{after: 5m}]}}"), "needs `page`"),
        (("page: [DBA]", "page: !x [DBA]"), "tags such as !x are not understood"),
        (("name: lobby", "name: !x lobby"), "tags such as !x are not understood"),
        (("receivers:\n", "receivers:\n  - 5\n"), "expected keys and values"),
        (("channel: C0OPS", "channel: ''"), "must not be empty"),
        (("channel: C0OPS", "channel: 5"), "expected text"),
    ],
)
def test_each_mistake_is_named(change: tuple[str, str], mistake: str) -> None:
    """One change to a good file, one clear answer."""
    found = mistakes(SMALL.replace(*change, 1))
    assert any(mistake in each for each in found), found


@pytest.mark.parametrize(
    ("section", "mistake"),
    [
        ("schedules: [{name: s}]", "nobody would ever be on call"),
        (
            "schedules: [{name: s, rotations: [{people: [s], starts: 2026-01-05, every: 1w}]}]",
            "s → s",
        ),
        (
            "schedules: [{name: s, rotations: [{people: [a], starts: x, every: 1w}]}]",
            "a local time",
        ),
        ("heartbeats: [{source: a, matchers: [a=b], every: 0, grace: 0}]", "longer than nothing"),
        ("flapping: {changes: 1}", "expected 2 or more"),
        ("templates: {t: 'a {b'}", "write a label as {name}"),
        (f"templates: {{t: '{'x' * 1001}'}}", "1000 fit"),
        ("time_intervals: [{name: n, time_intervals: []}]", "must not be empty"),
        (EVERYTHING, "silences everything"),
        ("aliases: [a]", "expected keys and values"),
    ],
)
def test_each_section_is_checked(section: str, mistake: str) -> None:
    """What cannot work is refused at load, not found out at night."""
    assert any(mistake in each for each in mistakes(f"{SMALL}{section}\n"))


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("receivers: [", "routes.yaml:1:13"),
        ("a: b: c", "routes.yaml:1:5"),
        ("a: *nope", "routes.yaml:1:4"),
        ("--- a\n--- b", "routes.yaml:2:1"),
        ("a: \x00", "routes.yaml:1:1"),
        ("[" * 3000, "routes.yaml:1:1"),
        ("", 'routes.yaml:1:1: "receivers" is missing'),
        ("- a", "routes.yaml:1:1: expected keys and values"),
    ],
)
def test_what_is_no_such_file_is_told_like_everything_else(text: str, place: str) -> None:
    """YAML's own mistakes have a place too."""
    assert mistakes(text)[0].startswith(place)


def test_a_bomb_of_aliases_is_refused() -> None:
    """A few lines that unfold to billions are stopped early."""
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 10)]
    assert "unfolds to too much" in mistakes("\n".join(lines))[0]
    assert "unfolds to too much" in mistakes("a: &a [*a]")[0]


@settings(max_examples=200, deadline=None)
@given(st.text(alphabet="ab:-[]{},&*!<>'\"#|% \n\t?~1", max_size=60))
def test_anything_typed_is_read_or_refused(text: str) -> None:
    """There is no text that crashes the reader."""
    with pytest.raises(RoutesError):
        read_routes(text)


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_any_piece_lost_is_read_or_refused(data: st.DataObject) -> None:
    """A file with any stretch cut out either still works or says why not."""
    text = EXAMPLE.read_text("utf-8")
    begin = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(begin, min(len(text), begin + 200)))
    try:
        routes = read_routes(text[:begin] + text[end:]).routes
    except RoutesError as error:
        problems = error.problems
    else:
        problems = ()
        assert routes.tree.match({})
    assert all(problem.line >= 1 and problem.column >= 1 for problem in problems)


def test_a_file_that_cannot_be_read_says_so(tmp_path: Path) -> None:
    """Missing, or not text."""
    with pytest.raises(RoutesError, match="cannot be read"):
        load_routes(tmp_path / "none.yaml")
    (tmp_path / "odd.yaml").write_bytes(b"\xff\xfe\xff")
    with pytest.raises(RoutesError, match="is not UTF-8"):
        load_routes(tmp_path / "odd.yaml")


def test_problems_for_programs() -> None:
    """GitHub marks the line; JSON has stable keys."""
    with pytest.raises(RoutesError) as error:
        read_routes(SMALL.replace("receiver: dba}", "receiver: 100%}"))
    (problem,) = error.value.problems
    assert for_github(problem) == (
        "::error file=routes.yaml,line=7,col=43::"
        'route.routes.0.receiver: there is no receiver "100%25"'
    )
    assert json.loads(as_json([problem])) == [
        {
            "file": "routes.yaml",
            "line": 7,
            "column": 43,
            "path": "route.routes.0.receiver",
            "text": 'there is no receiver "100%"',
        }
    ]


# --- with the directory ------------------------------------------------------------------------


def directory(*names: str) -> Directory:
    extensions = tuple(
        Extension(ExtensionNumber(str(n)), name, ExtensionKind.PERSON, ExtensionStatus.ENABLED)
        for n, name in enumerate(names, 101)
    )
    departments: tuple[Department, ...] = ()
    snapshot = DirectorySnapshot(extensions, departments, datetime(2026, 1, 1, tzinfo=UTC))
    return Directory(snapshot, Roster(MovedClock(), {"oncall": ("101",)}))


def test_everybody_who_is_paged_has_to_exist() -> None:
    """A name in no directory is pointed at, with the nearest one."""
    loaded = read_routes(
        SMALL.replace("page: [DBA]", "page: [dba, 102, oncall, team, Avary Kim, 999]")
        + "aliases: {team: [Bo Chen]}\n"
    )
    error = check_targets(loaded, directory("DBA", "Avery Kim", "Bo Chen"))
    assert error is not None
    assert [(problem.column, problem.text) for problem in error.problems] == [
        (48, 'there is nobody called "Avary Kim" — did you mean "Avery Kim"?'),
        (59, 'there is nobody called "999"'),
    ]
    assert check_targets(read_routes(SMALL), directory("DBA")) is None


def test_the_example_names_people_of_the_demo() -> None:
    """It works with the company that comes along."""
    company = YAML(typ="safe").load((CONFIG / "demo" / "directory.yaml").read_text("utf-8"))
    names = [each["name"] for each in (*company["people"], *company["departments"])]
    assert check_targets(load_routes(EXAMPLE), directory(*names)) is None


# --- the schema --------------------------------------------------------------------------------


def test_the_published_schema_is_current() -> None:
    """Renew it with `python -m gateway.routes.schema > config/schema/routes.schema.json`."""
    assert SCHEMA.read_text("utf-8") == routes_schema()


def test_the_schema_takes_the_example_and_refuses_mistakes() -> None:
    """Editors see the same mistakes as the gateway, as far as a schema can tell."""
    validator = jsonschema.Draft202012Validator(json.loads(routes_schema()))
    yaml = YAML(typ="safe")
    validator.validate(yaml.load(EXAMPLE.read_text("utf-8")))
    for wrong in ("receiver: dba, x: 1}", "receiver: dba, group_wait: 5x}", "priority: urgent}"):
        content = yaml.load(SMALL.replace("receiver: dba}", wrong))
        assert list(validator.iter_errors(content)), wrong


def test_every_key_is_described() -> None:
    """An editor can say what each key is for."""

    def nameless(node: object, name: str = "") -> list[str]:
        if not isinstance(node, dict):
            return [n for each in node for n in nameless(each)] if isinstance(node, list) else []
        own = [k for k, v in node.get("properties", {}).items() if "description" not in v]
        return [f"{name}.{key}" for key in own] + [
            n for key, value in node.items() for n in nameless(value, key)
        ]

    assert nameless(json.loads(routes_schema())) == []


# --- what is published -------------------------------------------------------------------------


def test_what_the_reference_shows_can_be_copied() -> None:
    """The first example of the description is a file, the last one a file of cases."""
    page = (CONFIG.parent / "docs" / "reference" / "routes.md").read_text("utf-8")
    examples = [block.partition("```")[0] for block in page.split("```yaml\n")[1:]]
    assert read_routes(examples[0]).routes.tree.match({"team": "db", "severity": "error"})
    assert read_cases(examples[-1]).cases[0].nothing_else
    for sections in examples[1:-1]:
        weekends = "" if "time_intervals" in sections else WEEKENDS
        assert read_routes(SMALL + sections + weekends).routes.tree.match({})

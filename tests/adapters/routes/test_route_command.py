"""`gateway route`: what it prints, and how it exits."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from gateway.cli.main import main
from tests.adapters.routes.files import EXAMPLE, EXAMPLE_CASES, SMALL


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(main, ["route", *map(str, arguments)])


def test_it_tells_the_receivers() -> None:
    """In the tree's order, on standard output; what is worth knowing besides, on the other."""
    result = run("test", "--config", EXAMPLE, "team=db", 'severity="critical"')
    assert (result.exit_code, result.stdout) == (0, "dba-oncall\n")
    two = run("test", "--config", EXAMPLE, "alertname=LiftStuck", "building=a", "severity=error")
    assert two.stdout == "facilities,watch\n"
    unowned = run("test", "--config", EXAMPLE, "a=b")
    assert unowned.stdout == "lobby\n"
    assert "No route claimed it" in unowned.stderr


def test_an_expectation_decides_the_exit() -> None:
    """0 when it is met, 1 when not, in order."""
    lift = ("test", "--config", EXAMPLE, "alertname=LiftStuck", "building=a", "severity=error")
    assert run(*lift, "--expect", "facilities, watch").exit_code == 0
    assert run(*lift, "--expect", "watch,facilities").exit_code == 1
    assert run(*lift, "--expect", "facilities").exit_code == 1
    assert run(*lift, "--expect", "").exit_code == 1


def test_the_tree_shows_every_step() -> None:
    """Each route that was looked at, each matcher, and what was there instead."""
    result = run("test", "--config", EXAMPLE, "team=db", "severity=info", "--tree")
    assert result.stdout.splitlines() == [
        "root",
        '  heartbeats  ✗ alertname="HeartbeatMissing" (absent)',
        '  no-data  ✗ alertname=~"DatasourceError|DatasourceNoData" (absent)',
        '  databases  ✓ team="db"',
        "    db-critical  ✗ severity=\"critical\" ('info')",
        '    db-info  ✓ severity="info" → lobby',
        "",
        "lobby",
    ]


def test_json_has_stable_keys() -> None:
    """For scripts."""
    result = run("test", "--config", EXAMPLE, "team=db", "--json")
    assert json.loads(result.stdout) == {
        "receivers": ["dba"],
        "routes": ["databases"],
        "unowned": False,
    }
    (root, *_) = json.loads(run("show", "--config", EXAMPLE, "--json").stdout)
    assert root["group_by"] == ["alertname", "cluster"]
    assert root["repeat_interval"] == "4h"


def test_show_draws_the_tree() -> None:
    """Every route with whom it tells."""
    lines = run("show", "--config", EXAMPLE).stdout.splitlines()
    assert lines[0] == "everything → lobby (C0OPS)"
    assert '│  └─ db-info {severity="info"} → lobby (C0OPS) not in nights not in weekends' in lines
    assert lines[-1].startswith("└─ building-at-night ")


def test_cases_are_found_by_their_name(tmp_path: Path) -> None:
    """NAME.tests.yaml tests NAME.yaml beside it, or what --config says."""
    assert run("test", "--file", EXAMPLE_CASES, "--min-coverage").exit_code == 0
    cases = tmp_path / "mine.yaml"
    cases.write_text(EXAMPLE_CASES.read_text("utf-8"), "utf-8")
    assert run("test", "--file", cases).exit_code == 2
    assert run("test", "--file", cases, "--config", EXAMPLE).exit_code == 0


def test_failing_cases_are_shown_and_reported(tmp_path: Path) -> None:
    """Exit 1, the place of each failure, a report for CI, and what was not touched."""
    routes, cases, report = (tmp_path / n for n in ("r.yaml", "r.tests.yaml", "r.xml"))
    routes.write_text(SMALL)
    cases.write_text(
        '- name: a story\n  clock: "2026-01-15T12:00:00Z"\n  steps:\n'
        "    - {at: 0s, fire: {team: db}}\n"
        "    - {between: [0s, 1m], expect: [{receiver: lobby}]}\n"
    )
    result = run("test", "--file", cases, "--junit", report)
    assert result.exit_code == 1
    assert "FAILED  a story\n        " in result.stdout
    assert (
        "r.tests.yaml:5:36: 0.steps.1.expect.0: was not met; between 0s and 1m: " in result.stdout
    )
    assert result.stdout.endswith("0 passed, 1 failed, 50 % touched\n")
    assert "No case touched:\n  route {}\n" in result.stdout
    assert 'failures="1"' in report.read_text("utf-8")


@pytest.mark.parametrize(("wanted", "code"), [("50", 0), ("51", 1)])
def test_coverage_can_be_asked_for(tmp_path: Path, wanted: str, code: int) -> None:
    """Too little of it fails though all cases pass."""
    (tmp_path / "r.yaml").write_text(SMALL)
    cases = tmp_path / "r.tests.yaml"
    cases.write_text(
        '- {name: a, clock: "2026-01-15T12:00:00Z", steps: [{at: 0s, fire: {team: db}}]}\n'
    )
    assert run("test", "--file", cases, "--min-coverage", wanted).exit_code == code


@pytest.mark.parametrize(
    "arguments",
    [
        ["test", "--config", EXAMPLE],
        ["test", "--config", EXAMPLE, "team"],
        ["test", "--config", EXAMPLE, "team=~db"],
        ["test", "--config", EXAMPLE, "team!=db"],
        ["test", "--config", EXAMPLE, "=db"],
        ["test", "--config", EXAMPLE, "a=b", "--junit", "x.xml"],
        ["test", "--config", EXAMPLE, "a=b", "--min-coverage", "1"],
        ["test", "--file", EXAMPLE_CASES, "a=b"],
        ["test", "--file", EXAMPLE_CASES, "--expect", "lobby"],
        ["test", "--file", EXAMPLE_CASES, "--min-coverage", "101"],
        ["nope"],
    ],
)
def test_a_command_that_makes_no_sense_exits_2(arguments: list[str]) -> None:
    """Nothing is guessed."""
    assert run(*arguments).exit_code == 2


def test_files_that_cannot_be_used_exit_3(tmp_path: Path) -> None:
    """Every problem is told, in the form that was asked for."""
    wrong = tmp_path / "routes.yaml"
    wrong.write_text(SMALL.replace("receiver: dba}", "receiver: dbaa}"))
    result = run("test", "--config", wrong, "a=b")
    assert (result.exit_code, result.stdout) == (3, "")
    assert 'there is no receiver "dbaa" — did you mean "dba"?' in result.stderr
    assert run("show", "--config", wrong, "--format", "github").stdout.startswith("::error file=")
    (problem,) = json.loads(run("show", "--config", wrong, "--format", "json").stdout)
    assert (problem["line"], problem["column"]) == (7, 43)
    assert run("test", "--config", tmp_path / "none.yaml", "a=b").exit_code == 3
    assert run("test", "--config", EXAMPLE, "--file", wrong).exit_code == 3

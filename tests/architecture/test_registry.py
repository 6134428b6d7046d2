"""Every known fault, threat and kill point names the tests that prove what is promised about it."""

import ast
import tomllib
from functools import cache
from pathlib import Path

import pytest

from tests.faults import defences
from tests.faults.ablations import ALL
from tests.faults.kill_points import KILL_POINTS

TESTS = Path(__file__).parents[1]
REGISTRY = tomllib.loads((TESTS / "faults" / "registry.toml").read_text(encoding="utf-8"))
KEYS = {"what", "tests", "without", "note"}


@cache
def names_in(file: str) -> frozenset[str]:
    """List the tests of a file, below `tests`."""
    tree = ast.parse((TESTS / file).read_text(encoding="utf-8"))
    functions = (ast.FunctionDef, ast.AsyncFunctionDef)
    return frozenset(node.name for node in ast.walk(tree) if isinstance(node, functions))


def missing(names: list[str]) -> list[str]:
    """Give the names of tests that do not exist."""
    gone = []
    for name in names:
        file, _, function = name.removeprefix("tests/").partition("::")
        if not (TESTS / file).is_file() or function not in names_in(file):
            gone.append(name)
    return gone


def test_no_row_is_left_out() -> None:
    """39 faults, 38 threats, 26 kill points."""
    faults = {f"F{number}" for number in range(1, 40)}
    threats = {f"T{number}" for number in range(1, 39)}
    assert set(REGISTRY) == faults | threats
    assert set(KILL_POINTS) == {f"K{number}" for number in range(1, 27)}


@pytest.mark.parametrize("row", REGISTRY)
def test_every_row_has_tests_that_exist(row: str) -> None:
    """A row without one, or with one that was renamed, proves nothing."""
    entry = REGISTRY[row]
    assert entry.keys() <= KEYS
    assert entry["tests"]
    assert missing(entry["tests"]) == []
    assert set(entry.get("without", ())) <= {*ALL, *defences.ALL}
    assert entry.get("without") or entry.get("note"), "what is taken away, or why nothing can be"


@pytest.mark.parametrize("point", KILL_POINTS)
def test_every_kill_point_has_tests_that_exist(point: str) -> None:
    """Each says where it is for us, or why it is nowhere."""
    entry = KILL_POINTS[point]
    assert entry.tests
    assert missing(list(entry.tests)) == []


def test_every_switch_belongs_to_a_row() -> None:
    """A defence that can be taken away defends against something that is listed."""
    used = {name for entry in REGISTRY.values() for name in entry.get("without", ())}
    assert used == {*ALL, *defences.ALL} - {"refusals are told"}
    assert not ALL.keys() & defences.ALL.keys()
    assert missing(["faults/test_nothing.py::test_it", "faults/test_checker.py::test_no"]) != []


@pytest.mark.parametrize("name", defences.ALL)
def test_every_defence_is_missed_by_tests_of_its_rows(name: str) -> None:
    """What notices that it is gone is what the registry counts on."""
    of_rows = {
        test
        for entry in REGISTRY.values()
        if name in entry.get("without", ())
        for test in entry["tests"]
    }
    assert {test.partition("[")[0] for test in defences.ALL[name].fails} <= of_rows

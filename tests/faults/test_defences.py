"""A test that stays green without the defence it is about proves nothing."""

from pathlib import Path

import pytest

from tests.faults.defences import ALL, PROJECT, Defence, noticed


@pytest.mark.parametrize("name", ALL)
def test_every_defence_stands_where_it_is_said_to(name: str) -> None:
    """Once, so that what is cut out is what is meant."""
    source = (PROJECT / ALL[name].file).read_text(encoding="utf-8")
    assert ALL[name].cut(source) != source


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=[] if defence.quick else pytest.mark.slow)
        for name, defence in ALL.items()
    ],
)
def test_without_a_defence_its_tests_fail(name: str, tmp_path: Path) -> None:
    """Each of them, by what it asserts."""
    assert noticed(ALL[name], tmp_path) == set(ALL[name].fails)


def test_what_is_no_defence_is_missed_by_nobody(tmp_path: Path) -> None:
    """The tests pass in the copy, so it is the cut that makes them fail."""
    fails = ("adapters/slack/test_signature.py::test_each_header_stands_there_exactly_once",)
    comment = "    # No early end: how many"
    nothing = Defence("adapters/chat/slack/signature.py", comment, comment.upper(), fails)
    assert noticed(nothing, tmp_path) == set()

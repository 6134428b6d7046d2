"""Marks in settings files: every key and value `tomllib` finds has one, and the right one."""

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.settings.marks import Marks, find_marks

EXAMPLES = sorted((Path(__file__).parents[2] / "config").rglob("*.toml"))

ODD = '''\
top = 1 # not = a key
"quoted key" . 'x.y'.bare = [ 1, [2, "]"], # ] in a comment
  3, ]
inline = { a = "}", "b c" = [ { deep = 'a' } ], d.e = 1979-05-27 07:32:00Z }
many = """
[not.a.table] "" \\""" quoted""""
raw = \'\'\'it's
= here\'\'\'
[ table . "sub" ]
key = true
[[list]]
name = "one"
[list.more]
x = -1.5e3
[[list.inner]]
y = 1
[[list.inner]]
y = 2
[[list]]
name = "two"
[[list.inner]]
y = 07:32:00
'''


def paths(
    value: Any, path: tuple[str | int, ...] = ()
) -> Iterator[tuple[tuple[str | int, ...], Any]]:
    """List every value with its path."""
    if path:
        yield path, value
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from paths(inner, (*path, key))
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from paths(inner, (*path, number))


def check(text: str) -> None:
    """Read every leaf again from where it is said to stand."""
    marks, found = find_marks(text), dict(paths(tomllib.loads(text)))
    leaves = {path for path, value in found.items() if not isinstance(value, dict | list)}
    assert {path for path in marks.leaves if path in leaves} == leaves
    for path in leaves:
        begin, end = marks.values[path]
        assert tomllib.loads(f"v = {text[begin:end]}")["v"] == found[path]
    for path in found:
        assert path in marks.values or path in marks.keys
        if isinstance(path[-1], str):
            offset = marks.keys[path]
            assert text[offset] in f"\"'{path[-1][:1]}"


def test_every_form_of_toml_has_its_marks() -> None:
    """Dotted, quoted and inline keys, lists over lines, tables in tables, texts with traps."""
    check(ODD)
    check(ODD.replace("\n", "\r\n"))


@pytest.mark.parametrize("file", EXAMPLES, ids=lambda file: file.name)
def test_our_own_files_have_their_marks(file: Path) -> None:
    """Also with every line in force."""
    check(file.read_text(encoding="utf-8"))


KEYS = st.sampled_from(["a", "b-1", '"c d"', "'e.f'", '"\\u00e4"'])
TEXTS = st.text("ab[]{}#=,.'\n\"\\ é", max_size=8).map(
    lambda text: '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'
)
LEAVES = st.one_of(
    TEXTS,
    st.sampled_from(["1", "-2.5", "true", "inf", "1979-05-27 07:32:00", "'#'", '"""\n"" """']),
)
VALUES = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(lambda each: f"[ {', '.join(each)}\n]"),
        st.dictionaries(KEYS, inner, max_size=3).map(
            lambda each: "{ " + ", ".join(f"{k} = {v}" for k, v in each.items()) + " }"
        ),
    ),
    max_leaves=6,
)
TABLES = st.lists(
    st.tuples(st.sampled_from(["[{}]", "[[{}]]"]), KEYS, st.dictionaries(KEYS, VALUES, max_size=3)),
    max_size=4,
)


@given(TABLES)
def test_whatever_tomllib_reads_has_its_marks(
    tables: list[tuple[str, str, dict[str, str]]],
) -> None:
    """Documents made up at random; those that are no TOML say nothing."""
    lines = [
        line
        for form, name, entries in tables
        for line in (form.format(name), *(f"{k}  =\t{v} # end" for k, v in entries.items()))
    ]
    text = "\n".join(lines)
    try:
        tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return
    check(text)


def test_lines_are_counted_from_any_offset() -> None:
    """The first and the last character of a line belong to it."""
    marks = Marks("ab\ncd\n")
    assert [marks.line_of(offset) for offset in (0, 2, 3, 5, 6)] == [0, 0, 1, 1, 2]
    assert [marks.line(number) for number in (0, 1, 2)] == ["ab", "cd", ""]

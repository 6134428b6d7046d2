"""Regular expressions: RE2's meaning, and time that no pattern and no value can blow up."""

import re
import time
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.domain.routing.automaton import Automaton
from gateway.domain.routing.pattern import Pattern
from gateway.domain.routing.pattern_syntax import parse_pattern
from gateway.domain.routing.syntax import RoutingSyntaxError


def fits(pattern: str, value: str) -> bool:
    """Decide twice, by the short cuts and by the automaton, which must agree."""
    quick = Pattern(pattern).matches(value)
    assert Automaton(parse_pattern(pattern)).matches(value) == quick
    return quick


@pytest.mark.parametrize(
    ("pattern", "fitting", "others"),
    [
        ("crit", ["crit"], ["critical", "acrit", "CRIT", ""]),
        ("critical|error", ["critical", "error"], ["critical|error", "errors", "riticalerror"]),
        ("", [""], ["a"]),
        ("a|", ["a", ""], ["aa"]),
        ("disk.*", ["disk", "diskfull"], ["adisk", "disk\n"]),
        (".*-eu", ["-eu", "db-eu"], ["-eu1", "\n-eu"]),
        (".*queue.+", ["queue1", "a queue b"], ["queue", "aqueue", "queu e"]),
        ("a.+a", ["aba", "abba"], ["aa", "a"]),
        (".*aa.*aa", ["aaaa", "aabaa"], ["aaa", "aa"]),
        ("(?s)a.*", ["a\nb"], ["b"]),
        ("(?i)straße", ["STRAẞE", "Straße"], ["STRASSE"]),
        ("(?i)k", ["k", "K", "\u212a"], ["ĸ"]),
        ("(?i)i", ["i", "I"], ["\u0131", "\u0130"]),
        ("(?i:a)b", ["ab", "Ab"], ["aB"]),
        ("a(?i)b|c", ["ab", "aB", "C"], ["Ab"]),
        ("(?i)[^k]", ["a"], ["k", "K", "\u212a"]),
        ("^a$", ["a"], ["^a$"]),
        ("(^a|b$)", ["a", "b"], ["ab"]),
        ("a^b|a$b", [], ["ab", "a^b", "a$b"]),
        (r"\Aa\z", ["a"], ["a\n"]),
        ("(?m)a$\n^b", ["a\nb"], ["ab"]),
        (r"\bdb\b.*", ["db", "db-7"], ["db7", "dbé_"[:2] + "_"]),
        (r"db\B.", ["dbx"], ["db-"]),
        (r"\B", [""], ["a"]),
        (r"[\d\-x]{2,3}", ["1-", "xx3"], ["1", "1234", "٣٣"]),
        (r"[^\W_]+", ["abc"], ["a_", "é"]),
        (r"\s", [" ", "\t", "\n"], ["\v", "\u00a0"]),
        (r"[[:upper:]][[:^digit:]]", ["Aa"], ["A1", "aa"]),
        (r"[]a]|[^]a]x", ["]", "a", "bx"], ["]x", "b"]),
        (r"[a\]z-]+", ["a]z-"], ["b"]),
        (r"\Qa.b\E+|\Q*", ["a.b", "a.bb", "*"], ["axb", "a.ba.b"]),
        (r"\x41\x{1F600}\101\t\.\_", ["A😀A\t._"], ["AA\t._"]),
        ("a{2}", ["aa"], ["a", "aaa", "a{2}"]),
        ("a{,2}", ["a{,2}"], ["aa"]),
        ("a{2,}?b??", ["aa", "aaab"], ["a", "abb"]),
        ("(?P<host>db)-(?<n>[0-9])", ["db-7"], ["db-"]),
        ("(|a)+b", ["b", "aab"], ["a"]),
        ("(a*)*", ["", "aaa"], ["b"]),
        ("(a|b)*abb", ["abb", "babb"], ["ab"]),
        (".", ["é", "😀"], ["", "\n", "ab"]),
    ],
)
def test_patterns_mean_what_re2_says(pattern: str, fitting: list[str], others: list[str]) -> None:
    """A pattern has to fit the whole value, with RE2's rules for lines, words, case and escapes."""
    assert [value for value in fitting if not fits(pattern, value)] == []
    assert [value for value in others if fits(pattern, value)] == []


@pytest.mark.parametrize(
    ("pattern", "at", "problem"),
    [
        ("a(b", 1, "the group is not closed"),
        ("ab)", 2, "there is no group to close"),
        ("[ab", 0, "the class is not closed"),
        ("[z-a]", 1, "the range runs backwards"),
        (r"[a-\d]", 3, "unknown escape \\d"),
        ("*a", 0, "there is nothing to repeat"),
        ("(?i)*", 4, "there is nothing to repeat"),
        ("a**", 2, "this is repeated already"),
        ("a{2}{3}", 4, "this is repeated already"),
        ("a{1001}", 1, "at most 1000 repetitions can be asked for"),
        ("a{3,2}", 1, "the most must not be less than the least"),
        ("(.{100}){100}", 0, "the pattern is too large"),
        ("((((){1000}){1000}){1000})", 0, "the pattern is too large"),
        ("(" * 60 + ")" * 60, 51, "groups are nested too deeply"),
        ("a(?=b)", 1, "look-ahead is not supported"),
        ("(?<!a)b", 0, "look-behind is not supported"),
        (r"(a)\1", 3, "backreferences are not supported"),
        (r"\pL", 0, "Unicode classes are not supported; write the characters out, as in [a-zé]"),
        ("a\\", 1, "a backslash at the end escapes nothing"),
        (r"\Z", 0, "unknown escape \\Z"),
        (r"\x{110000}", 0, "unknown escape \\x"),
        ("[[:nope:]]", 1, "unknown class [:nope:]"),
        ("(?x)a", 0, "unknown kind of group"),
        ("(?)a", 0, "the flags are missing"),
    ],
)
def test_what_cannot_be_read_is_pointed_at(pattern: str, at: int, problem: str) -> None:
    """A pattern outside the language is refused, naming what and where."""
    with pytest.raises(RoutingSyntaxError) as error:
        Pattern(pattern)
    assert (error.value.at, error.value.problem) == (at, problem)


# --- against another implementation ------------------------------------------------------------

_CLASSES = ["[ab]", "[^a]", "[a-c1]", r"[^\w]", r"[\d-]", "[^\n]"]
_ESCAPES = [r"\d", r"\w", r"\W", r"\s", r"\D", r"\b", r"\B", r"\."]
_atoms = st.sampled_from([*"abx-\n.^$1_", "ab", *_ESCAPES, *_CLASSES])
_patterns = st.recursive(
    _atoms,
    lambda inner: st.one_of(
        st.lists(inner, min_size=1, max_size=4).map("".join),
        st.lists(inner, min_size=2, max_size=3).map(lambda each: f"(?:{'|'.join(each)})"),
        st.tuples(
            inner, st.sampled_from(["*", "+", "?", "{2}", "{1,3}", "{0,2}", "{2,}", "*?"])
        ).map(lambda pair: f"(?:{pair[0]}){pair[1]}"),
        inner.map(lambda each: f"(?i:{each})"),
        inner.map(lambda each: f"(?s:{each})"),
        inner.map(lambda each: f"(?m:{each})"),
    ),
    max_leaves=10,
)
_values = st.text(alphabet="abABxc1-_. \n", min_size=1, max_size=8)


def _as_python(pattern: str) -> str:
    """Say the same in Python's dialect, where a plain `$` also fits before a last newline."""
    return pattern.replace("$", r"\Z")


@settings(max_examples=1500, deadline=None)
@given(_patterns.filter(lambda p: "(?m:" not in p), _values)
def test_decisions_agree_with_another_engine(pattern: str, value: str) -> None:
    """On what both languages share, Python's own engine decides the same."""
    expected = re.compile(_as_python(pattern), re.ASCII).fullmatch(value) is not None
    assert fits(pattern, value) == expected


@settings(max_examples=500, deadline=None)
@given(_patterns, st.lists(_values, max_size=3))
def test_words_and_prefix_are_true(pattern: str, values: list[str]) -> None:
    """What a pattern says of the values it fits holds for every value."""
    compiled = Pattern(pattern)
    automaton = Automaton(parse_pattern(pattern))
    for value in values:
        if automaton.matches(value):
            assert value.startswith(compiled.prefix)
            assert compiled.words is None or value in compiled.words
    assert all(automaton.matches(word) for word in compiled.words or ())


@settings(max_examples=500, deadline=None)
@given(st.text(alphabet=r"ab()[]{}|*+?.^$\,-:=!<>dpQEx01iP\n\"é", max_size=20))
def test_anything_typed_is_read_or_pointed_at(pattern: str) -> None:
    """There is no text that crashes the reader."""
    try:
        Pattern(pattern).matches("ab1")
    except RoutingSyntaxError as error:
        at = error.at
    else:
        at = 0
    assert 0 <= at <= len(pattern)


# --- time --------------------------------------------------------------------------------------

HOSTILE = [
    ("(a*)*b", "a"),
    ("(a|aa)+$b", "a"),
    ("(a|a)*(a|a)*(a|a)*b", "a"),
    ("(.*)(.*)(.*)(.*)(.*)(.*)[^a]", "a"),
    ("((((a?)+)+)+)+b", "a"),
    (".*.*.*.*=.*", "="),
    (".*x.{400}", "xyxxyxyyyx"),
    (r"(\w+\s*)+;", "word "),
]


@pytest.mark.parametrize(("pattern", "piece"), HOSTILE)
def test_no_value_takes_long(pattern: str, piece: str) -> None:
    """The patterns that hang backtracking engines decide 4,096 characters within a blink."""
    compiled = Pattern(pattern)
    value = (piece * 4096)[:4096] + "!"
    begin = time.process_time()
    compiled.matches(value)
    assert time.process_time() - begin < 0.5


def test_memory_is_bounded() -> None:
    """A pattern with more states than anybody can count keeps only some of them."""
    automaton, dice = Automaton(parse_pattern(".*a.{200}")), Random(1)  # noqa: S311 - seeded
    for _ in range(40):
        automaton.matches("".join(dice.choices("ab", k=1000)))
    assert len(automaton._states) <= 5001

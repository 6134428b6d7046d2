"""Label matchers mean and read as Alertmanager's."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.routing.matchers import (
    Matcher,
    Operator,
    all_match,
    parse_matchers,
    read_label,
    readable,
)
from gateway.domain.routing.syntax import RoutingSyntaxError


@pytest.mark.parametrize(
    ("matcher", "labels", "expected"),
    [
        ('team="db"', {"team": "db"}, True),
        ('team="db"', {"team": "dba"}, False),
        ('team="DB"', {"team": "db"}, False),
        ('tier=""', {"team": "db"}, True),
        ('tier=""', {"tier": ""}, True),
        ('tier=""', {"tier": "1"}, False),
        ('zone!="x"', {}, True),
        ('zone!="x"', {"zone": "x"}, False),
        ('zone!=""', {}, False),
        ('severity=~"crit"', {"severity": "critical"}, False),
        ('severity=~"crit.*"', {"severity": "critical"}, True),
        ('severity=~"a|b"', {"severity": "b"}, True),
        ('host=~".*"', {}, True),
        ('host=~".+"', {}, False),
        ('host!~".+"', {}, True),
        ('host!~"db-.*"', {"host": "db-1"}, False),
    ],
)
def test_a_matcher_looks_at_one_label(matcher: str, labels: dict[str, str], expected: bool) -> None:  # noqa: FBT001  an example's outcome
    """An absent label is empty, patterns fit whole values, case matters."""
    assert all_match(parse_matchers(matcher), labels) == expected


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("team=db", '{team="db"}'),
        (' team = "db" ', '{team="db"}'),
        ('{a="b", c=~"d|e"}', '{a="b",c=~"d|e"}'),
        ('c!~x,a!="b",', '{a!="b",c!~"x"}'),
        ("a= foo bar ", '{a="foo bar"}'),
        ("a=~b|c", '{a=~"b|c"}'),
        ('a="x,y"', '{a="x,y"}'),
        ("team==db", '{team="=db"}'),
        ("a=", '{a=""}'),
        (r'a="x\"y\\z\n"', r'{a="x\"y\\z\n"}'),
        (r'a=~"\d+"', r'{a=~"\\d+"}'),
        (r"a=x\,b=c", r'{a="x\\",b="c"}'),
        ('"foo bar"="x"', '{"foo bar"="x"}'),
        ('"a:b"=x', '{a:b="x"}'),
        ("a=é", '{a="é"}'),
    ],
)
def test_every_notation_is_read(text: str, canonical: str) -> None:
    """Quotes, braces, spaces and escapes are read as Alertmanager reads them."""
    assert readable(parse_matchers(text)) == canonical


@pytest.mark.parametrize(
    ("text", "at", "problem"),
    [
        ("", 0, 'expected a matcher such as team="db"'),
        ("{}", 1, 'expected a matcher such as team="db"'),
        ('="db"', 0, 'expected a label name, as in team="db"'),
        ('1a="db"', 0, 'expected a label name, as in team="db"'),
        ('foo-bar="x"', 3, "expected =, !=, =~ or !~ after foo"),
        ("team", 4, "expected =, !=, =~ or !~ after team"),
        ('a="b",,c="d"', 6, 'expected a label name, as in team="db"'),
        ('""="x"', 0, "the label name is empty"),
        ('a="x"y"', 4, 'a quote inside a value is written \\"'),
        ('team=="db"', 6, 'a quote inside a value is written \\"'),
        ('a="x', 2, "the quote is not closed"),
        (r'a="x\"', 2, "the quote is not closed"),
        ('a=~"x(y"', 5, "the group is not closed"),
        (r'a=~"\"(y"', 6, "the group is not closed"),
        (r'a=b, c=~"\1"', 9, "backreferences are not supported"),
    ],
)
def test_what_cannot_be_read_is_pointed_at(text: str, at: int, problem: str) -> None:
    """A mistake is named with its place in the text, inside patterns too."""
    with pytest.raises(RoutingSyntaxError) as error:
        parse_matchers(text)
    assert (error.value.at, error.value.problem) == (at, problem)


@pytest.mark.parametrize(
    ("written", "label"),
    [("team=db", ("team", "db")), ('what="a b=c"', ("what", "a b=c")), ("zone=", ("zone", ""))],
)
def test_a_label_is_read_as_people_type_it(written: str, label: tuple[str, str]) -> None:
    """The first sign parts it; quotes around the value are no part of it."""
    assert read_label(written) == label


@pytest.mark.parametrize("written", ["team", "=db", "team!=db", "team=~db", "team!~db"])
def test_a_matcher_is_no_label(written: str) -> None:
    """Whoever asks where an alert goes says what its labels are, not what they are like."""
    with pytest.raises(RoutingSyntaxError, match="is no label; write it as team=db"):
        read_label(written)


@given(
    st.text(min_size=1, max_size=8),
    st.sampled_from([Operator.EQUAL, Operator.NOT_EQUAL]),
    st.text(max_size=8),
)
def test_the_canonical_form_reads_back(name: str, operator: Operator, value: str) -> None:
    """Whatever a matcher holds, its written form means the same matcher."""
    matcher = Matcher(name, operator, value)
    assert parse_matchers(f"{{{matcher}}}") == (matcher,)


@given(st.text(alphabet='ab=!~",\\{} \n(', max_size=12))
def test_anything_typed_is_read_or_pointed_at(text: str) -> None:
    """There is no text that crashes the reader."""
    try:
        at = len(parse_matchers(text)) - 1
    except RoutingSyntaxError as error:
        at = error.at
    assert 0 <= at <= len(text)

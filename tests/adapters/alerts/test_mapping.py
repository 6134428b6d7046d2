"""What operators write to describe a foreign body: paths, templates, rules (T17)."""

import time
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from pydantic import ValidationError

from adapters.alerts.generic.presets import PRESETS
from adapters.alerts.jsonpath import Path
from adapters.alerts.mapping import DropIf, Mapping, Rule
from adapters.alerts.template import OUTPUT_MOST, PLACES_MOST, Template

DOCUMENT = {"a": {"b": [{"c": 1}, "two"]}, "odd name": {"x.y": True}, "none": None, "zero": 0}


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("$", DOCUMENT),
        ("$.a.b[0].c", 1),
        ("$.a.b[1]", "two"),
        ("$['odd name']['x.y']", True),
        ("$.none", None),
        ("$.a.b[2]", None),
        ("$.a[0]", None),
        ("$.a.b.c", None),
        ("$.a.b[1].c", None),
        ("$.nowhere.at.all", None),
    ],
)
def test_a_path_finds_one_value_or_nothing(path: str, found: object) -> None:
    """Where a path leads nowhere there is nothing, and never an error."""
    assert Path.of(path).find(DOCUMENT) == found


@pytest.mark.parametrize(
    "path",
    [
        *("", "a.b", "$.", "$..a", "$.a[", "$.a[-1]", "$.a[*]", "$[?(@.x)]", "$.a b", "$.a|upper"),
        *("$.a[9999999]", "$" + ".a" * 200, "$['']", "$x", "$.a()", "$ ", "$.a\n"),
    ],
)
def test_what_is_no_path_is_refused_at_the_start(path: str) -> None:
    """With words that show what one looks like."""
    with pytest.raises(ValueError, match="no path"):
        Path.of(path)


@pytest.mark.parametrize(
    ("template", "written"),
    [
        ("{{ a.b[1] }} of {{$.zero}}", "two of 0"),
        ("{{ none }}{{ missing }}", ""),
        ("{{ a }}", '{"b":[{"c":1},"two"]}'),
        ("{{ $['odd name']['x.y'] }}!", "true!"),
        ("no places {here}", "no places {here}"),
    ],
)
def test_a_template_puts_values_into_a_sentence(template: str, written: str) -> None:
    """Text as it is, numbers as people write them, structures as JSON."""
    assert Template.of(template).render(DOCUMENT) == written


@pytest.mark.parametrize(
    "template",
    [
        "{{ a|upper }}",
        "{{ 7*7 }}",
        "{{ ''.__class__ }}",
        "{{ a() }}",
        "{% for x in a %}{% endfor %}{{",
        "{{ {{ a }} }}",
        "{{ }}",
        "}}",
        "x" * 3000,
        "{{ a }}" * (PLACES_MOST + 1),
    ],
)
def test_what_is_no_template_is_refused_at_the_start(template: str) -> None:
    """There is no language in it to escape from."""
    with pytest.raises(ValueError, match=r"path|places|longer"):
        Template.of(template)


@given(st.text())
@example("{{ secret }}")
def test_a_value_is_never_read_as_a_template(value: str) -> None:
    """It is put in once, whatever it looks like."""
    document = {"x": value, "secret": "leaked"}
    assert Template.of("<{{ x }}>").render(document) == f"<{value}>"


def test_attribute_walks_are_letters() -> None:
    """A member of that name, or nothing; Python's own attributes are not members."""
    rendered = Template.of("{{ x.__class__.__mro__ }}{{ __class__ }}").render({"x": "text"})
    assert rendered == ""


def test_output_is_bounded_and_quick() -> None:
    """Fifty times a megabyte is eight kilobytes, at once."""
    template = Template.of("{{ x }}" * PLACES_MOST)
    document = {"x": "a" * 1_000_000}
    started = time.process_time()
    rendered = template.render(document)
    assert time.process_time() - started < 0.05
    assert len(rendered) == OUTPUT_MOST
    assert rendered.endswith("…")


@pytest.mark.parametrize(
    ("rule", "document", "found"),
    [
        ("$.x", {"x": 7}, "7"),
        ({"path": "$.x", "default": "d"}, {}, "d"),
        ({"path": "$.x", "default": "d"}, {"x": ""}, "d"),
        ({"path": ["$.x", "$.y"]}, {"y": "second"}, "second"),
        ({"path": "$.x", "map": {"Failed": "firing"}}, {"x": " FAILED "}, "firing"),
        ({"path": "$.x", "map": {"0": "firing"}}, {"x": 0}, "firing"),
        ({"path": "$.x", "map": {"true": "firing"}}, {"x": True}, "firing"),
        ({"path": "$.x", "map": {"a": "b"}}, {"x": "c"}, ""),
        ({"path": "$.x", "map": {"a": "b"}, "default": "d"}, {"x": "c"}, "d"),
        ({"template": "{{ x }}-{{ y }}", "map": {"a-b": "ab"}}, {"x": "a", "y": "b"}, "ab"),
    ],
)
def test_a_rule_finds_a_field(rule: Any, document: Any, found: str) -> None:
    """First path that has a value, then the map, then the default."""
    assert Rule.model_validate(rule).read(document) == found


def test_what_is_to_be_dropped_may_be_written_as_numbers() -> None:
    """TOML has numbers, and so has JSON."""
    rule = DropIf.model_validate({"path": "$.x", "in": [0, "b", ""]})
    assert [rule.fits({"x": value}) for value in (0, "b", None, 1, "0")] == [
        *[True] * 3,
        False,
        True,
    ]


@pytest.mark.parametrize(
    "wrong",
    [
        {"dedup": []},
        {"dedup": ["$.a"], "title": "no path"},
        {"dedup": ["$.a"], "title": {"template": "{{ 7*7 }}"}},
        {"dedup": ["$.a"], "title": "$.b", "spilt": "$.c"},
        {"dedup": ["$.a"], "title": {"path": []}},
    ],
)
def test_a_mistake_in_a_mapping_is_found_at_the_start(wrong: Any) -> None:
    """And not by the first alert."""
    with pytest.raises(ValidationError):
        Mapping.model_validate({"title": "$.t", **wrong})


@pytest.mark.parametrize("name", PRESETS)
def test_presets_are_mappings(name: str) -> None:
    """Nothing special about them."""
    assert Mapping.model_validate(PRESETS[name]).dedup

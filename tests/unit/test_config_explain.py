"""What can be set is told by the model alone: explained, as a schema, as a page."""

import json
import re
import tomllib
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from click.testing import CliRunner, Result

from gateway.cli.config import config
from gateway.cli.example import example_toml
from gateway.cli.exits import Exit
from gateway.settings import known_variables
from gateway.settings.page import page
from gateway.settings.reference import HOT, find, routes_reference, settings_reference
from gateway.settings.schema import settings_schema

ROOT = Path(__file__).parents[2]
SCHEMA = ROOT / "config" / "schema" / "gateway.schema.json"
PAGE = ROOT / "docs" / "reference" / "settings.md"


def explain(*arguments: str) -> Result:
    return CliRunner().invoke(config, ["explain", *arguments])


def test_the_page_is_the_one_the_code_writes() -> None:
    """Renew it with `python -m gateway.settings.page > docs/reference/settings.md`."""
    assert PAGE.read_text(encoding="utf-8") == page()


def test_the_schema_is_the_one_the_code_writes() -> None:
    """Renew it with `python -m gateway.settings.schema > config/schema/gateway.schema.json`."""
    assert SCHEMA.read_text(encoding="utf-8") == settings_schema()


def test_every_setting_says_what_it_is_for() -> None:
    """In words, with its type; a name alone explains nothing."""
    for each in (*settings_reference(), *routes_reference()):
        assert each.says.endswith((".", ")")), each
        assert each.kind, each


def test_every_variable_is_one_that_is_read() -> None:
    """And finds its setting again."""
    known = set(known_variables())
    for each in settings_reference():
        if each.variable:
            assert each.variable in known
            assert each in find(each.variable)


def validator() -> jsonschema.Draft202012Validator:
    return jsonschema.Draft202012Validator(json.loads(settings_schema()))


def test_the_schema_takes_the_example_with_every_line_in_force() -> None:
    """With either pager."""
    text = re.sub(r"^# (?=[a-z_.]+ = |\[\[)", "", example_toml(), flags=re.MULTILINE)
    sections = re.split(r"\n(?=# (?:RingCentral, or|The company pager))", text)
    for section in sections:
        given = tomllib.loads(section.replace("\n# [pager]", "\n[pager]"))
        assert list(validator().iter_errors(given)) == []


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"slack": {"mode": "socket"}},
        {"directory": {"aliases": {"leads": "101", "night": ["102"]}}},
        {"api": {"clients": [{"name": "ci", "to": "any", "tokens": ["file:ci"]}]}},
    ],
)
def test_the_schema_takes_what_the_gateway_takes(given: dict[str, Any]) -> None:
    """What is missing may stand in variables or secret files; one word will do for a list."""
    validator().validate(given)


@pytest.mark.parametrize(
    "given",
    [{"servr": {}}, {"server": {"port": "x"}}, {"slack": {"mod": 1}}, {"pager": {"prot": 1}}],
)
def test_the_schema_refuses_what_the_gateway_refuses(given: dict[str, Any]) -> None:
    """Unknown keys and wrong types are marked while they are typed."""
    assert list(validator().iter_errors(given))


@pytest.mark.parametrize("name", ["server.port", "GATEWAY_SERVER__PORT", "gateway_server__port"])
def test_one_setting_is_explained_whole(name: str) -> None:
    """Whichever of its names somebody knows."""
    assert explain(name).output == (
        "server.port\n  Port; 0 takes a free one.\n\n"
        "  takes     whole number; at least 0, at most 65535\n"
        "  default   8080\n"
        "  variable  GATEWAY_SERVER__PORT\n"
        "  counts    after a restart\n"
    )


def test_a_list_is_explained_with_or_without_its_signs() -> None:
    """As it stands in the file, as in a message, as in the reference."""
    (number,) = {explain(f"people{form}.extension").output for form in ("", "[]", ".0")}
    assert "of the form ^[0-9]{2,10}$" in number
    assert "variable" not in number


def test_the_same_key_of_several_alternatives_is_explained_for_each() -> None:
    """With what it belongs to."""
    told = explain("alerts.sources.auth.header").output
    assert 'only with profile = "grafana"' in told
    assert 'only with profile = "token"' in told


def test_routes_count_at_once_and_aliases_of_the_settings_after_a_restart() -> None:
    """People look for the difference here."""
    assert HOT in explain("route.group_wait").output
    assert HOT in explain("aliases").output
    for key in ("aliases", "user_groups", "channels", "managers"):
        assert "after a restart" in explain(f"directory.{key}").output


def test_a_section_is_a_list_of_its_keys() -> None:
    """Each with what it is for; JSON has everything."""
    assert "log.level" in explain("log").output
    told = json.loads(explain("log", "--json").output)
    assert [each["key"] for each in told] == ["log.level", "log.json_lines"]


def test_what_is_no_setting_is_told_with_the_nearest() -> None:
    """A usage error."""
    result = explain("server.prot")
    assert result.exit_code == Exit.USAGE
    assert result.stderr == 'There is no setting "server.prot" — did you mean "server.port"?\n'

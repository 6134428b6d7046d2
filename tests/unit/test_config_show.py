"""The settings in force: each with where it comes from, and never a secret."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from adapters.registry import EmbeddedBackend
from gateway.cli.config import config
from gateway.settings import Settings, effective_settings, load_settings, load_workspaces

CANARY = "canary-of-a-secret"
FILE = f"""\
[slack]
bot_token = "{CANARY}"
mode = "http"

[database]
url = "postgresql://me:{CANARY}@db/x"

[[people]]
chat_user = "U1"
extension = "104"
jwt = "{CANARY}"

[[alerts.sources]]
name = "prom"
kind = "alertmanager"
auth = {{ profile = "token", secrets = ["{CANARY}", "file:prom"] }}

[directory.aliases]
leads = "101"
"""


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "gateway.toml"
    path.write_text(FILE, encoding="utf-8")
    secrets = tmp_path / "secrets"
    secrets.mkdir()
    (secrets / "slack__signing_secret").write_text(CANARY, encoding="utf-8")
    monkeypatch.setenv("GATEWAY_SERVER__PORT", "9090")
    monkeypatch.setenv("GATEWAY_VAULT__KEYS", f'["{CANARY}"]')
    monkeypatch.chdir(tmp_path)
    return Path("gateway.toml")


def in_force(settings: Settings) -> dict[str, tuple[str, str]]:
    return {each.key: (each.value, each.source) for each in effective_settings(settings)}


def test_every_value_has_its_source(file: Path) -> None:
    """The line of the file, the variable, the file of a secret, or the default."""
    found = in_force(load_settings(file))
    assert found["slack.mode"] == ("http", "gateway.toml:3")
    assert found["server.port"] == ("9090", "GATEWAY_SERVER__PORT")
    assert found["slack.signing_secret"] == ("[hidden]", "secrets/slack__signing_secret")
    assert found["vault.keys"] == ("[[hidden]]", "GATEWAY_VAULT__KEYS")
    assert found["server.host"] == ("127.0.0.1", "default")
    assert found["slack.app_token"] == ("", "default")
    assert found["people.0.extension"] == ("104", "gateway.toml:10")
    assert found["alerts.sources.0.auth.secrets.1.file"] == ("prom", "gateway.toml:16")
    assert found["directory.aliases"] == ('{"leads": ["101"]}', "gateway.toml:18")
    assert found["database.url"] == ("postgresql://…@db/x", "gateway.toml:6")
    assert found["api.clients"] == ("[]", "default")


def test_what_a_flag_put_over_the_files_says_so(file: Path) -> None:
    """Whoever looks for it in the files would look in vain."""
    settings = load_settings(file)
    changed = settings.model_copy(
        update={"pager": EmbeddedBackend(port=7), "log": settings.log.model_copy()}
    )
    found = in_force(changed)
    assert found["pager.port"] == ("7", "flag")
    assert found["log.level"] == ("info", "default")


def test_without_files_it_is_the_program_that_says(file: Path) -> None:
    """As in the demo."""
    slack = load_settings(file).slack
    found = in_force(Settings(slack=slack, pager=EmbeddedBackend(port=7)))
    assert found["pager.port"] == ("7", "program")
    assert found["slack.mode"] == ("http", "program")
    assert found["server.port"] == ("8080", "default")


def test_what_a_workspace_has_of_the_first_is_shared(file: Path) -> None:
    """What its own file says has its line there."""
    team = '[slack]\nteam = "T0ONE"\n'
    text = FILE.replace("[slack]\n", team) + '[workspaces]\nfolder = "workspaces.d"\n'
    file.write_text(text, encoding="utf-8")
    Path("workspaces.d").mkdir()
    own = '[slack]\nteam = "T0TWO"\nbot_token = "xoxb-2"\n[pager]\nbackend = "embedded"\n'
    Path("workspaces.d/two.toml").write_text(own, encoding="utf-8")
    (second,) = load_workspaces(load_settings(file))
    found = in_force(second)
    assert found["slack.team"] == ("T0TWO", "workspaces.d/two.toml:2")
    assert found["server.port"] == ("9090", "shared")
    assert found["slack.mode"] == ("http", "shared")
    assert found["policy.guests"] == ("false", "default")


@pytest.mark.parametrize("form", [(), ("--sources",), ("--json",)])
def test_no_secret_is_shown(file: Path, form: tuple[str, ...]) -> None:
    """In whatever form, wherever it was set."""
    result = CliRunner().invoke(config, ["show", "--config", str(file), *form])
    assert result.exit_code == 0
    assert CANARY not in result.output
    assert result.output.count("[hidden]") == 5


def test_show_is_a_table_or_json(file: Path) -> None:
    """With stable keys."""
    shown = CliRunner().invoke(config, ["show", "--config", str(file), "--sources"])
    assert "server.port\t9090\tGATEWAY_SERVER__PORT" in shown.output.splitlines()
    told = json.loads(CliRunner().invoke(config, ["show", "--config", str(file), "--json"]).output)
    assert {"key": "server.port", "value": "9090", "source": "GATEWAY_SERVER__PORT"} in told

"""What an operator sets: sources, refusals in words, and the example file."""

import json
import re
import tomllib
from pathlib import Path

import pytest
from click.testing import CliRunner

from gateway.cli.config import config
from gateway.cli.example import example_toml
from gateway.cli.exits import Exit
from gateway.settings import (
    ConfigurationError,
    Places,
    control_socket,
    known_variables,
    load_control_settings,
    load_settings,
    places,
)

EXAMPLE = Path(__file__).parents[2] / "config" / "gateway.example.toml"
MINIMAL = '[slack]\nbot_token = "xoxb-1"\nsigning_secret = "s"\n'


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "gateway.toml"
    path.write_text(MINIMAL, encoding="utf-8")
    return path


def problems(file: Path) -> list[str]:
    with pytest.raises(ConfigurationError) as refused:
        load_settings(file)
    return refused.value.problems


def test_example_file_lists_every_setting_as_it_is() -> None:
    """`gateway config example` made the committed file; a changed setting must change it."""
    assert EXAMPLE.read_text(encoding="utf-8") == example_toml()


def test_example_file_is_valid_toml_with_every_line_in_force() -> None:
    """Whoever takes the `#` away gets a file that can be read."""
    text = re.sub(r"^# (?=[a-z_.]+ = |\[\[[a-z_]+\.)", "", example_toml(), flags=re.MULTILINE)
    sections = re.split(r"\n(?=# (?:RingCentral, or|The company pager))", text)
    for section in sections:
        tomllib.loads(section.replace("\n# [pager]", "\n[pager]"))


def test_slack_alone_is_enough(file: Path) -> None:
    """The pager is embedded unless RingCentral is named."""
    settings = load_settings(file)
    assert settings.pager.backend == "embedded"
    assert settings.server.port == 8080


def test_environment_beats_the_file(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A variable replaces what the file says, also deep inside."""
    monkeypatch.setenv("GATEWAY_SERVER__PORT", "9090")
    monkeypatch.setenv("GATEWAY_PAGER__SERVER_URL", "http://127.0.0.1:1")
    monkeypatch.setenv("GATEWAY_PAGER__CLIENT_ID", "id")
    monkeypatch.setenv("GATEWAY_PAGER__CLIENT_SECRET", "secret")
    monkeypatch.setenv("GATEWAY_PAGER__JWT", "jwt")
    settings = load_settings(file)
    assert settings.server.port == 9090
    assert settings.pager.backend == "ringcentral"


def test_secrets_directory_holds_one_secret_per_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What an orchestrator mounts is read, and beats the TOML file."""
    secrets = tmp_path / "secrets"
    secrets.mkdir()
    (secrets / "slack__bot_token").write_text("xoxb-from-file\n", encoding="utf-8")
    (secrets / "slack__signing_secret").write_text("s", encoding="utf-8")
    monkeypatch.setenv("GATEWAY_SECRETS_DIR", str(secrets))
    assert load_settings().slack.bot_token.get_secret_value() == "xoxb-from-file"


def test_misspelled_variable_is_refused_with_the_right_name(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The library would ignore it in silence."""
    monkeypatch.setenv("GATEWAY_SLACK__BOT_TOKN", "xoxb-2")
    assert problems(file) == [
        "GATEWAY_SLACK__BOT_TOKN: no such setting; did you mean GATEWAY_SLACK__BOT_TOKEN?"
    ]


def test_all_problems_are_told_at_once_and_no_value(file: Path) -> None:
    """Every wrong key and value is named by its place; what was written there is not repeated."""
    file.write_text(
        MINIMAL + 'mode = "carrier-pigeon"\n[server]\nport = 99999999\nprot = 1\n', encoding="utf-8"
    )
    found = problems(file)
    assert [problem.split(":")[0] for problem in found] == [
        "server.port",
        "server.prot",
        "slack.mode",
    ]
    assert "carrier-pigeon" not in str(found)


def test_file_that_is_no_toml_is_refused_with_its_name(file: Path) -> None:
    """The operator reads which file and where."""
    file.write_text("[slack\n", encoding="utf-8")
    assert problems(file)[0].startswith(str(file))


def test_variables_name_every_door_others_rely_on() -> None:
    """The names that point the program at any Slack, any pager, any database."""
    doors = {
        "GATEWAY_SLACK__BOT_TOKEN",
        "GATEWAY_SLACK__SIGNING_SECRET",
        "GATEWAY_SLACK__API_URL",
        "GATEWAY_PAGER__SERVER_URL",
        "GATEWAY_PAGER__CLIENT_ID",
        "GATEWAY_PAGER__CLIENT_SECRET",
        "GATEWAY_PAGER__JWT",
        "GATEWAY_DATABASE__URL",
        "GATEWAY_SERVER__HOST",
        "GATEWAY_SERVER__PORT",
        "GATEWAY_ADMIN__HOST",
        "GATEWAY_ADMIN__PORT",
    }
    assert doors <= set(known_variables())


@pytest.mark.parametrize(("host", "taken"), [("127.0.0.1", True), ("0.0.0.0", False)])  # noqa: S104 - this is what is refused
def test_source_without_credential_is_for_this_computer_only(
    file: Path, monkeypatch: pytest.MonkeyPatch, host: str, *, taken: bool
) -> None:
    """Anybody could page everybody. A list may be given as JSON."""
    source = {"name": "am", "kind": "alertmanager", "insecure": True}
    monkeypatch.setenv("GATEWAY_ALERTS__SOURCES", json.dumps([source]))
    monkeypatch.setenv("GATEWAY_SERVER__HOST", host)
    if taken:
        assert load_settings(file).alerts.insecure() == ("am",)
    else:
        with pytest.raises(ConfigurationError, match="sources am have no credential"):
            load_settings(file)


@pytest.mark.parametrize(("receiver", "code"), [("lobby", Exit.OK), ("loby", Exit.CONFIGURATION)])
def test_check_reads_the_routes_too(file: Path, tmp_path: Path, receiver: str, code: Exit) -> None:
    """What would stop the service is told before, with its place and the nearest word."""
    routes = tmp_path / "routes.yaml"
    routes.write_text(
        f"receivers: [{{name: lobby, channel: C0OPS}}]\nroute: {{receiver: {receiver}}}\n",
        encoding="utf-8",
    )
    with file.open("a", encoding="utf-8") as settings:
        settings.write(f'[routing]\nfile = "{routes}"\n')
    result = CliRunner().invoke(config, ["check", str(file)])
    assert result.exit_code == code
    assert ("routes.yaml:2" in result.output and "lobby" in result.output) is (code != Exit.OK)


def test_check_points_out_names_nobody_has(file: Path, tmp_path: Path) -> None:
    """In the company of our own, whose directory is a file; the routes are usable all the same."""
    routes = tmp_path / "routes.yaml"
    routes.write_text(
        "receivers: [{name: lobby, page: [DBA, Avery Kin, night]}]\nroute: {receiver: lobby}\n",
        encoding="utf-8",
    )
    with file.open("a", encoding="utf-8") as settings:
        settings.write(f'[routing]\nfile = "{routes}"\n[directory.aliases]\nnight = ["102"]\n')
    result = CliRunner().invoke(config, ["check", str(file)])
    assert result.exit_code == Exit.OK
    assert 'there is nobody called "Avery Kin" — did you mean "Avery Kim"?' in result.stderr
    assert result.stderr.count("nobody called") == 1


@pytest.mark.parametrize(
    ("url", "path"),
    [
        ("sqlite:///state/gateway.db", "state/gateway.sock"),
        ("sqlite:////var/lib/one.db", "/var/lib/one.sock"),
        ("sqlite://", "keys/gateway.sock"),
        ("postgresql://db.example.com/gateway", "keys/gateway.sock"),
    ],
)
def test_control_socket_lies_with_what_is_kept(file: Path, url: str, path: str) -> None:
    """Beside the database's file; beside the key where the database is elsewhere. No secrets."""
    file.write_text(f'[database]\nurl = "{url}"\n[vault]\nkey_file = "keys/gateway.key"\n')
    assert control_socket(load_control_settings(file)) == Path(path)


def test_aliases_that_go_round_in_a_circle_are_refused(file: Path) -> None:
    """With the way they go."""
    aliases = '[directory]\naliases = { a = ["101", "b"], b = ["c"], c = ["b"] }\n'
    file.write_text(MINIMAL + aliases, encoding="utf-8")
    assert problems(file) == ["directory: aliases go round in a circle: b → c → b"]


def test_one_name_needs_no_list(file: Path) -> None:
    """Where several names may stand."""
    groups = '[directory]\nuser_groups = { dba-oncall = "400", leads = ["402", "Bo Chen"] }\n'
    file.write_text(MINIMAL + groups, encoding="utf-8")
    known = load_settings(file).directory.user_groups
    assert known == {"dba-oncall": ("400",), "leads": ("402", "Bo Chen")}


def test_a_folder_of_ones_own_needs_no_flags(
    file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`gateway.toml` where the command is called, and `secrets` beside it, are found."""
    file.write_text("", encoding="utf-8")
    (tmp_path / "secrets").mkdir()
    (tmp_path / "secrets" / "slack__bot_token").write_text("xoxb-here\n", encoding="utf-8")
    (tmp_path / "secrets" / "slack__signing_secret").write_text("s", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    assert load_settings().slack.bot_token.get_secret_value() == "xoxb-here"
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    assert places(file, {"GATEWAY_SECRETS_DIR": str(elsewhere)}).secrets == elsewhere
    monkeypatch.chdir(elsewhere)
    assert places(None, {}) == Places()

"""What an operator sets: sources, refusals in words, and the example file."""

import json
import re
import tomllib
from pathlib import Path

import pytest

from gateway.cli.example import example_toml
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
    return [str(problem) for problem in refused.value.problems]


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


@pytest.mark.parametrize("name", ["pager__client_secret", "pager__jwt", "slack__app_token"])
def test_an_empty_secret_is_refused(file: Path, name: str) -> None:
    """A file that was never filled would be told from the vendor's side, or not at all."""
    folder = file.parent / "secrets"
    folder.mkdir()
    given = {"pager__client_id": "id", "pager__client_secret": "s", "pager__jwt": "j", name: ""}
    for each, content in given.items():
        (folder / each).write_text(content, encoding="utf-8")
    (told,) = problems(file)
    assert told == f"{folder / name}: {name.replace('__', '.')}: must not be empty"


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
        'GATEWAY_SLACK__BOT_TOKN: no such setting — did you mean "GATEWAY_SLACK__BOT_TOKEN"?'
    ]


def test_all_problems_are_told_at_once_where_they_stand(file: Path) -> None:
    """Line, column, path and cause, in order, with the line and a caret, and the nearest key."""
    file.write_text(
        MINIMAL + 'mode = "pigeon"\n[server]\nport = 99999999\nprot = 1 # eight\n', encoding="utf-8"
    )
    assert problems(file) == [
        f'{file}:4:8: slack.mode: expected http or socket\n    mode = "pigeon"\n           ^',
        f"{file}:6:8: server.port: expected 65535 or less\n    port = 99999999\n           ^",
        f'{file}:7:1: server.prot: unknown key "prot" — did you mean "port"?\n    prot = …\n    ^',
    ]


SECRET = "xoxb-canary"


@pytest.mark.parametrize(
    "text",
    [
        f'[slack]\nbot_tokn = "{SECRET}"\n',
        f'[slack]\nbot_token = ["{SECRET}"]\n',
        f'slack = {{ bot_token = "{SECRET}", signing_secret = 5, mode = "no" }}\n',
        f'[slack]\nbot_token = 5 # was "{SECRET}"\nsigning_secret = ["", """\n{SECRET}""", 1]\n',
        f'[[people]]\nchat_user = ""\nextension = "x"\njwt = {{ a = "{SECRET}" }}\n',
        f'[slack]\nproxy = ["http://me:{SECRET}@proxy"]\n',
        f'[database]\nurl = "postgresql://me:{SECRET}@db/x"\nport = 1\n',
        f'[slack]\nbot_token = "{SECRET}"\n= \n',
        f'[[alerts.sources]]\nkind = "alertmanagr"\nauth = "{SECRET}"\n',
        f'alerts.sources = [{{ kind = "generic", auth = {{ secrets = "{SECRET}" }} }}]',
        f'[[alerts.sources]]\nkind = "generic"\nauth = {{ profile = "bearer", x = "{SECRET}" }}',
        f'[vault]\nkeys = "{SECRET}"\n',
    ],
)
def test_no_explanation_repeats_a_secret(file: Path, text: str) -> None:
    """Neither a misspelled key's value, nor one beside the mistake, nor one in a comment."""
    file.write_text(text, encoding="utf-8")
    told = (
        "\n".join(problems(file)).replace(f'unknown key "{SECRET}"', "").replace(f": {SECRET}:", "")
    )
    assert told
    assert SECRET not in told


def test_problems_of_variables_and_secret_files_are_named_by_them(
    file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is wrong is mended where it was set, not in the file that it overrides."""
    (tmp_path / "secrets").mkdir()
    (tmp_path / "secrets" / "server__port").write_text("many", encoding="utf-8")
    monkeypatch.setenv("GATEWAY_ADMIN__PORT", "-1")
    assert problems(file) == [
        f"{tmp_path}/secrets/server__port: server.port: expected a whole number",
        "GATEWAY_ADMIN__PORT: admin.port: expected 0 or more",
    ]
    monkeypatch.setenv("GATEWAY_PEOPLE", "[")
    assert problems(file) == ["GATEWAY_PEOPLE: expected JSON"]


def test_what_is_missing_is_told_with_its_variable(file: Path) -> None:
    """At the table it belongs to, where there is one."""
    file.write_text("[slack]\nsigning_secret = 's'\n", encoding="utf-8")
    told = "slack.bot_token: is required; as a variable: GATEWAY_SLACK__BOT_TOKEN"
    assert problems(file) == [f"{file}:1:1: {told}\n    [slack]\n    ^"]
    with pytest.raises(ConfigurationError, match=r"^settings: slack: is required$"):
        load_settings(None, {})


def test_a_file_that_anybody_may_write_to_is_refused(file: Path) -> None:
    """Whoever can change it decides who is paged."""
    file.chmod(0o646)
    assert problems(file) == [
        f"{file}:1:1: anybody on this computer may write to it; take that away with chmod o-w"
    ]


def test_file_that_is_no_toml_is_refused_with_its_place(file: Path) -> None:
    """The operator reads which file and where."""
    file.write_text("[slack]\nmode = http\n", encoding="utf-8")
    assert problems(file) == [f"{file}:2:8: invalid value\n    mode = …\n           ^"]
    file.write_text("[slack\n", encoding="utf-8")
    assert problems(file)[0].startswith(f"{file}:1:7: ")


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


def test_whoever_only_asks_checks_what_it_needs(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What concerns other parts is theirs to judge; a slip in its own is told."""
    file.write_text("", encoding="utf-8")
    monkeypatch.setenv("GATEWAY_SERVER__HOST", "0.0.0.0")  # noqa: S104 - never listened on
    monkeypatch.setenv("GATEWAY_SLACK__BOT_TOKEN", "xoxb-1")
    assert control_socket(load_control_settings(file)) == Path("gateway.sock")
    monkeypatch.setenv("GATEWAY_ADMIN__SOKET", "elsewhere.sock")
    with pytest.raises(ConfigurationError, match='did you mean "GATEWAY_ADMIN__SOCKET"'):
        load_control_settings(file)


def test_aliases_that_go_round_in_a_circle_are_refused(file: Path) -> None:
    """With the way they go."""
    aliases = '[directory]\naliases = { a = ["101", "b"], b = ["c"], c = ["b"] }\n'
    file.write_text(MINIMAL + aliases, encoding="utf-8")
    problem = "directory: aliases go round in a circle: b → c → b"
    assert problems(file) == [f"{file}:4:1: {problem}\n    [directory]\n    ^"]


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


KNOWN = 'client_id = "c"\nclient_secret = "s"\nroles = {ada = "viewer"}'


@pytest.mark.parametrize(
    ("console", "told"),
    [
        ('sign_in = "off"\n[admin]\nhost = "0.0.0.0"', "admin.host must be 127.0.0.1"),
        ('sign_in = "proxy"', "proxy_networks and roles say who comes in"),
        ('sign_in = "proxy"\nproxy_networks = ["10.0.0.0/8"]', "say who comes in"),
        ('public_url = "http://ops.example.com"', "begins with https://"),
        ('roles = {ada = "boss"}', "console.roles.ada"),
        ('sign_in = "oidc"', "issuer, client_id, client_secret, roles must be set"),
        (f'sign_in = "oidc"\n{KNOWN}', "with sign_in = oidc, issuer must be set"),
        (f'sign_in = "slack"\n{KNOWN}', "with sign_in = slack, public_url must be set"),
        (f'sign_in = "slack"\n{KNOWN}\npublic_url = "https://o.example"', "slack.team must name"),
        ('issuer = "http://login.example.com"', "issuer begins with https://"),
        ('issuer = "https://login.example.com?x"', "console.issuer"),
        ('client_secret = ""', "console.client_secret"),
    ],
)
def test_a_console_that_would_let_anybody_in_is_refused(
    file: Path, console: str, told: str
) -> None:
    """At the start, in words that say what to set."""
    file.write_text(f"{MINIMAL}[console]\n{console}\n", encoding="utf-8")
    assert told in "\n".join(problems(file))

"""A settings file for each workspace: what it holds, what it shares, and what it may not."""

from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from adapters.registry import EmbeddedBackend, RingCentralBackend
from gateway.settings import (
    ConfigurationError,
    Settings,
    control_socket,
    load_settings,
    load_workspaces,
)

ACCOUNT = '[pager]\nclient_id = "c"\nclient_secret = "s"\njwt = "{jwt}"\n'
NORTH = '[slack]\nteam = "T0NORTH"\nbot_token = "xoxb-2"\n'


class Folder:
    """The files of an operator with two workspaces."""

    def __init__(self, folder: Path) -> None:
        self.first = folder / "gateway.toml"
        self.further = folder / "workspaces.d"
        self.further.mkdir()
        self.write_first()

    def write_first(self, more: str = "") -> None:
        """Write the first workspace's file."""
        slack = '[slack]\nteam = "T0ACME"\nbot_token = "xoxb-1"\nsigning_secret = "s"\n'
        workspaces = f'[workspaces]\nfolder = "{self.further}"\n'
        account = ACCOUNT.format(jwt="one")
        self.first.write_text(slack + workspaces + account + more, encoding="utf-8")

    def write(self, text: str, name: str = "north") -> None:
        """Write another workspace's file."""
        (self.further / f"{name}.toml").write_text(text, encoding="utf-8")

    def load(self) -> tuple[Settings, ...]:
        """Read all but the first."""
        return load_workspaces(load_settings(self.first))

    def problems(self) -> str:
        """Read them in vain."""
        with pytest.raises(ConfigurationError) as refused:
            self.load()
        return "\n".join(map(str, refused.value.problems))


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path)


def test_a_workspace_has_what_its_file_says_and_shares_the_rest(folder: Folder) -> None:
    """The app and the listeners are shared; token, account and policy are not."""
    folder.write_first("[policy]\nper_minute = 3\n[server]\nport = 9000\n")
    folder.write(NORTH + ACCOUNT.format(jwt="two"))
    (north,) = folder.load()
    assert north.slack.secrets() == ("s",)
    assert north.slack.bot_token.get_secret_value() == "xoxb-2"
    assert isinstance(north.pager, RingCentralBackend)
    assert north.pager.jwt.get_secret_value() == "two"
    assert (north.policy.per_minute, north.server.port) == (0, 9000)


def test_everything_that_is_kept_is_kept_apart(folder: Folder) -> None:
    """Database, key, socket and the embedded pager's messages lie beside the first one's."""
    folder.write(NORTH + '[pager]\nbackend = "embedded"\n')
    (north,) = folder.load()
    assert north.database.url == "sqlite:///gateway.T0NORTH.db"
    assert north.vault.key_file == Path("gateway.T0NORTH.key")
    assert control_socket(north) == Path("gateway.T0NORTH.sock")
    assert isinstance(north.pager, EmbeddedBackend)
    assert north.pager.data == Path("pager.T0NORTH.db")


def test_on_postgresql_it_is_a_schema(folder: Folder) -> None:
    """What else the address says stays."""
    folder.write_first('[database]\nurl = "postgresql://g@db/gateway?sslmode=require"\n')
    folder.write(NORTH + ACCOUNT.format(jwt="two"))
    (north,) = folder.load()
    parts = urlsplit(north.database.url)
    assert (parts.hostname, parts.path) == ("db", "/gateway")
    assert parse_qs(parts.query) == {"sslmode": ["require"], "search_path": ["workspace_t0north"]}


def test_variables_speak_of_the_first_only(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    """A token in the environment would be everybody's."""
    monkeypatch.setenv("GATEWAY_SLACK__BOT_TOKEN", "xoxb-of-the-first")
    monkeypatch.setenv("GATEWAY_POLICY__PER_MINUTE", "7")
    folder.write(NORTH + ACCOUNT.format(jwt="two"))
    (north,) = folder.load()
    assert north.slack.bot_token.get_secret_value() == "xoxb-2"
    assert north.policy.per_minute == 0


def test_secrets_stand_in_a_folder_of_the_same_name(folder: Folder) -> None:
    """One file each, as beside the first."""
    folder.write('[slack]\nteam = "T0NORTH"\n' + ACCOUNT.format(jwt="two"))
    secrets = folder.further / "north"
    secrets.mkdir()
    (secrets / "slack__bot_token").write_text("xoxb-from-file\n", encoding="utf-8")
    (north,) = folder.load()
    assert north.slack.bot_token.get_secret_value() == "xoxb-from-file"
    assert north.secrets == secrets


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('[slack]\nteam = "T0NORTH"\nbot_token = "xoxb-2"\n', "pager: is required"),
        (NORTH.replace("T0NORTH", "north") + ACCOUNT, "slack.team"),
        (NORTH + ACCOUNT + "[server]\nport = 1\n", "server"),
        ("[slack\n", "north.toml:1"),
        (NORTH.replace("T0NORTH", "T0ACME") + ACCOUNT, "the same slack.team"),
        (NORTH.replace("xoxb-2", "xoxb-1") + ACCOUNT, "the same slack.bot_token"),
        (NORTH + ACCOUNT.format(jwt="one"), "the same pager credential"),
        ('[slack]\nteam = "T0NORTH"\n' + ACCOUNT, "slack.bot_token is needed"),
    ],
)
def test_what_cannot_be_is_told_with_its_file(folder: Folder, text: str, told: str) -> None:
    """A workspace without an account, with the listeners' settings, or with what is another's."""
    folder.write(text.replace("{jwt}", "two"))
    assert told in folder.problems()


def test_sources_of_alerts_have_names_of_their_own(folder: Folder) -> None:
    """Their address has no room for a workspace."""
    source = '[[alerts.sources]]\nname = "am"\nkind = "alertmanager"\ninsecure = true\n'
    folder.write_first(source)
    folder.write(NORTH + ACCOUNT.format(jwt="two") + source)
    assert "the same name among alerts.sources" in folder.problems()


def test_without_a_folder_there_is_one_workspace(folder: Folder) -> None:
    """And its id need not be told."""
    folder.first.write_text('[slack]\nbot_token = "x"\nsigning_secret = "s"\n', encoding="utf-8")
    assert folder.load() == ()


def test_a_folder_that_is_none_is_told(folder: Folder) -> None:
    """Rather than serving nobody there."""
    folder.further.rmdir()
    assert "is no folder" in folder.problems()

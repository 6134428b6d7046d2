"""`gateway init`, `setup`, `doctor`: from an empty folder to one that a gateway can run in."""

import json
import stat
import tomllib
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from adapters.chat.slack_simulator import SlackServerConfig, running_slack
from adapters.pager.embedded import PagerServerConfig, RateLimits, running_pager
from gateway.cli.config import config as config_group
from gateway.cli.init import init
from gateway.demo.world import free_port
from gateway.routes.reading import load_routes
from gateway.settings import load_app_settings, load_settings
from tests.cli.calling import called
from tests.doctor.office import PEOPLE, Office

TOKEN, SECRET = "xoxb-1-2-3", "0123456789abcdef" * 2


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Stand in an empty folder, as a new user does."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
async def office(folder: Path) -> AsyncIterator[Office]:
    """Both vendors, and a folder in which `init` has just been called."""
    config = PagerServerConfig(directory=PEOPLE, limits=RateLimits.off())
    async with running_slack(SlackServerConfig()) as slack, running_pager(config) as pager:
        port = free_port()
        arguments = ["--port", str(port), "--public-url", f"http://127.0.0.1:{port}"]
        assert CliRunner().invoke(init, arguments).exit_code == 0
        yield Office(folder, slack, pager)


# --- init ----------------------------------------------------------------------------------------


def test_init_writes_files_that_can_be_used(folder: Path) -> None:
    """Settings, routes, and a folder for secrets that is its owner's alone; it asks nothing."""
    result = CliRunner().invoke(init)
    assert result.stdout.split() == ["gateway.toml", "routes.yaml", "secrets/"]
    assert result.stderr == "Next: gateway setup slack\n"
    assert stat.S_IMODE((folder / "secrets").stat().st_mode) == 0o700
    assert load_routes(folder / "routes.yaml").routes.receivers
    (folder / "secrets" / "slack__bot_token").write_text(TOKEN, encoding="utf-8")
    (folder / "secrets" / "slack__signing_secret").write_text(SECRET, encoding="utf-8")
    checked = CliRunner().invoke(config_group, ["check", "gateway.toml"])
    assert (checked.exit_code, "gateway.toml: ok\n" in checked.output) == (0, True)
    assert load_settings().routing.file == Path("routes.yaml")


def test_init_overwrites_nothing(folder: Path) -> None:
    """What is there is named, and nothing else is written either."""
    (folder / "routes.yaml").write_text("mine", encoding="utf-8")
    result = CliRunner().invoke(init)
    assert result.exit_code == 1
    assert "routes.yaml is there already; nothing was written" in result.stderr
    assert [each.name for each in folder.iterdir()] == ["routes.yaml"]


def test_init_takes_what_is_known_already(folder: Path) -> None:
    """In another folder, with another port, for Socket Mode; quotes stay what they are."""
    odd = 'https://pages.example.com/"x"'
    arguments = ["there", "--port", "9000", "--socket-mode", "--public-url", odd]
    result = CliRunner().invoke(init, arguments)
    assert result.stderr == "Next: cd there && gateway setup slack\n"
    known = load_app_settings(folder / "there" / "gateway.toml")
    assert (known.server.port, known.slack.mode, known.server.public_url) == (9000, "socket", odd)


# --- setup slack ---------------------------------------------------------------------------------


async def test_slack_is_tried_and_then_kept(office: Office) -> None:
    """Secrets end in files that only their owner reads, the rest in the settings file."""
    given = (office.slack.bot_token, office.slack.signing_secret)
    said = await called("setup", "slack", "--api-url", office.slack.api_url, given="\n".join(given))
    assert (said.exit_code, "the bot token works" in said.stderr) == (0, True)
    kept = office.folder / "secrets" / "slack__bot_token"
    assert (kept.read_text(), stat.S_IMODE(kept.stat().st_mode)) == (given[0], 0o600)
    assert load_settings().slack.api_url == office.slack.api_url
    assert not any(secret in said.stdout + said.stderr for secret in given)


async def test_a_token_that_slack_refuses_is_not_kept(office: Office) -> None:
    """Exit 1, with what to do; the folder stays as it was."""
    before = office.file.read_text()
    said = await called(
        "setup", "slack", "--api-url", office.slack.api_url, given=f"{TOKEN}\n{SECRET}\n"
    )
    assert (said.exit_code, "slack.bot_token_wrong" in said.stderr) == (1, True)
    assert not list((office.folder / "secrets").iterdir())
    assert office.file.read_text() == before


@pytest.mark.usefixtures("folder")
async def test_the_link_comes_first() -> None:
    """The app is made with it; then the tokens are asked for. None given: exit 2."""
    CliRunner().invoke(init, ["--public-url", "https://pages.example.com"])
    said = await called("setup", "slack")
    assert "https://api.slack.com/apps?new_app=1&manifest_json=" in said.stderr
    assert "Install to Workspace" in said.stderr
    assert (said.exit_code, "nothing was given" in said.stderr) == (2, True)


@pytest.mark.usefixtures("folder")
async def test_slack_needs_a_way_to_us() -> None:
    """A manifest without an address would be for nothing: both ways out are told."""
    CliRunner().invoke(init)
    said = await called("setup", "slack")
    assert said.exit_code == 3
    assert "server.public_url" in said.stderr
    assert 'slack.mode to "socket"' in said.stderr


@pytest.mark.usefixtures("folder")
async def test_setup_begins_with_init() -> None:
    """There has to be a file to keep things beside."""
    said = await called("setup", "slack")
    assert (said.exit_code, "gateway init" in said.stderr) == (3, True)


# --- setup ringcentral ---------------------------------------------------------------------------


async def test_ringcentral_is_tried_and_then_kept(office: Office) -> None:
    """Comments of the settings file stay, and doing it again replaces what was said before."""
    asked = ("setup", "ringcentral", "--server-url", office.pager.url, "--client-id", "gw")
    given = ("app-secret", office.pager.jwt["700"])
    await called(*asked, given="\n".join(given))
    said = await called(*asked, given="\n".join(given))
    assert (said.exit_code, "pages are sent by Pager Gateway (700)" in said.stderr) == (0, True)
    text = office.file.read_text()
    assert text.startswith("# The gateway's settings")
    assert tomllib.loads(text)["pager"] == {"client_id": "gw", "server_url": office.pager.url}
    assert (office.folder / "secrets" / "pager__jwt").read_text() == given[1]
    assert not any(secret in said.stdout + said.stderr for secret in given)


async def test_a_department_is_no_sender(office: Office) -> None:
    """Found before anything is kept."""
    asked = ("setup", "ringcentral", "--server-url", office.pager.url, "--client-id", "gw")
    said = await called(*asked, given=f"app-secret\n{office.pager.jwt['400']}\n")
    assert (said.exit_code, "ringcentral.sender_is_department" in said.stderr) == (1, True)
    assert not list((office.folder / "secrets").iterdir())


# --- doctor --------------------------------------------------------------------------------------


async def test_the_doctor_says_what_comes_next(office: Office) -> None:
    """Exit 1 with the command that mends it, then 0; as JSON with stable keys, without secrets."""
    ill = await called("doctor")
    assert (ill.exit_code, "gateway setup slack" in ill.stdout) == (1, True)
    given = (office.slack.bot_token, office.slack.signing_secret)
    await called("setup", "slack", "--api-url", office.slack.api_url, given="\n".join(given))
    well = await called("doctor")
    assert (well.exit_code, well.stderr) == (0, "Next: gateway run\n")
    assert "0 failures (no gateway answers)" in well.stdout
    told = await called("doctor", "--json")
    report = json.loads(told.stdout)
    assert report["healthy"] is True
    assert set(report["findings"][0]) == {"section", "code", "level", "what", "fix"}
    assert not any(secret in well.stdout + told.stdout for secret in given)

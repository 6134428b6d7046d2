"""`gateway manifest`: fitted to the settings, judged, compared with the live app."""

import json
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from aiohttp import ClientSession
from click.testing import CliRunner, Result
from ruamel.yaml import YAML

from adapters.chat.slack.manifest import at, differences, fitted, problems
from adapters.chat.slack_simulator import SlackServerConfig, running_slack
from adapters.chat.slack_simulator.catalogue import EVENT_SCOPES
from adapters.chat.slack_simulator.manifest import problems as slacks_problems
from gateway.cli.manifest import manifest
from gateway.shipped import shipped
from tests.cli.calling import called

TEMPLATE: dict[str, Any] = YAML(typ="safe").load(shipped("slack-manifest.yaml"))
URL = "https://pages.acme.example"


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """Settings as they are before there are secrets."""
    file = tmp_path / "gateway.toml"
    text = f'[server]\npublic_url = "{URL}"\n[slack]\ncommand = "/ring"\n'
    file.write_text(text, encoding="utf-8")
    return file


def call(*arguments: str | Path, given: str = "") -> Result:
    return CliRunner().invoke(manifest, list(map(str, arguments)), input=given)


def test_it_is_fitted_to_the_settings(config: Path) -> None:
    """Command and address are ours, everything else is as shipped; Slack and we find it fine."""
    made = json.loads(call("print", "--config", config, "--json").stdout)
    (ring,) = made["features"]["slash_commands"]
    assert (ring["command"], ring["url"]) == ("/ring", f"{URL}/slack/events")
    assert made["settings"]["event_subscriptions"]["request_url"] == f"{URL}/slack/events"
    assert [*problems(made), *slacks_problems(made)] == []
    assert YAML(typ="safe").load(call("print", "--config", config).stdout) == made


def test_without_a_public_address_it_is_for_socket_mode(config: Path) -> None:
    """Nobody has to reach us then, so no address is in it."""
    config.write_text('[slack]\nmode = "socket"\n', encoding="utf-8")
    printed = call("print", "--config", config, "--json").stdout
    assert json.loads(printed)["settings"]["socket_mode_enabled"] is True
    assert "https://" not in printed
    assert list(problems(json.loads(printed))) == []


def test_the_link_holds_the_whole_manifest(config: Path) -> None:
    """One click, and every field is filled in."""
    link = urlsplit(call("link", "--config", config).stdout.strip())
    assert link.netloc == "api.slack.com"
    held = json.loads(parse_qs(link.query)["manifest_json"][0])
    assert held == json.loads(call("print", "--config", config, "--json").stdout)


@pytest.mark.parametrize(
    ("place", "value", "problem"),
    [
        ("display_information.name", "x" * 36, "longer than 35"),
        ("features.slash_commands", [], "nobody could page"),
        ("oauth_config.scopes.bot", ["commands"], "add chat:write; it is for status messages"),
        ("settings.event_subscriptions.bot_events", [], "add message.channels"),
        ("settings.event_subscriptions.request_url", "http://x.example", "begin with https://"),
        ("settings.interactivity.request_url", "", "is missing"),
    ],
)
def test_what_slack_takes_without_a_word_is_found(place: str, value: object, problem: str) -> None:
    """Each with its place; exit 1."""
    spoilt = fitted(TEMPLATE, command="/page", public_url=URL)
    *path, last = place.split(".")
    at(spoilt, ".".join(path))[last] = value
    result = call("validate", "-", given=json.dumps(spoilt))
    assert result.exit_code == 1
    assert any(line.startswith(place) and problem in line for line in result.stdout.splitlines())


def test_the_example_is_no_address(tmp_path: Path) -> None:
    """Before the public address is set, the manifest is not ready."""
    empty = tmp_path / "gateway.toml"
    empty.touch()
    result = call("validate", "--config", empty, "--json")
    assert result.exit_code == 1
    places = {each["place"] for each in json.loads(result.stdout)["problems"]}
    assert "settings.event_subscriptions.request_url" in places


def test_every_event_needs_what_slack_says_it_needs() -> None:
    """Our table of events and scopes against the workspace's."""
    from adapters.chat.slack.scopes import NEEDED_BY  # noqa: PLC0415 - the table under test

    assert {event: EVENT_SCOPES[event] for event in NEEDED_BY} == dict(NEEDED_BY)


def test_differences_go_by_names_not_by_order() -> None:
    """Slack lists scopes as it likes, and leaves out what is off."""
    ours = fitted(TEMPLATE, command="/page", public_url=URL)
    theirs = json.loads(json.dumps(ours))
    theirs["oauth_config"]["scopes"]["bot"].reverse()
    del theirs["settings"]["token_rotation_enabled"]
    theirs["_metadata"] = {"major_version": 1}
    assert list(differences(ours, theirs)) == []
    theirs["oauth_config"]["scopes"]["bot"].remove("im:write")
    theirs["features"]["slash_commands"][0]["should_escape"] = False
    assert list(differences(ours, theirs)) == [
        "features.slash_commands[/page].should_escape: false, wanted true",
        "oauth_config.scopes.bot: im:write is missing",
    ]


async def test_an_app_that_was_made_of_it_agrees(
    config: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Exit 0, and nothing on standard output for a script to read."""
    token = tmp_path / "token"
    async with running_slack(SlackServerConfig()) as slack, ClientSession() as session:
        monkeypatch.setenv("GATEWAY_SLACK__API_URL", slack.api_url)
        printed = (await called("manifest", "print", "--config", config, "--json")).stdout
        update = {"app_id": "A0PAGER", "manifest": printed}
        headers = {"Authorization": f"Bearer {slack.config_token}"}
        url = f"{slack.api_url}apps.manifest.update"
        async with session.post(url, data=update, headers=headers) as answer:
            assert (await answer.json())["ok"] is True
        token.write_text(slack.config_token, encoding="utf-8")
        asked = ("manifest", "diff", "A0PAGER", "--config", config, "--token-file", token)
        said = await called(*asked)
    assert (said.exit_code, said.stdout) == (0, "")
    assert "is as the manifest says" in said.stderr


async def test_the_live_app_is_compared(
    config: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With a configuration token, which comes from a file or a pipe, never as an argument."""
    token = tmp_path / "token"
    asked = ("manifest", "diff", "A0PAGER", "--config", config, "--token-file", token)
    async with running_slack(SlackServerConfig()) as slack:
        monkeypatch.setenv("GATEWAY_SLACK__API_URL", slack.api_url)
        token.write_text(slack.config_token, encoding="utf-8")
        found = await called(*asked, "--json")
        assert found.exit_code == 1
        lines = json.loads(found.stdout)["differences"]
        assert 'features.slash_commands[/page].command: "/page", wanted nothing' in lines
        piped = await called(*asked[:-2], "--json", given=slack.config_token)
        assert piped.stdout == found.stdout
        token.write_text("xoxe.xoxp-wrong", encoding="utf-8")
        refused = await called(*asked)
        assert (refused.exit_code, "invalid_auth" in refused.stderr) == (1, True)
    away = await called(*asked)
    assert (away.exit_code, "does not answer" in away.stderr) == (4, True)

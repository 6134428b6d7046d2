"""The app manifest asks for what the code uses: nothing missing, nothing to spare."""

from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from adapters.chat.slack.edge import PATH
from adapters.chat.slack.events import Events
from adapters.chat.slack.hearing import Hearing
from adapters.chat.slack.installing import BOT_SCOPES
from adapters.chat.slack.methods import METHODS
from adapters.chat.slack.settings import SlackSettings
from adapters.chat.slack_simulator import Limits, SlackServerConfig
from adapters.chat.slack_simulator.catalogue import EVENT_SCOPES
from adapters.chat.slack_simulator.default_workspace import default_workspace
from adapters.chat.slack_simulator.manifest import app_settings, problems
from adapters.chat.slack_simulator.workspace import App, Command, Shortcut
from gateway.domain.content import Content
from gateway.domain.ids import ChannelId, ChatUserId, WorkspaceId
from gateway.domain.inbound import ChatCommand, ChatReply
from gateway.domain.pages import ChatThread
from gateway.ports.chat import ChatPost, ChatWhisper
from tests.adapters.slack.desk import desk

MANIFEST = Path(__file__).parents[3] / "config" / "slack-manifest.yaml"
MESSAGES = {"message.channels", "message.groups", "message.im", "message.mpim"}
NEITHER_METHOD_NOR_EVENT = {
    "commands",  # slash commands and shortcuts
    "files:read",  # names and links of files in events
}


@pytest.fixture(scope="module")
def manifest() -> dict[str, Any]:
    return dict(YAML(typ="safe").load(MANIFEST.read_text()))


def test_slack_takes_it(manifest: dict[str, Any]) -> None:
    """Keys, lengths, counts, names of scopes and events."""
    assert list(problems(manifest)) == []


def test_it_subscribes_to_what_is_handled(manifest: dict[str, Any], hearing: Hearing) -> None:
    """Each event has a handler, each handler an event."""
    handled = set(Events(hearing).handlers) - {"message"} | MESSAGES
    assert set(manifest["settings"]["event_subscriptions"]["bot_events"]) == handled


@pytest.fixture
def hearing() -> Hearing:
    # Only the table of handlers is looked at.
    return Hearing(None, None, None)  # type: ignore[arg-type]


def test_an_installation_asks_for_the_same(manifest: dict[str, Any]) -> None:
    """A workspace that installs the app by itself gives what the manifest's would."""
    assert sorted(BOT_SCOPES) == sorted(manifest["oauth_config"]["scopes"]["bot"])


def test_it_asks_for_the_scopes_that_are_used(manifest: dict[str, Any]) -> None:
    """By the methods we call, the events we hear, and two more with their reasons."""
    events = manifest["settings"]["event_subscriptions"]["bot_events"]
    needed = {scope for method in METHODS.values() for scope in method.scopes}
    needed |= {scope for event in events if (scope := EVENT_SCOPES[event])}
    assert set(manifest["oauth_config"]["scopes"]["bot"]) == needed | NEITHER_METHOD_NOR_EVENT


def test_its_command_is_the_settings_default(manifest: dict[str, Any]) -> None:
    """With mentions as ids, without which nobody mentioned could be paged."""
    (command,) = manifest["features"]["slash_commands"]
    assert command["command"] == SlackSettings.model_fields["command"].default
    assert command["should_escape"] is True


def test_every_address_is_the_one_door(manifest: dict[str, Any]) -> None:
    """Commands, events, interactivity and options come in at one path."""
    addresses = [
        manifest["features"]["slash_commands"][0]["url"],
        manifest["settings"]["event_subscriptions"]["request_url"],
        manifest["settings"]["interactivity"]["request_url"],
        manifest["settings"]["interactivity"]["message_menu_options_url"],
    ]
    assert {address.removeprefix("https://gateway.example.com") for address in addresses} == {PATH}


async def test_with_nothing_but_the_manifest_everything_works(manifest: dict[str, Any]) -> None:
    """No call is refused for a missing scope, no event is missing."""
    given = app_settings(manifest)
    workspace = default_workspace()
    workspace.app = App(
        scopes=tuple(given["scopes"]),
        events=tuple(given["events"]),
        commands=tuple(Command(**command) for command in given["commands"]),
        shortcuts=tuple(Shortcut(**shortcut) for shortcut in given["shortcuts"]),
    )
    config = SlackServerConfig(workspace=workspace, limits=Limits.without_rates())
    acme, ops, dana = WorkspaceId("T0ACME"), ChannelId("C0OPS"), ChatUserId("U0DANA")
    async with desk(config) as at:
        chat = at.slack.chat
        await at.types("/page @oncall hello <#C0BOARD>")
        assert at.ear.of(ChatCommand)
        post = ChatPost(acme, ops, Content("hello"), "m:1", speaker="Avery Kim")
        receipt = await chat.post(post)
        assert await chat.find_post(post, at.clock.now()) == receipt
        thread = ChatThread(acme, ops, receipt.message)
        await at.says("see #board @oncall", thread_ts=receipt.message)
        await at.ear.hears(ChatReply)
        await chat.react(thread, receipt.message, "✅")
        await chat.unreact(thread, receipt.message, "✅")
        await chat.whisper(ChatWhisper(acme, dana, ops, Content("psst")))
        direct = ChatPost(acme, ChannelId(dana), Content("hello"), "m:2")
        assert await chat.find_post(direct, at.clock.now()) is None
        await chat.group_members(acme, "S0ONCALL")
        await chat.publish_home(acme, dana, Content("home"))
        codes = {facts["vendor_code"] for facts in at.log.facts("slack.call_failed")}
        assert "missing_scope" not in codes

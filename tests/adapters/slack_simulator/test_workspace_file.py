"""Workspace files: the demo's, and what is said about a wrong one."""

import json
from pathlib import Path
from typing import Any

import pytest

from adapters.chat.slack_simulator import WorkspaceError, read_workspace
from adapters.chat.slack_simulator.workspace_file import build

DEMO = Path(__file__).parents[3] / "config" / "demo" / "workspace.yaml"


def test_the_demos_workspace() -> None:
    """Ten people of every kind, six channels; the bot is in all but the private one."""
    workspace = read_workspace(DEMO)
    people = [user for user in workspace.users.values() if not user.is_bot]
    assert {user.id for user in people} == {
        "U0DANA",
        "U0AVERY",
        "U0BO",
        "U0CASEY",
        "U0LEE",
        "U0SAM",
        "U0JOSE",
        "U0PRIYA",
        "U0GUS",
        "U0SKY",
    }
    assert [user.name for user in people if user.is_restricted] == ["gus"]
    assert [user.name for user in people if user.is_stranger] == ["sky"]
    outside = [one.name for one in workspace.channels.values() if not workspace.bot_is_in(one)]
    assert outside == ["board"]
    assert len(workspace.channels) == 6
    assert workspace.channels["C0LOBBY"].is_ext_shared
    assert [one.command for one in workspace.app.commands] == ["/page"]
    assert {one.callback_id for one in workspace.app.shortcuts} == {"page", "page_msg"}


USER = {"id": "U1", "name": "ann"}


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ([], "the file: a mapping is expected"),
        ({"usres": []}, "unknown key 'usres'"),
        ({"team": {"nme": "x"}}, "team: unknown key 'nme'"),
        ({"users": {}}, "users: a list is expected"),
        ({"users": [{"id": "U1"}]}, "users[0]: "),
        ({"users": [{**USER, "kind": "robot"}]}, "users[0].kind: 'robot' is none of member"),
        ({"users": [USER, USER]}, "users[1]: the id U1 is taken"),
        ({"channels": [{"id": "C1", "name": "x", "members": ["bob"]}]}, "nobody is called 'bob'"),
        (
            {
                "users": [{**USER, "kind": "stranger"}],
                "channels": [{"id": "C1", "name": "x", "members": ["ann"]}],
            },
            "is_ext_shared is needed",
        ),
        ({"app": {"commands": [{"comand": "/x"}]}}, "app.commands: unknown key 'comand'"),
        ({"app": {"scopes": ["chat:wrte"]}}, "app.scopes: unknown scope 'chat:wrte'"),
        ({"app": {"events": ["mesage.im"]}}, "app.events: unknown event 'mesage.im'"),
        (
            {"app": {"scopes": ["chat:write"], "events": ["message.im"]}},
            "app.events: message.im needs the scope im:history",
        ),
    ],
)
def test_what_is_wrong_is_said_with_its_place(content: Any, words: str) -> None:
    """A person can mend the file from the message alone."""
    with pytest.raises(WorkspaceError) as caught:
        build(content)
    assert words in str(caught.value)


def test_an_app_can_be_described_by_its_manifest(tmp_path: Path) -> None:
    """Commands, scopes and events come from the manifest that is given to Slack, too."""
    manifest = {
        "display_information": {"name": "Gateway"},
        "features": {
            "slash_commands": [
                {"command": "/call", "url": "https://x.example", "should_escape": True}
            ]
        },
        "oauth_config": {"scopes": {"bot": ["commands"], "bot_optional": ["users:read"]}},
    }
    (tmp_path / "manifest.yaml").write_text(json.dumps(manifest), encoding="utf-8")
    path = tmp_path / "workspace.yaml"
    path.write_text("app: {manifest: manifest.yaml, name: Mine}", encoding="utf-8")
    app = read_workspace(path).app
    assert app.name == "Mine"
    assert [(one.command, one.should_escape) for one in app.commands] == [("/call", True)]
    assert app.scopes == ("commands", "users:read")
    assert app.events == ()
    path.write_text("app: {manifest: nowhere.yaml}", encoding="utf-8")
    with pytest.raises(WorkspaceError, match=r"app\.manifest: "):
        read_workspace(path)


def test_a_file_that_is_no_yaml_is_named(tmp_path: Path) -> None:
    """The message begins with the path."""
    path = tmp_path / "workspace.yaml"
    path.write_text("a: [", encoding="utf-8")
    with pytest.raises(WorkspaceError, match=r"workspace\.yaml: "):
        read_workspace(path)

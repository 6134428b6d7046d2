"""Reading the workspace: channels, people, groups, histories, page by page."""

from typing import Any

import pytest

from adapters.chat.slack_simulator import SlackServerConfig
from adapters.chat.slack_simulator.default_workspace import default_workspace
from adapters.chat.slack_simulator.workspace import App
from tests.adapters.slack_simulator.world import World, world


async def test_who_am_i(w: World) -> None:
    """`auth.test` names workspace and bot, and its header the scopes."""
    headers = {"Authorization": f"Bearer {w.slack.bot_token}"}
    async with w.http.get(f"{w.slack.api_url}auth.test", headers=headers) as answer:
        content = await answer.json()
        assert "chat:write" in answer.headers["X-OAuth-Scopes"].split(",")
    assert (content["team_id"], content["user_id"], content["bot_id"]) == (
        "T0ACME",
        "U0PAGER",
        "B0PAGER",
    )


async def test_channels_the_app_can_see(w: World) -> None:
    """Public ones and its own; a private one without it does not exist for it."""
    types = "public_channel,private_channel,im,mpim"
    names = {
        one.get("name") for one in (await w.api("conversations.list", types=types))["channels"]
    }
    assert {"ops", "dba", "lobby"} <= names
    assert "board" not in names
    assert (await w.api("conversations.info", channel="C0BOARD"))["error"] == "channel_not_found"
    lobby = (await w.api("conversations.info", channel="C0LOBBY", include_num_members=1))["channel"]
    assert (lobby["is_ext_shared"], lobby["is_member"], lobby["num_members"]) == (True, True, 7)
    answer = await w.api("conversations.list", types="nonsense")
    assert answer["error"] == "invalid_types"


async def test_archived_channels_can_be_left_out(w: World) -> None:
    """`exclude_archived`."""
    await w.order("archive", channel="C0DBA")
    shown = (await w.api("conversations.list"))["channels"]
    left = (await w.api("conversations.list", exclude_archived="true"))["channels"]
    assert {one["id"] for one in shown} - {one["id"] for one in left} == {"C0DBA"}


async def test_channels_of_a_person(w: World) -> None:
    """`users.conversations`, by default of the bot."""
    mine = (await w.api("users.conversations"))["channels"]
    assert {one["id"] for one in mine} == {"C0OPS", "C0DBA", "C0LOBBY"}
    of_guest = (await w.api("users.conversations", user="U0GUEST"))["channels"]
    assert [one["id"] for one in of_guest] == ["C0LOBBY"]


async def test_membership_is_checked(w: World) -> None:
    """`not_in_channel` in a public channel, until joined."""
    await w.order("kick_bot", channel="C0DBA")
    answer = await w.api("conversations.history", channel="C0DBA")
    assert answer["error"] == "not_in_channel"
    joined = await w.api("conversations.join", channel="C0DBA")
    assert joined["channel"]["is_member"] is True
    assert (await w.api("conversations.history", channel="C0DBA"))["ok"]
    again = await w.api("conversations.join", channel="C0DBA")
    assert again["warning"] == "already_in_channel"


async def test_histories_page_by_page(w: World) -> None:
    """Newest first, without replies; cursors lead to the end; bounds are exclusive."""
    seen = [await w.posted(text=str(number)) for number in range(5)]
    await w.posted(text="reply", thread_ts=seen[0])
    texts: list[str] = []
    cursor = ""
    while True:
        answer = await w.api("conversations.history", channel="C0OPS", limit=2, cursor=cursor)
        texts += [one["text"] for one in answer["messages"]]
        if not answer["has_more"]:
            break
        cursor = answer["response_metadata"]["next_cursor"]
    assert texts == ["4", "3", "2", "1", "0"]

    async def between(**bounds: Any) -> list[str]:
        answer = await w.api("conversations.history", channel="C0OPS", **bounds)
        return [one["text"] for one in answer["messages"]]

    assert await between(oldest=seen[1], latest=seen[3]) == ["2"]
    assert await between(oldest=seen[1], latest=seen[3], inclusive="true") == ["3", "2", "1"]
    assert await between(oldest=float(seen[0]) - 60) == texts
    assert await between(oldest="0") == texts
    answer = await w.api("conversations.history", channel="C0OPS", oldest="soon")
    assert answer["error"] == "invalid_ts_oldest"


async def test_threads_begin_with_their_parent(w: World) -> None:
    """Oldest first; `oldest` never hides the parent, which counts its replies."""
    root = await w.posted(text="root")
    replies = [await w.says(str(number), thread_ts=root) for number in range(3)]
    answer = await w.api("conversations.replies", channel="C0OPS", ts=root, oldest=replies[0])
    assert [one["text"] for one in answer["messages"]] == ["root", "1", "2"]
    parent = answer["messages"][0]
    assert (parent["reply_count"], parent["latest_reply"]) == (3, replies[-1])
    assert parent["reply_users"] == ["U0DANA"]
    nothing = await w.api("conversations.replies", channel="C0OPS", ts="1.000001")
    assert nothing["error"] == "thread_not_found"


@pytest.mark.parametrize("cursor", ["nonsense", "bmV4dDp4", "8J+Ygw=="])
async def test_a_made_up_cursor_is_refused(w: World, cursor: str) -> None:
    """`invalid_cursor`, and a limit beyond a thousand is `invalid_limit`."""
    assert (await w.api("users.list", cursor=cursor))["error"] == "invalid_cursor"
    assert (await w.api("users.list", limit=5000))["error"] == "invalid_limit"


async def test_people(w: World) -> None:
    """Names, kinds, addresses; strangers only one by one."""
    user = (await w.api("users.info", user="U0DANA"))["user"]
    assert user["profile"]["email"] == "dana@acme.example"
    assert (user["real_name"], user["is_bot"], user["is_restricted"]) == ("Dana Lee", False, False)
    assert "locale" not in user
    asked = (await w.api("users.info", user="U0DANA", include_locale=True))["user"]
    assert asked["locale"] == "en-US"
    assert (await w.api("users.info", user="U0GUEST"))["user"]["is_restricted"] is True
    assert (await w.api("users.info", user="U0X"))["error"] == "user_not_found"
    everyone = {one["id"] for one in (await w.api("users.list"))["members"]}
    assert "U0DANA" in everyone
    assert "U0STRANGER" not in everyone
    found = await w.api("users.lookupByEmail", email="Dana@Acme.example")
    assert found["user"]["id"] == "U0DANA"
    lost = await w.api("users.lookupByEmail", email="nobody@acme.example")
    assert lost["error"] == "users_not_found"
    bot = await w.api("users.info", user="U0PAGER")
    assert bot["user"]["profile"]["bot_id"] == "B0PAGER"
    assert (await w.api("bots.info", bot="B0PAGER"))["bot"]["user_id"] == "U0PAGER"
    assert (await w.api("bots.info", bot="B0X"))["error"] == "bot_not_found"
    members = (await w.api("conversations.members", channel="C0DBA"))["members"]
    assert members == ["U0DANA", "U0AVERY", "U0PAGER"]


async def test_groups(w: World) -> None:
    """With their people where asked for."""
    (group,) = (await w.api("usergroups.list", include_users="true"))["usergroups"]
    assert (group["handle"], group["users"]) == ("oncall", ["U0DANA"])
    assert (await w.api("usergroups.users.list", usergroup="S0ONCALL"))["users"] == ["U0DANA"]
    answer = await w.api("usergroups.users.list", usergroup="S0X")
    assert answer["error"] == "no_such_subteam"


async def test_talks_with_several_people(w: World) -> None:
    """One conversation per set of people; no strangers in it."""
    one = (await w.api("conversations.open", users="U0DANA,U0BO"))["channel"]["id"]
    same = (await w.api("conversations.open", users="U0BO,U0DANA,U0BO"))["channel"]["id"]
    assert one == same
    await w.says("all together", channel=one)
    (message,) = await w.app.heard("message")
    assert message.payload["event"]["channel_type"] == "mpim"
    answer = await w.api("conversations.open", users="U0STRANGER")
    assert answer["error"] == "user_not_visible"


async def test_the_app_makes_a_channel() -> None:
    """With the scope for it; names are checked and unique."""
    workspace = default_workspace()
    workspace.app = App(scopes=(*App().scopes, "channels:manage"))
    async with world(SlackServerConfig(workspace=workspace)) as w:
        made = (await w.api("conversations.create", name="incident-1"))["channel"]
        assert made["is_member"] is True
        await w.posted(made["id"], text="first")
        for name, error in (("incident-1", "name_taken"), ("No Way", "invalid_name_specials")):
            assert (await w.api("conversations.create", name=name))["error"] == error
        private = await w.api("conversations.create", name="hush", is_private=True)
        assert private["needed"] == "groups:write"


async def test_missing_scopes_are_named() -> None:
    """`missing_scope` says what is needed and what there is; addresses are left out."""
    workspace = default_workspace()
    workspace.app = App(scopes=("chat:write", "users:read", "channels:read"))
    async with world(SlackServerConfig(workspace=workspace)) as w:
        answer = await w.api("conversations.history", channel="C0OPS")
        assert answer["error"] == "missing_scope"
        assert "channels:history" in answer["needed"]
        assert answer["provided"] == "channels:read,chat:write,users:read"
        named = await w.api("chat.postMessage", channel="C0OPS", text="x", username="Dana")
        assert named["needed"] == "chat:write.customize"
        private = await w.api("conversations.list", types="private_channel")
        assert private["needed"] == "groups:read"
        assert "email" not in (await w.api("users.info", user="U0DANA"))["user"]["profile"]
        await w.says("unheard")
        assert (await w.api("chat.postMessage", channel="C0OPS", text="x"))["ok"]
        assert w.app.of("message") == []


async def test_posting_publicly_without_membership() -> None:
    """`chat:write.public` opens public channels, not private ones."""
    workspace = default_workspace()
    workspace.app = App(scopes=(*App().scopes, "chat:write.public"))
    workspace.channels["C0OPS"].members.remove("U0PAGER")
    async with world(SlackServerConfig(workspace=workspace)) as w:
        await w.posted(text="from outside")
        answer = await w.api("chat.postMessage", channel="C0BOARD", text="x")
        assert answer["error"] == "channel_not_found"

"""What the app says: timestamps, lengths, names, escapes, threads, metadata, private messages."""

import re
from typing import Any

import pytest

from adapters.chat.slack_simulator import VirtualClock
from adapters.chat.slack_simulator.markup import stored
from tests.adapters.slack_simulator.world import World


async def test_timestamps_increase_even_when_time_stands_still(w: World) -> None:
    """Six digits, never equal, never back; each channel on its own."""
    seen = [await w.posted(text=str(number)) for number in range(5)]
    seen.append(await w.says("and me"))
    assert all(re.fullmatch(r"\d{10}\.\d{6}", ts) for ts in seen)
    assert seen == sorted(set(seen))
    assert await w.posted("C0DBA", text="x") == seen[0]


async def test_a_long_text_is_split_and_a_very_long_one_cut(w: World) -> None:
    """Up to 4,040 characters one message, above it parts of 4,000, and nothing after 40,000."""
    await w.posted(text="x" * 4040)
    assert [len(one["text"]) for one in await w.messages()] == [4040]
    first = await w.posted("C0DBA", text="y" * 50_000)
    parts = await w.messages("C0DBA")
    assert [len(one["text"]) for one in parts] == [4000] * 10
    assert parts[0]["ts"] == first


async def test_an_update_has_a_hard_limit(w: World) -> None:
    """4,000 characters, else `msg_too_long`; the message stays as it was."""
    ts = await w.posted(text="short")
    answer = await w.api("chat.update", channel="C0OPS", ts=ts, text="x" * 4001)
    assert answer["error"] == "msg_too_long"
    assert (await w.api("chat.update", channel="C0OPS", ts=ts, text="x" * 4000))["ok"]


async def test_an_update_without_blocks_takes_them_away(w: World) -> None:
    """Text alone replaces everything, is marked edited, and the app hears `message_changed`."""
    block = {"type": "section", "text": {"type": "mrkdwn", "text": "hello"}}
    ts = await w.posted(text="hello", blocks=[block])
    answer = await w.api("chat.update", channel="C0OPS", ts=ts, text="bye")
    assert answer["message"]["text"] == answer["text"] == "bye"
    assert "blocks" not in answer["message"]
    assert answer["message"]["edited"]["user"] == "U0PAGER"
    await w.app.heard("message:message_changed")


async def test_only_own_messages_can_be_changed(w: World) -> None:
    """`cant_update_message`, `cant_delete_message`, `message_not_found`."""
    ts = await w.says("mine")
    place = {"channel": "C0OPS", "ts": ts}
    assert (await w.api("chat.update", **place, text="x"))["error"] == "cant_update_message"
    assert (await w.api("chat.delete", **place))["error"] == "cant_delete_message"
    nowhere = {"channel": "C0OPS", "ts": "1.000001"}
    assert (await w.api("chat.delete", **nowhere))["error"] == "message_not_found"
    own = await w.posted(text="ours")
    assert (await w.api("chat.delete", channel="C0OPS", ts=own))["ok"]
    assert [one["text"] for one in await w.messages()] == ["mine"]


async def test_a_deleted_parent_leaves_a_tombstone(w: World) -> None:
    """Its replies stay, under "This message was deleted."."""
    root = await w.posted(text="root")
    await w.says("reply", thread_ts=root)
    await w.api("chat.delete", channel="C0OPS", ts=root)
    thread = await w.messages(thread_ts=root)
    assert [one["text"] for one in thread] == ["This message was deleted.", "reply"]
    assert thread[0]["subtype"] == "tombstone"


async def test_a_username_needs_its_scope(w: World) -> None:
    """With it the message is a `bot_message` without `user`."""
    answer = await w.api("chat.postMessage", channel="C0OPS", text="x", username="Dana (102)")
    message = answer["message"]
    assert message["subtype"] == "bot_message"
    assert message["username"] == "Dana (102)"
    assert "user" not in message


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("a & b < c > d", "a &amp; b &lt; c &gt; d"),
        ("already &amp; &lt;done&gt;", "already &amp; &lt;done&gt;"),
        ("see https://example.com/x, now", "see <https://example.com/x>, now"),
        ("<https://example.com|here> and <@U0DANA>", "<https://example.com|here> and <@U0DANA>"),
        ("<!here> <b>bold</b>", "<!here> &lt;b&gt;bold&lt;/b&gt;"),
        ("<javascript:alert(1)|x>", "&lt;javascript:alert(1)|x&gt;"),
    ],
)
def test_text_is_stored_escaped_with_links_made(sent: str, kept: str) -> None:
    """Control sequences stay, all else is escaped once, bare addresses become links."""
    assert stored(sent) == kept
    assert stored(kept) == kept


async def test_what_people_type_is_encoded_by_their_client(w: World) -> None:
    """Names, channels, groups, links, emoji; a pasted `<!channel>` is only text."""
    await w.says("@dana #ops @oncall @here https://example.com 🎉 <b> & <!channel> @nobody")
    (message,) = await w.messages()
    assert message["text"] == (
        "<@U0DANA> <#C0OPS|ops> <!subteam^S0ONCALL> <!here> <https://example.com> :tada:"
        " &lt;b&gt; &amp; &lt;!channel&gt; @nobody"
    )
    kinds = [one["type"] for one in message["blocks"][0]["elements"][0]["elements"]]
    assert [kind for kind in kinds if kind != "text"] == [
        "user",
        "channel",
        "usergroup",
        "broadcast",
        "link",
        "emoji",
    ]
    assert message["mentions"] == ["U0DANA", "S0ONCALL", "here"]


def _section(text: str, **more: Any) -> dict[str, Any]:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text, **more}}


PLAIN = {"type": "section", "text": {"type": "plain_text", "text": "@here @dana <@U0DANA>"}}
RICH = {
    "type": "rich_text",
    "elements": [
        {
            "type": "rich_text_section",
            "elements": [
                {"type": "text", "text": "@channel <!here>"},
                {"type": "user", "user_id": "U0BO"},
                {"type": "broadcast", "range": "everyone"},
            ],
        }
    ],
}


@pytest.mark.parametrize(
    ("sent", "mentions"),
    [
        ({"text": "plain @here @dana"}, []),
        ({"text": "escaped &lt;!here&gt;"}, []),
        (
            {"text": "<!here> <@U0DANA|dana> <!subteam^S0ONCALL> <@U0NOBODY>"},
            ["here", "U0DANA", "S0ONCALL"],
        ),
        ({"text": "@here @dana", "link_names": True}, ["here", "U0DANA"]),
        ({"text": "@everyone", "parse": "full"}, ["everyone"]),
        ({"text": "x", "blocks": [_section("@here and @dana")]}, ["here", "U0DANA"]),
        ({"text": "x", "blocks": [_section("@here @dana", verbatim=True)]}, []),
        ({"text": "x", "blocks": [_section("<!channel>", verbatim=True)]}, ["channel"]),
        ({"text": "x", "blocks": [_section("me@here.example")]}, []),
        ({"text": "x", "blocks": [PLAIN]}, []),
        ({"text": "x", "blocks": [RICH]}, ["U0BO", "everyone"]),
        ({"text": "x", "attachments": [{"text": "<!everyone>"}]}, ["everyone"]),
        ({"markdown_text": "@channel"}, ["channel"]),
    ],
)
async def test_whom_a_message_notifies(w: World, sent: dict[str, Any], mentions: list[str]) -> None:
    """Blocks parse plain names unless `verbatim`; text does not; plain_text never."""
    await w.posted(**sent)
    (message,) = await w.messages()
    assert message["mentions"] == mentions


async def test_metadata_is_returned_only_when_asked_for(w: World) -> None:
    """`include_all_metadata` on history and replies; people and events never see it."""
    metadata = {"event_type": "page_sent", "event_payload": {"ref": "pg_7K2M"}}
    ts = await w.posted(text="x", metadata=metadata)
    (event,) = await w.app.heard("message")
    assert "metadata" not in event.payload["event"]
    plain = await w.api("conversations.history", channel="C0OPS")
    assert "metadata" not in plain["messages"][0]
    full = await w.api("conversations.replies", channel="C0OPS", ts=ts, include_all_metadata="true")
    assert full["messages"][0]["metadata"] == metadata


@pytest.mark.parametrize(
    ("metadata", "error"),
    [
        ("not json", "invalid_metadata_format"),
        ([1], "invalid_metadata_format"),
        ({"event_type": "x"}, "invalid_metadata_schema"),
        ({"event_type": "", "event_payload": {}}, "invalid_metadata_schema"),
        ({"event_type": "x", "event_payload": {"a": "y" * 20_000}}, "metadata_too_large"),
    ],
)
async def test_bad_metadata_is_refused(w: World, metadata: object, error: str) -> None:
    """And nothing is posted."""
    answer = await w.api("chat.postMessage", channel="C0OPS", text="x", metadata=metadata)
    assert answer["error"] == error
    assert await w.messages() == []


async def test_threads_take_the_parents_timestamp_only(w: World) -> None:
    """A reply's own timestamp, or one of nothing, is no thread."""
    root = await w.posted(text="root")
    reply = await w.posted(text="reply", thread_ts=root)
    for ts, error in ((reply, "cannot_reply_to_message"), ("1.000001", "thread_not_found")):
        answer = await w.api("chat.postMessage", channel="C0OPS", text="x", thread_ts=ts)
        assert answer["error"] == error
    assert [one["text"] for one in await w.messages()] == ["root"]
    answer = await w.api(
        "chat.postMessage", channel="C0OPS", text="for all", thread_ts=root, reply_broadcast=True
    )
    assert answer["message"]["subtype"] == "thread_broadcast"
    assert [one["text"] for one in await w.messages()] == ["root", "for all"]


@pytest.mark.parametrize(
    ("args", "error"),
    [
        ({}, "no_text"),
        ({"text": ""}, "no_text"),
        ({"text": "x", "markdown_text": "y"}, "markdown_text_conflict"),
        ({"markdown_text": "x" * 12_001}, "msg_too_long"),
        ({"text": "x", "blocks": "nonsense"}, "invalid_blocks_format"),
        ({"text": "x", "blocks": [{"type": "nonsense"}]}, "invalid_blocks"),
        ({"channel": "C0NOWHERE", "text": "x"}, "channel_not_found"),
        ({"channel": "C0BOARD", "text": "x"}, "channel_not_found"),
        ({"channel": "U0STRANGER", "text": "x"}, "user_not_visible"),
        ({"channel": "U0PAGER", "text": "x"}, "cannot_dm_bot"),
    ],
)
async def test_posts_that_are_refused(w: World, args: dict[str, Any], error: str) -> None:
    """Each with its own code."""
    answer = await w.api("chat.postMessage", **{"channel": "C0OPS", **args})
    assert answer["error"] == error


async def test_a_post_to_a_person_is_a_direct_message(w: World) -> None:
    """The answer names the conversation; `conversations.open` finds the same one."""
    answer = await w.api("chat.postMessage", channel="U0BO", text="psst")
    opened = await w.api("conversations.open", users="U0BO")
    assert answer["channel"] == opened["channel"]["id"] == "D0BO"
    assert [one["text"] for one in await w.messages("D0BO")] == ["psst"]


async def test_an_ephemeral_message_is_only_there_while_looked_at(w: World) -> None:
    """Not in history, invisible to others, gone on reload, beyond update and delete."""
    answer = await w.api("chat.postEphemeral", channel="C0OPS", user="U0BO", text="psst")
    ts = answer["message_ts"]
    assert [one["text"] for one in await w.private("U0BO")] == ["psst"]
    assert await w.private("U0DANA") == []
    assert (await w.api("conversations.history", channel="C0OPS"))["messages"] == []
    for method in ("chat.update", "chat.delete"):
        answer = await w.api(method, channel="C0OPS", ts=ts, text="x")
        assert answer["error"] == "message_not_found"
    await w.sim("DELETE", "/private", user="U0BO")
    assert await w.private("U0BO") == []


async def test_ephemeral_messages_have_conditions(w: World) -> None:
    """A member, active, and in a thread only if the thread has replies; not all failures show."""
    place = {"channel": "C0DBA", "text": "psst"}
    answer = await w.api("chat.postEphemeral", **place, user="U0BO")
    assert answer["error"] == "user_not_in_channel"
    assert (await w.api("chat.postEphemeral", **place, user="U0X"))["error"] == "user_not_found"
    root = await w.posted("C0DBA", text="root")
    in_thread = {**place, "user": "U0DANA", "thread_ts": root}
    assert (await w.api("chat.postEphemeral", **in_thread))["ok"]
    assert await w.private() == []
    await w.says("reply", channel="C0DBA", thread_ts=root)
    await w.api("chat.postEphemeral", **in_thread)
    assert [one["thread_ts"] for one in await w.private()] == [root]
    await w.order("set_away", user="U0DANA")
    assert (await w.api("chat.postEphemeral", **place, user="U0DANA"))["ok"]
    assert len(await w.private()) == 1
    too_long = {**place, "text": "x" * 4001, "user": "U0DANA"}
    assert (await w.api("chat.postEphemeral", **too_long))["error"] == "msg_too_long"


async def test_reactions_of_the_app(w: World) -> None:
    """`already_reacted`, `no_reaction`, `invalid_name`; shown with the message."""
    place = {"channel": "C0OPS", "timestamp": await w.posted(text="x")}
    assert (await w.api("reactions.add", **place, name="eyes"))["ok"]
    assert (await w.api("reactions.add", **place, name="eyes"))["error"] == "already_reacted"
    assert (await w.api("reactions.add", **place, name="No!"))["error"] == "invalid_name"
    shown = (await w.api("reactions.get", **place))["message"]["reactions"]
    assert shown == [{"name": "eyes", "users": ["U0PAGER"], "count": 1}]
    assert (await w.api("reactions.remove", **place, name="eyes"))["ok"]
    assert (await w.api("reactions.remove", **place, name="eyes"))["error"] == "no_reaction"


async def test_links_to_messages_and_previews(w: World) -> None:
    """A permalink names channel and timestamp, and the thread; `chat.unfurl` adds previews."""
    root = await w.posted(text="root https://example.com")
    reply = await w.posted(text="reply", thread_ts=root)
    link = (await w.api("chat.getPermalink", channel="C0OPS", message_ts=reply))["permalink"]
    digits = reply.replace(".", "")
    assert link.endswith(f"/archives/C0OPS/p{digits}?thread_ts={root}&cid=C0OPS")
    unfurls = {"https://example.com": {"text": "A preview"}}
    assert (await w.api("chat.unfurl", channel="C0OPS", ts=root, unfurls=unfurls))["ok"]
    assert (await w.messages())[0]["attachments"][0]["text"] == "A preview"


async def test_scheduled_messages_wait_for_their_time(w: World, clock: VirtualClock) -> None:
    """Posted when the workspace's clock gets there; not if taken back; not in the past."""
    soon = int(clock.now()) + 60
    place = {"channel": "C0OPS", "text": "later"}
    kept = await w.api("chat.scheduleMessage", **place, post_at=soon)
    gone = await w.api("chat.scheduleMessage", **place, post_at=soon)
    key = gone["scheduled_message_id"]
    assert (await w.api("chat.deleteScheduledMessage", channel="C0OPS", scheduled_message_id=key))[
        "ok"
    ]
    waiting = (await w.api("chat.scheduledMessages.list"))["scheduled_messages"]
    assert [one["id"] for one in waiting] == [kept["scheduled_message_id"]]
    assert await w.messages() == []
    await w.sim("POST", "/clock", advance_s=61)
    await w.app.heard("message")
    assert [one["text"] for one in await w.messages()] == ["later"]
    answer = await w.api("chat.scheduleMessage", **place, post_at=soon)
    assert answer["error"] == "time_in_past"

"""Events: who hears what, in which order, how often."""

import pytest

from adapters.chat.slack_simulator import Limits, SlackServerConfig, VirtualClock
from adapters.chat.slack_simulator.default_workspace import default_workspace
from adapters.chat.slack_simulator.workspace import App
from tests.adapters.slack_simulator.conftest import NOON
from tests.adapters.slack_simulator.world import World, world


def tries(w: World, kind: str = "message") -> list[tuple[str | None, str | None]]:
    return [
        (one.headers.get("x-slack-retry-num"), one.headers.get("x-slack-retry-reason"))
        for one in w.app.of(kind)
    ]


async def test_the_envelope(w: World) -> None:
    """One event, one authorisation, an id of its own."""
    await w.says("hello")
    await w.says("again")
    one, other = (received.payload for received in await w.app.heard("message", 2))
    assert one["type"] == "event_callback"
    assert one["team_id"] == "T0ACME"
    assert one["api_app_id"] == "A0PAGER"
    assert one["event_time"] == int(NOON)
    assert one["authorizations"][0]["user_id"] == "U0PAGER"
    assert len(one["authorizations"]) == 1
    assert one["is_ext_shared_channel"] is False
    assert one["event_id"] != other["event_id"]
    assert one["event"]["client_msg_id"]
    assert one["event"]["blocks"][0]["type"] == "rich_text"


async def test_a_failed_delivery_is_tried_at_once_then_after_one_and_five_minutes(
    w: World, clock: VirtualClock
) -> None:
    """Three retries, numbered, with their reason; then never again."""
    w.app.answers("message", status=500)
    await w.says("hello")
    await w.app.heard("message", 2)
    clock.advance(60)
    await w.app.heard("message", 3)
    clock.advance(300)
    await w.app.heard("message", 4)
    clock.advance(4000)
    await w.says("next")
    await w.app.heard("message", 6)
    assert tries(w)[:5] == [
        (None, None),
        ("1", "http_error"),
        ("2", "http_error"),
        ("3", "http_error"),
        (None, None),
    ]
    ids = {one.payload["event_id"] for one in w.app.of("message")[:4]}
    assert len(ids) == 1


async def test_every_attempt_is_signed_at_the_time_of_the_wall(
    w: World, clock: VirtualClock
) -> None:
    """The app's clock did not jump with ours: signatures stay within its five minutes."""
    w.app.answers("message", status=500)
    await w.says("hello")
    await w.app.heard("message", 2)
    clock.advance(3600)
    await w.app.heard("message", 3)
    stamps = {one.headers["x-slack-request-timestamp"] for one in w.app.of("message")}
    assert stamps == {str(int(NOON))}
    assert all(one.is_signed_with(w.slack.signing_secret) for one in w.app.of("message"))


async def test_the_apps_clock_may_be_moved_along(w: World) -> None:
    """Then signatures are dated with the moved time, as the app expects."""
    await w.sim("POST", "/clock", advance_s=3600, with_app=True)
    await w.says("hello")
    (message,) = await w.app.heard("message")
    assert message.headers["x-slack-request-timestamp"] == str(int(NOON) + 3600)
    assert message.payload["event_time"] == int(NOON) + 3600


async def test_no_retry_when_the_app_says_so(w: World) -> None:
    """`x-slack-no-retry: 1` on a failure ends it."""
    w.app.answers("message", status=500, x_slack_no_retry="1")
    await w.says("one")
    await w.says("two")
    await w.app.heard("message", 2)
    assert tries(w) == [(None, None), (None, None)]


async def test_an_answer_after_three_seconds_counts_as_none() -> None:
    """The reason of the retry is `http_timeout`."""
    limits = Limits(ack_timeout_s=0.05)
    async with world(SlackServerConfig(limits=limits)) as w:
        w.app.never_answers("message")
        await w.says("hello")
        await w.app.heard("message", 2)
        assert tries(w)[1] == ("1", "http_timeout")


async def test_an_acknowledgement_can_get_lost(w: World, clock: VirtualClock) -> None:
    """`retry_event(2)`: the app answers 200 twice and hears the event a third time."""
    await w.order("retry_event", n=2)
    await w.says("hello")
    await w.app.heard("message", 2)
    clock.advance(60)
    await w.app.heard("message", 3)
    assert [num for num, _ in tries(w)] == [None, "1", "2"]


async def test_two_hours_late_is_too_late(w: World, clock: VirtualClock) -> None:
    """An old event is given up, and the log says so."""
    w.app.answers("message", status=500)
    await w.says("hello")
    await w.app.heard("message", 2)
    clock.advance(7201)
    await w.says("next")
    await w.app.heard("message", 4)
    log = (await w.see("/log"))["deliveries"]
    assert "too_late" in [one["error"] for one in log]


async def test_order_within_a_channel(w: World) -> None:
    """Without a fault, events of one channel arrive as they happened."""
    for number in range(20):
        await w.says(str(number))
    events = await w.app.heard("message", 20)
    assert [one.payload["event"]["text"] for one in events] == [str(n) for n in range(20)]


async def test_reordered_on_order(w: World) -> None:
    """The next event lets its successor go first."""
    await w.order("reorder")
    await w.says("one")
    await w.says("two")
    events = await w.app.heard("message", 2)
    assert [one.payload["event"]["text"] for one in events] == ["two", "one"]


async def test_a_held_event_without_successor_comes_in_the_end(
    w: World, clock: VirtualClock
) -> None:
    """Reordering never loses anything."""
    await w.order("reorder")
    await w.says("only")
    clock.advance(6)
    await w.app.heard("message")


async def test_dropped_on_order(w: World) -> None:
    """Slack loses events; the log knows, the app does not."""
    await w.order("drop_event")
    await w.says("lost")
    await w.says("heard")
    (message,) = await w.app.heard("message")
    assert message.payload["event"]["text"] == "heard"
    assert "dropped" in [one["error"] for one in (await w.see("/log"))["deliveries"]]


async def test_faults_wait_for_people_unless_told_otherwise(w: World) -> None:
    """What the app itself said passes; with `own` it is hit too."""
    await w.order("drop_event")
    await w.posted(text="ours")
    await w.says("lost")
    await w.order("drop_event", own=True)
    await w.posted(text="ours, lost")
    await w.says("heard")
    events = await w.app.heard("message", 2)
    assert [one.payload["event"]["text"] for one in events] == ["ours", "heard"]


@pytest.mark.parametrize(
    ("shape", "same", "different"),
    [
        ("same_event", ("event_id", "team_id", "api_app_id"), ()),
        ("two_ids", ("team_id", "api_app_id"), ("event_id",)),
        ("two_envelopes", ("api_app_id",), ("event_id", "team_id")),
        ("two_apps", ("event_id", "team_id"), ("api_app_id",)),
    ],
)
async def test_duplicates_of_every_shape(
    w: World, shape: str, same: tuple[str, ...], different: tuple[str, ...]
) -> None:
    """The shapes in which Slack repeats a message; the inner event is the same."""
    await w.order("duplicate", shape=shape)
    await w.says("hello")
    one, other = (received.payload for received in await w.app.heard("message", 2))
    assert one["event"] == other["event"]
    assert all(one[name] == other[name] for name in same)
    assert all(one[name] != other[name] for name in different)


async def test_two_timestamps_with_one_client_message_id(w: World) -> None:
    """The client sent it twice: two messages' timestamps, one `client_msg_id`."""
    await w.order("duplicate", shape="two_ts")
    await w.says("hello")
    one, other = (received.payload["event"] for received in await w.app.heard("message", 2))
    assert one["client_msg_id"] == other["client_msg_id"]
    assert one["ts"] != other["ts"]


async def test_a_mention_of_the_app_comes_as_two_events(w: World) -> None:
    """`message` and `app_mention`, one timestamp, two ids."""
    await w.says("@pager who is on call?")
    (message,) = await w.app.heard("message")
    (mention,) = await w.app.heard("app_mention")
    assert message.payload["event"]["ts"] == mention.payload["event"]["ts"]
    assert message.payload["event_id"] != mention.payload["event_id"]


async def test_the_app_hears_its_own_messages(w: World) -> None:
    """Its plain post has user and bot_id; under another name it is a `bot_message` without user."""
    await w.posted(text="plain")
    await w.posted(text="as Dana", username="Dana (102)", icon_emoji=":pager:")
    (plain,) = await w.app.heard("message")
    (named,) = await w.app.heard("message:bot_message")
    assert plain.payload["event"]["user"] == "U0PAGER"
    assert plain.payload["event"]["bot_id"] == "B0PAGER"
    event = named.payload["event"]
    assert "user" not in event
    assert (event["username"], event["bot_id"], event["app_id"]) == (
        "Dana (102)",
        "B0PAGER",
        "A0PAGER",
    )


async def test_edits_and_deletions(w: World) -> None:
    """`message_changed` and `message_deleted` carry both versions and a timestamp of their own."""
    ts = await w.says("on it")
    await w.sim("PUT", "/messages", user="U0DANA", channel="C0OPS", ts=ts, text="on it now")
    (changed,) = await w.app.heard("message:message_changed")
    event = changed.payload["event"]
    assert event["hidden"] is True
    assert event["message"]["edited"]["user"] == "U0DANA"
    assert (event["message"]["text"], event["previous_message"]["text"]) == ("on it now", "on it")
    await w.sim("DELETE", "/messages", user="U0DANA", channel="C0OPS", ts=ts)
    (deleted,) = await w.app.heard("message:message_deleted")
    assert deleted.payload["event"]["deleted_ts"] == ts
    assert deleted.payload["event"]["previous_message"]["text"] == "on it now"
    assert len({event["ts"], deleted.payload["event"]["ts"], ts}) == 3


async def test_subtypes_of_people(w: World) -> None:
    """Files, /me and replies also sent to the channel have their subtypes."""
    root = await w.says("root")
    await w.says("see", files=[{"name": "plan.pdf", "mimetype": "application/pdf"}])
    await w.says("/me waves")
    await w.says("all done", thread_ts=root, reply_broadcast=True)
    (shared,) = await w.app.heard("message:file_share")
    file = shared.payload["event"]["files"][0]
    assert (await w.api("files.info", file=file["id"]))["file"]["name"] == "plan.pdf"
    (me,) = await w.app.heard("message:me_message")
    assert me.payload["event"]["text"] == "waves"
    (broadcast,) = await w.app.heard("message:thread_broadcast")
    assert broadcast.payload["event"]["root"]["ts"] == root


async def test_channels_of_every_kind(w: World) -> None:
    """A private channel without the bot is silent; a direct message is heard as `im`."""
    await w.says("secret", user="U0CASEY", channel="C0BOARD")
    await w.says("hi app", channel="U0PAGER")
    (message,) = await w.app.heard("message")
    assert message.payload["event"]["channel_type"] == "im"
    assert message.payload["event"]["channel"] == "D0DANA"


async def test_a_stranger_is_recognisable(w: World) -> None:
    """A shared channel is marked in the envelope, the author's team in the event."""
    await w.says("hello from Northwind", user="U0STRANGER", channel="C0LOBBY")
    (message,) = await w.app.heard("message")
    assert message.payload["is_ext_shared_channel"] is True
    assert message.payload["event"]["user_team"] == "T0ELSEWHERE"
    user = (await w.api("users.info", user="U0STRANGER"))["user"]
    assert user["is_stranger"] is True
    assert user["team_id"] == "T0ELSEWHERE"
    assert "email" not in user["profile"]


async def test_reactions_and_members(w: World) -> None:
    """`reaction_added`, `reaction_removed`, `member_joined_channel`."""
    ts = await w.posted(text="hello")
    place = {"user": "U0DANA", "channel": "C0OPS", "ts": ts, "name": "eyes"}
    await w.sim("POST", "/reactions", **place)
    (added,) = await w.app.heard("reaction_added")
    assert added.payload["event"]["item"] == {"type": "message", "channel": "C0OPS", "ts": ts}
    assert added.payload["event"]["item_user"] == "U0PAGER"
    await w.sim("POST", "/reactions", **place, remove=True)
    await w.app.heard("reaction_removed")
    await w.sim("POST", "/invite", channel="C0BOARD", user="U0PAGER", inviter="U0CASEY")
    (joined,) = await w.app.heard("member_joined_channel")
    assert joined.payload["event"]["user"] == "U0PAGER"
    assert joined.payload["event"]["inviter"] == "U0CASEY"


async def test_people_groups_and_sharing_change(w: World) -> None:
    """`user_change`, `subteam_members_changed`, `channel_shared`."""
    await w.order("deactivate", user="U0BO")
    (gone,) = await w.app.heard("user_change")
    assert gone.payload["event"]["user"]["deleted"] is True
    assert (await w.api("users.info", user="U0BO"))["user"]["deleted"] is True
    answer = await w.api("chat.postMessage", channel="U0BO", text="x")
    assert answer["error"] == "user_disabled"
    await w.order("set_group", usergroup="S0ONCALL", users="U0AVERY")
    (changed,) = await w.app.heard("subteam_members_changed")
    event = changed.payload["event"]
    assert (event["added_users"], event["removed_users"]) == (["U0AVERY"], ["U0DANA"])
    await w.order("share", channel="C0OPS")
    await w.app.heard("channel_shared")
    await w.says("hello")
    (message,) = await w.app.heard("message")
    assert message.payload["is_ext_shared_channel"] is True


async def test_delayed_events_come_for_a_day() -> None:
    """With Delayed Events, hourly attempts follow the three retries, however late."""
    workspace = default_workspace()
    workspace.app = App(delayed_events=True)
    clock = VirtualClock.standing_at(NOON)
    async with world(SlackServerConfig(workspace=workspace, clock=clock)) as w:
        w.app.answers("message", status=500)
        await w.says("hello")
        pauses = (0, 0, 60, 300, 3600, 3600, 3600)
        for count, pause in enumerate(pauses[1:], start=2):
            clock.advance(pause)
            await w.app.heard("message", count)
        assert tries(w)[-1] == ("6", "http_error")


async def test_tabs_can_be_off() -> None:
    """`not_enabled` for Home, `messages_tab_disabled` for direct messages."""
    workspace = default_workspace()
    workspace.app = App(home_tab=False, messages_tab=False)
    async with world(SlackServerConfig(workspace=workspace)) as w:
        home = {"type": "home", "blocks": []}
        answer = await w.api("views.publish", user_id="U0DANA", view=home)
        assert answer["error"] == "not_enabled"
        answer = await w.api("chat.postMessage", channel="U0DANA", text="x")
        assert answer["error"] == "messages_tab_disabled"


async def test_the_home_tab(w: World) -> None:
    """Opening it tells the app; what is published comes along the next time."""
    await w.sim("POST", "/home", user="U0DANA")
    (opened,) = await w.app.heard("app_home_opened")
    event = opened.payload["event"]
    assert (event["user"], event["channel"], event["tab"]) == ("U0DANA", "D0DANA", "home")
    assert "view" not in event
    home = {"type": "home", "blocks": [{"type": "divider"}]}
    view = (await w.api("views.publish", user_id="U0DANA", view=home))["view"]
    assert (await w.see("/home", user="U0DANA"))["view"]["id"] == view["id"]
    await w.sim("POST", "/home", user="U0DANA")
    again = (await w.app.heard("app_home_opened", 2))[1]
    assert again.payload["event"]["view"]["id"] == view["id"]


async def test_redirects_are_followed_twice(w: World) -> None:
    """A moved request URL still gets its events; a loop is `too_many_redirects`."""
    url = w.app.url
    w.app.answers("message", status=302, Location=url)
    await w.says("hello")
    await w.app.heard("message", 3)
    w.app.replies.clear()
    await w.says("again")
    await w.app.heard("message", 4)
    reasons = {reason for _, reason in tries(w)}
    assert "too_many_redirects" in reasons


async def test_an_app_nobody_answers_for(w: World) -> None:
    """A dead request URL is logged as such and disturbs nobody."""
    w.slack.events_url = "http://127.0.0.1:9/slack/events"
    await w.says("hello")
    seen = await w.types("/page dba hello")
    assert seen["error"] == "dispatch_failed"
    assert "dispatch_failed" in seen["response"]["text"]
    verified = await w.sim("POST", "/verify")
    assert verified["ok"] is False
    w.slack.events_url = w.app.url
    assert (await w.sim("POST", "/verify"))["ok"] is True


async def test_a_failing_app_is_switched_off_and_on_again() -> None:
    """More than 95 % failures of at least `auto_disable_from` deliveries; verifying ends it."""
    clock = VirtualClock.standing_at(NOON)
    limits = Limits(auto_disable_from=4)
    async with world(SlackServerConfig(clock=clock, limits=limits)) as w:
        w.app.answers("message", status=500)
        await w.says("one")
        await w.says("two")
        await w.app.heard("message", 4)
        await w.says("three")
        log = (await w.see("/log"))["deliveries"]
        while "disabled" not in [one["error"] for one in log]:
            log = (await w.see("/log"))["deliveries"]
        w.app.replies.clear()
        await w.sim("POST", "/verify")
        await w.says("four")
        heard = await w.app.heard("message", 5)
        assert heard[-1].payload["event"]["text"] == "four"


async def test_the_hourly_ceiling() -> None:
    """Above it events are lost and `app_rate_limited` comes."""
    clock = VirtualClock.standing_at(NOON)
    async with world(SlackServerConfig(clock=clock, limits=Limits(events_per_hour=2))) as w:
        for text in ("one", "two", "three"):
            await w.says(text)
        await w.app.heard("app_rate_limited")
        assert [one.payload["event"]["text"] for one in w.app.of("message")] == ["one", "two"]
        clock.advance(3601)
        await w.says("four")
        assert len(await w.app.heard("message", 3)) == 3


async def test_a_delivery_can_be_sent_again_by_hand(w: World) -> None:
    """The replay button: same body, fresh signature."""
    await w.says("hello")
    await w.app.heard("message")
    entry = (await w.see("/log"))["deliveries"][-1]
    assert (await w.sim("POST", f"/log/{entry['seq']}/replay"))["status"] == 200
    first, second = w.app.of("message")
    assert first.body == second.body
    assert second.is_signed_with(w.slack.signing_secret)

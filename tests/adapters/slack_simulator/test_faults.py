"""Every fault verb does what it says, and says what was done when it cannot."""

import asyncio
import json

import aiohttp
import pytest

from adapters.chat.slack_simulator import VirtualClock
from tests.adapters.slack_simulator.world import World


async def texts(w: World) -> list[str]:
    return [one["text"] for one in await w.messages()]


@pytest.mark.parametrize("verb", ["refuse", "reset_before_read"])
async def test_a_connection_dropped_before_reading_stores_nothing(w: World, verb: str) -> None:
    """The caller sees a broken connection, the channel stays empty, the next call works."""
    await w.order(verb)
    with pytest.raises(aiohttp.ClientConnectionError):
        await w.posted(text="one")
    assert await texts(w) == []
    await w.posted(text="two")
    assert await texts(w) == ["two"]


async def test_processed_then_dropped_is_stored(w: World) -> None:
    """The nastiest case: the message stands in the channel, the caller heard nothing."""
    await w.order("process_then_reset")
    with pytest.raises(aiohttp.ClientConnectionError):
        await w.posted(text="one", metadata={"event_type": "page", "event_payload": {"r": "1"}})
    (message,) = await w.messages()
    assert message["text"] == "one"
    answer = await w.api("conversations.history", channel="C0OPS", include_all_metadata=True)
    assert answer["messages"][0]["metadata"]["event_payload"] == {"r": "1"}


async def test_processed_then_an_error_page(w: World) -> None:
    """A 500 after the work was done."""
    await w.order("process_then_500")
    answer = await w.api("chat.postMessage", channel="C0OPS", text="one")
    assert answer["error"] == "fatal_error"
    assert await texts(w) == ["one"]


async def test_processed_then_cut_off_in_the_middle(w: World) -> None:
    """Half an answer arrives."""
    await w.order("process_then_truncate")
    with pytest.raises(aiohttp.ClientPayloadError):
        await w.posted(text="one")
    assert await texts(w) == ["one"]


@pytest.mark.parametrize(
    ("verb", "stored"), [("process_then_hang", ["one"]), ("read_then_hang", [])]
)
async def test_a_caller_that_waits_forever(w: World, verb: str, stored: list[str]) -> None:
    """No answer comes; whether it was done is known only by looking."""
    await w.order(verb)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.1):
            await w.posted(text="one")
    assert await texts(w) == stored


async def test_an_answer_in_drips_and_with_new_fields(w: World) -> None:
    """Slow and surprising answers are still answers."""
    await w.order("slow_drip", seconds=0.01)
    await w.posted(text="one")
    await w.order("slow", seconds=0.01)
    await w.posted(text="two")
    await w.order("unknown_fields")
    answer = await w.api("chat.postMessage", channel="C0OPS", text="three")
    assert answer["new_in_2031"]["nested"] == [None, 1, {"deep": True}]
    assert await texts(w) == ["one", "two", "three"]


async def test_a_status_of_choice_with_retry_after(w: World) -> None:
    """`status` answers what it is told, as often as it is told, and does nothing."""
    await w.order("status", status=503, error="service_unavailable", retry_after=7, times=2)
    headers = {"Authorization": f"Bearer {w.slack.bot_token}"}
    for _ in range(2):
        async with w.http.post(f"{w.slack.api_url}auth.test", headers=headers) as answer:
            assert (answer.status, answer.headers["Retry-After"]) == (503, "7")
    assert (await w.api("auth.test"))["ok"]


async def test_a_page_of_html(w: World) -> None:
    """A proxy's error page is no JSON."""
    await w.order("html", method="chat.*")
    async with w.http.post(f"{w.slack.api_url}chat.postMessage", json={}) as answer:
        assert (answer.status, answer.content_type) == (503, "text/html")


async def test_one_channel_is_rate_limited(w: World) -> None:
    """429 with Retry-After there, and only there."""
    await w.order("ratelimit", channel="C0OPS", retry_after=30)
    assert (await w.api("chat.postMessage", channel="C0DBA", text="x"))["ok"]
    headers = {"Authorization": f"Bearer {w.slack.bot_token}"}
    body = {"channel": "C0OPS", "text": "x"}
    url = f"{w.slack.api_url}chat.postMessage"
    async with w.http.post(url, json=body, headers=headers) as answer:
        assert (answer.status, answer.headers["Retry-After"]) == (429, "30")
        assert (await answer.json())["error"] == "ratelimited"
    assert (await w.api("chat.postMessage", channel="C0OPS", text="x"))["ok"]


async def test_the_bot_is_removed_from_a_channel(w: World) -> None:
    """It hears of its removal, can no longer post, and hears nothing said afterwards."""
    await w.order("kick_bot", channel="C0OPS")
    (left,) = await w.app.heard("member_left_channel")
    assert left.payload["event"]["user"] == "U0PAGER"
    answer = await w.api("chat.postMessage", channel="C0OPS", text="x")
    assert answer["error"] == "not_in_channel"
    await w.says("psst")
    await w.says("hello", channel="C0DBA")
    (message,) = await w.app.heard("message")
    assert message.payload["event"]["channel"] == "C0DBA"


async def test_an_archived_channel_takes_nothing(w: World) -> None:
    """`is_archived` to the app and to people; undone by `undo`."""
    await w.order("archive", channel="C0OPS")
    answer = await w.api("chat.postMessage", channel="C0OPS", text="x")
    assert answer["error"] == "is_archived"
    said = await w.sim("POST", "/messages", 400, user="U0BO", channel="C0OPS", text="x")
    assert said["error"] == "is_archived"
    await w.order("archive", channel="C0OPS", undo=True)
    await w.posted(text="x")


async def test_revoked_and_uninstalled(w: World) -> None:
    """The events come, and every call is refused with its own code."""
    await w.order("revoke_token")
    (revoked,) = await w.app.heard("tokens_revoked")
    assert revoked.payload["event"]["tokens"] == {"oauth": [], "bot": ["U0PAGER"]}
    assert (await w.api("auth.test"))["error"] == "token_revoked"
    await w.order("reinstall")
    assert (await w.api("auth.test"))["ok"]
    await w.order("uninstall")
    await w.app.heard("app_uninstalled")
    assert (await w.api("auth.test"))["error"] == "account_inactive"
    await w.order("reinstall")
    await w.order("expire_token")
    assert (await w.api("auth.test"))["error"] == "token_expired"


async def test_an_unfurl_changes_the_message_and_not_its_text(w: World) -> None:
    """The app hears `message_changed` of its own message; the text is equal."""
    ts = await w.posted(text="see https://example.com", username="Dana (102)")
    await w.order("unfurl", channel="C0OPS", ts=ts)
    (changed,) = await w.app.heard("message:message_changed")
    event = changed.payload["event"]
    assert event["message"]["text"] == event["previous_message"]["text"]
    assert event["message"]["attachments"][0]["from_url"] == "https://example.com/"
    assert "user" not in event["message"]
    assert event["message"]["bot_id"] == "B0PAGER"
    assert "edited" not in event["message"]
    assert event["ts"] != event["message"]["ts"]


async def test_response_urls_and_triggers_expire_on_order(w: World) -> None:
    """`expired_url` with 404; `expired_trigger_id`."""
    await w.types("/page x")
    command = w.app.of("command")[0].payload
    await w.order("expire_response_url")
    async with w.http.post(command["response_url"], json={"text": "late"}) as answer:
        assert (answer.status, json.loads(await answer.text())["error"]) == (404, "expired_url")
    await w.order("expire_trigger")
    answer2 = await w.api("views.open", trigger_id=command["trigger_id"], view={})
    assert answer2["error"] == "expired_trigger_id"


async def test_over_the_rate_events_are_lost_and_one_notice_comes(
    w: World, clock: VirtualClock
) -> None:
    """`app_rate_limited` is no event_callback; what is said meanwhile never arrives."""
    await w.order("app_rate_limited")
    (notice,) = await w.app.heard("app_rate_limited")
    assert notice.payload["minute_rate_limited"] == 1_767_225_600
    assert "event" not in notice.payload
    await w.says("lost")
    clock.advance(61)
    await w.says("heard")
    (message,) = await w.app.heard("message")
    assert message.payload["event"]["text"] == "heard"
    lost = [one["error"] for one in (await w.see("/log"))["deliveries"] if one["status"] is None]
    assert lost == ["app_rate_limited"]


async def test_channels_change_their_rules_names_and_ids(w: World) -> None:
    """Posting rules refuse by their own codes; an id change is announced and real."""
    ts = await w.posted(text="root")
    await w.order("posting", channel="C0OPS", rule="read_only_channel")
    answer = await w.api("chat.postMessage", channel="C0OPS", text="x")
    assert answer["error"] == "restricted_action_read_only_channel"
    await w.order("posting", channel="C0OPS", rule="thread_only_channel")
    answer = await w.api("chat.postMessage", channel="C0OPS", text="x")
    assert answer["error"] == "restricted_action_thread_only_channel"
    await w.order("posting", channel="C0OPS", rule="non_threadable_channel")
    answer = await w.api("chat.postMessage", channel="C0OPS", text="x", thread_ts=ts)
    assert answer["error"] == "restricted_action_non_threadable_channel"
    await w.order("posting", channel="C0OPS", rule="open")
    await w.order("lock_thread", channel="C0OPS", ts=ts)
    answer = await w.api("chat.postMessage", channel="C0OPS", text="x", thread_ts=ts)
    assert answer["error"] == "restricted_action_thread_locked"
    await w.order("rename_channel", channel="C0OPS", name="operations")
    (renamed,) = await w.app.heard("channel_rename")
    assert renamed.payload["event"]["channel"]["name"] == "operations"
    await w.order("change_channel_id", channel="C0OPS", new_id="C0NEW")
    (moved,) = await w.app.heard("channel_id_changed")
    assert moved.payload["event"]["old_channel_id"] == "C0OPS"
    assert moved.payload["event"]["new_channel_id"] == "C0NEW"
    answer = await w.api("conversations.replies", channel="C0OPS", ts=ts)
    assert answer["error"] == "channel_not_found"
    answer = await w.api("conversations.replies", channel="C0NEW", ts=ts)
    assert answer["messages"][0]["text"] == "root"


async def test_faults_are_seen_in_the_exchanges(w: World) -> None:
    """Which fault struck, and whether any answer came."""
    await w.order("process_then_reset")
    with pytest.raises(aiohttp.ClientConnectionError):
        await w.posted(text="pg_7K2M")
    await w.order("status", status=503)
    await w.api("auth.test")
    seen = (await w.see("/exchanges"))["exchanges"]
    shown = [(one["path"], one["status"], one["fault"], one["reference"]) for one in seen]
    assert ("/api/chat.postMessage", None, "process_then_reset", "pg_7K2M") in shown
    assert ("/api/auth.test", 503, "status", None) in shown


async def test_a_fault_can_be_kept_to_a_channel(w: World) -> None:
    """Where the channel is known; before reading it is not."""
    await w.order("process_then_500", channel="C0OPS")
    assert (await w.api("chat.postMessage", channel="C0DBA", text="x"))["ok"]
    assert (await w.api("chat.postMessage", channel="C0OPS", text="x"))["error"] == "fatal_error"
    answer = await w.sim("POST", "/faults", 400, verb="refuse", channel="C0OPS")
    assert "channel" in answer["response_metadata"]["messages"][0]


async def test_orders_are_listed_counted_and_taken_back(w: World) -> None:
    """A driver sees what still waits; a verb of the caller's side is explained."""
    await w.order("status", times=None)
    await w.order("drop_event", times=3)
    waiting = (await w.see("/faults"))["faults"]
    assert [(one["verb"], one["times"]) for one in waiting] == [("status", None), ("drop_event", 3)]
    await w.sim("DELETE", "/faults", id=waiting[0]["id"])
    assert len((await w.see("/faults"))["faults"]) == 1
    await w.sim("DELETE", "/faults")
    assert (await w.see("/faults"))["faults"] == []
    for verb in ("dns_fail", "no_such_verb"):
        answer = await w.sim("POST", "/faults", 400, verb=verb)
        assert verb in answer["response_metadata"]["messages"][0]

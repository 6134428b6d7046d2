"""Slash commands and the response URLs that come with them."""

from typing import Any

import pytest

from adapters.chat.slack_simulator import Limits, SlackServerConfig, VirtualClock
from tests.adapters.slack_simulator.world import World, world


async def respond(w: World, url: str, **message: Any) -> tuple[int, str]:
    async with w.http.post(url, json=message) as answer:
        return answer.status, await answer.text()


async def url_of(w: World) -> str:
    await w.types("/page dba hello")
    return str(w.app.of("command")[-1].payload["response_url"])


async def test_commands_do_not_work_in_threads(w: World) -> None:
    """The person reads Slack's sentence; the app hears nothing."""
    root = await w.posted(text="root")
    seen = await w.types("/page dba hello", thread_ts=root)
    assert seen["response"]["text"] == "/page is not supported in threads. Sorry!"
    assert seen["ok"] is False
    said = await w.sim(
        "POST", "/messages", 400, user="U0DANA", channel="C0OPS", text="/page x", thread_ts=root
    )
    assert said["message"] == "/page is not supported in threads. Sorry!"
    assert w.app.of("command") == []


@pytest.mark.parametrize(
    ("typed", "received"),
    [
        ("@dana hi", "<@U0DANA|dana> hi"),
        ("@Dana hi", "<@U0DANA|dana> hi"),
        ("<@U0DANA> hi", "<@U0DANA|dana> hi"),
        ("@oncall", "<!subteam^S0ONCALL|@oncall>"),
        ("#ops #board", "<#C0OPS|ops> <#C0BOARD|>"),
        ("see https://example.com/a?b=1&c=2.", "see <https://example.com/a?b=1&amp;c=2>."),
        ("a & b < c > d", "a &amp; b &lt; c &gt; d"),
        ("mail me@dana.example", "mail me@dana.example"),
        ("102 payload rejected", "102 payload rejected"),
        ("", ""),
    ],
)
async def test_entities_are_escaped_for_the_app(w: World, typed: str, received: str) -> None:
    """With `should_escape`: names become entities with labels, `& < >` are escaped."""
    await w.types(f"/page {typed}")
    assert w.app.of("command")[0].payload["text"] == received


async def test_unknown_words_and_foreign_people(w: World) -> None:
    """No such command, a command another app took over, a person of another company."""
    for seen in (
        await w.types("/nonsense x"),
        await w.types("/page x", user="U0STRANGER", channel="C0LOBBY"),
    ):
        assert seen["error"] == "unknown_command"
        assert "is not a valid command" in seen["response"]["text"]
    await w.order("lose_command", command="/page")
    assert (await w.types("/page x"))["error"] == "unknown_command"
    assert w.app.of("command") == []


async def test_failures_are_seen_by_the_person(w: World) -> None:
    """An error status is `dispatch_failed`, and only they see it."""
    w.app.answers("command", status=500)
    seen = await w.types("/page x")
    assert (seen["ok"], seen["status"], seen["error"]) == (False, 500, "dispatch_failed")
    (private,) = await w.private()
    assert private["source"] == "slack"
    assert len(w.app.of("command")) == 1


async def test_three_seconds_without_an_answer() -> None:
    """`operation_timeout`; the command is not sent again."""
    async with world(SlackServerConfig(limits=Limits(ack_timeout_s=0.05))) as w:
        w.app.never_answers("command")
        seen = await w.types("/page x")
        assert seen["error"] == "operation_timeout"
        assert len(w.app.of("command")) == 1


@pytest.mark.parametrize(
    ("body", "text"),
    [("Sending…", "Sending…"), ({"text": "Sending…"}, "Sending…"), ("[1]", "[1]"), (None, None)],
)
async def test_the_acknowledgement_may_be_text_json_or_nothing(
    w: World, body: object, text: str | None
) -> None:
    """What is in it is shown to the person, as a message."""
    w.app.answers("command", body)
    seen = await w.types("/page x")
    assert seen["ok"]
    assert (seen["response"] or {}).get("text") == text
    assert [one["text"] for one in await w.private()] == ([] if text is None else [text])


async def test_a_bad_message_in_the_acknowledgement_is_a_failure(w: World) -> None:
    """Slack refuses its blocks; the person learns that something went wrong."""
    w.app.answers("command", {"text": "x", "blocks": [{"type": "nonsense"}]})
    assert (await w.types("/page x"))["error"] == "invalid_blocks"


async def test_an_answer_in_the_channel_reveals_the_command(w: World) -> None:
    """`in_channel` shows the typed line as the person's, then the answer as the app's."""
    w.app.answers("command", {"response_type": "in_channel", "text": "Paged DBA"})
    await w.types("/page dba secret plan")
    line, answer = await w.messages()
    assert (line["user"], line["text"]) == ("U0DANA", "/page dba secret plan")
    assert (answer["subtype"], answer["text"]) == ("bot_message", "Paged DBA")
    assert "user" not in answer
    assert await w.private() == []


async def test_response_urls_name_the_address_the_app_can_reach(unused_tcp_port: int) -> None:
    """In a container that is not the address listened on."""
    config = SlackServerConfig(port=unused_tcp_port, public_url="http://slack:3001/")
    async with world(config) as w:
        body = {"user": "U0DANA", "channel": "C0OPS", "text": "/page x"}
        url = f"http://127.0.0.1:{unused_tcp_port}/_sim/commands"
        async with w.http.post(url, json=body) as answer:
            assert answer.status == 200
        (command,) = w.app.of("command")
        assert command.payload["response_url"].startswith("http://slack:3001/commands/")
        assert w.slack.api_url == "http://slack:3001/api/"


async def test_a_response_url_has_five_uses(w: World) -> None:
    """The sixth is refused with 404."""
    url = await url_of(w)
    for _ in range(5):
        assert await respond(w, url, text="x") == (200, "ok")
    status, body = await respond(w, url, text="x")
    assert status == 404
    assert "used_url" in body
    assert len(await w.private()) == 5


async def test_a_response_url_lives_thirty_minutes(w: World, clock: VirtualClock) -> None:
    """Then it is expired, whatever was left of its uses."""
    url = await url_of(w)
    clock.advance(1799)
    assert (await respond(w, url, text="x"))[0] == 200
    clock.advance(2)
    assert await respond(w, url, text="x") == (404, '{"ok":false,"error":"expired_url"}')


async def test_an_answer_can_go_into_a_thread(w: World) -> None:
    """`in_channel` with `thread_ts`; the thread must exist."""
    root, url = await w.posted(text="root"), await url_of(w)
    answer = {"response_type": "in_channel", "replace_original": False, "text": "x"}
    assert (await respond(w, url, **answer, thread_ts="1.000001"))[0] == 400
    assert (await respond(w, url, **answer, thread_ts=root))[0] == 200
    assert [one["text"] for one in await w.messages(thread_ts=root)] == ["root", "x"]


async def test_an_answer_works_where_the_bot_is_not(w: World) -> None:
    """A response_url needs no membership."""
    w.app.answers("command", {"response_type": "in_channel", "text": "Paged"})
    await w.types("/page x", user="U0CASEY", channel="C0BOARD")
    assert [one["text"] for one in await w.messages("C0BOARD")] == ["/page x", "Paged"]


@pytest.mark.parametrize(
    ("message", "error"),
    [
        ({}, "no_text"),
        ({"text": "x", "blocks": [{}]}, "invalid_blocks"),
        ({"delete_original": True}, "cant_delete_message"),
        ({"payload": "nonsense"}, "invalid_payload"),
        ({"payload": "[]"}, "invalid_payload"),
    ],
)
async def test_bad_answers_are_refused(w: World, message: dict[str, Any], error: str) -> None:
    """400 with the reason; nothing is shown."""
    status, body = await respond(w, await url_of(w), **message)
    assert status == 400
    assert error in body
    assert await w.private() == []


async def test_answers_as_a_form(w: World) -> None:
    """`payload=<json>` is taken as well."""
    url = await url_of(w)
    async with w.http.post(url, data={"payload": '{"text": "from a form"}'}) as answer:
        assert answer.status == 200
    assert [one["text"] for one in await w.private()] == ["from a form"]


async def test_a_button_of_a_public_message_can_delete_it(w: World) -> None:
    """`delete_original` removes the message the button is in."""
    button = {"type": "button", "action_id": "a", "text": {"type": "plain_text", "text": "A"}}
    ts = await w.posted(text="x", blocks=[{"type": "actions", "elements": [button]}])
    await w.sim("POST", "/actions", user="U0BO", channel="C0OPS", ts=ts, action_id="a")
    url = w.app.of("block_actions")[0].payload["response_url"]
    await respond(w, url, delete_original=True)
    assert await w.messages() == []


async def test_a_trigger_lives_three_seconds_and_once(w: World, clock: VirtualClock) -> None:
    """`invalid_`, `exchanged_`, `expired_trigger_id`."""
    view = {
        "type": "modal",
        "title": {"type": "plain_text", "text": "T"},
        "blocks": [{"type": "divider"}],
    }
    await w.types("/page")
    await w.types("/page")
    first, second = (one.payload["trigger_id"] for one in w.app.of("command"))
    assert (await w.api("views.open", trigger_id="1.2.x", view=view))["error"] == (
        "invalid_trigger_id"
    )
    assert (await w.api("views.open", trigger_id=first, view=view))["ok"]
    again = await w.api("views.open", trigger_id=first, view=view)
    assert again["error"] == "exchanged_trigger_id"
    clock.advance(3.1)
    late = await w.api("views.open", trigger_id=second, view=view)
    assert late["error"] == "expired_trigger_id"

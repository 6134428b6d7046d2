"""The whole way round: a command, a page in the channel, a thread, a button, a form."""

import aiohttp

from tests.adapters.slack_simulator.world import World

BUTTON = {
    "type": "actions",
    "block_id": "acts",
    "elements": [
        {
            "type": "button",
            "action_id": "ack",
            "value": "pg_7K2M",
            "text": {"type": "plain_text", "text": "Acknowledge"},
        }
    ],
}
FORM = {
    "type": "modal",
    "callback_id": "page",
    "title": {"type": "plain_text", "text": "Page"},
    "submit": {"type": "plain_text", "text": "Send"},
    "blocks": [
        {
            "type": "input",
            "block_id": "text",
            "label": {"type": "plain_text", "text": "Message"},
            "element": {"type": "plain_text_input", "action_id": "body"},
        }
    ],
}


async def test_everything_sent_to_the_app_is_signed(w: World) -> None:
    """URL verification, commands, events and clicks all carry a valid signature."""
    await w.types("/page dba hello")
    ts = await w.posted(text="Page", blocks=[BUTTON])
    await w.app.heard("message")
    await w.sim("POST", "/actions", user="U0DANA", channel="C0OPS", ts=ts, action_id="ack")
    kinds = {one.kind for one in w.app.received}
    assert kinds == {"url_verification", "command", "message", "block_actions"}
    assert all(one.is_signed_with(w.slack.signing_secret) for one in w.app.received)


async def test_a_command_reaches_the_app_and_its_answer_the_person(w: World) -> None:
    """The form has ids, text, response_url and trigger; the answer is private."""
    w.app.answers("command", {"text": "Sending…"})
    seen = await w.types("/page dba Database is <down>")
    assert seen["ok"]
    assert seen["status"] == 200
    assert seen["response"]["text"] == "Sending…"
    (form,) = w.app.of("command")
    assert form.payload["command"] == "/page"
    assert form.payload["text"] == "dba Database is &lt;down&gt;"
    assert form.payload["user_id"] == "U0DANA"
    assert form.payload["channel_id"] == "C0OPS"
    assert form.payload["trigger_id"]
    (private,) = await w.private()
    assert private["text"] == "Sending…"
    assert private["source"] == "command"
    assert await w.messages() == []


async def test_the_app_answers_later_through_the_response_url(w: World) -> None:
    """A private message by default, acknowledged with `ok` and no timestamp."""
    await w.types("/page dba hello")
    url = w.app.of("command")[0].payload["response_url"]
    async with w.http.post(url, json={"text": "Sent"}) as answer:
        assert (answer.status, await answer.text()) == (200, "ok")
    assert [(one["text"], one["source"]) for one in await w.private()] == [("Sent", "response_url")]
    assert await w.private("U0AVERY") == []


async def test_a_thread_reply_becomes_a_message_event(w: World) -> None:
    """The event names the thread and its parent's author."""
    root = await w.posted(text="Page to DBA")
    await w.app.heard("message")
    reply = await w.says("on it", thread_ts=root)
    event = (await w.app.heard("message", 2))[1].payload["event"]
    assert event["ts"] == reply
    assert event["thread_ts"] == root
    assert event["parent_user_id"] == "U0PAGER"
    assert event["user"] == "U0DANA"
    assert event["channel_type"] == "channel"
    thread = await w.messages(thread_ts=root)
    assert [one["text"] for one in thread] == ["Page to DBA", "on it"]
    assert thread[0]["reply_count"] == 1


async def test_a_click_reaches_the_app_with_its_message(w: World) -> None:
    """block_actions has the button's value, the message, a trigger and a response_url."""
    ts = await w.posted(text="Page", blocks=[BUTTON])
    seen = await w.sim("POST", "/actions", user="U0BO", channel="C0OPS", ts=ts, action_id="ack")
    assert seen["ok"]
    (click,) = w.app.of("block_actions")
    (action,) = click.payload["actions"]
    assert (action["action_id"], action["block_id"], action["value"]) == ("ack", "acts", "pg_7K2M")
    assert click.payload["message"]["ts"] == ts
    assert click.payload["container"]["is_ephemeral"] is False
    async with w.http.post(
        click.payload["response_url"], json={"replace_original": True, "text": "Acknowledged"}
    ):
        pass
    (message,) = await w.messages()
    assert message["text"] == "Acknowledged"
    assert "blocks" not in message


async def test_a_click_on_an_ephemeral_message_names_it(w: World) -> None:
    """The container is marked ephemeral, there is no message, and it can be replaced."""
    answer = await w.api(
        "chat.postEphemeral", channel="C0OPS", user="U0BO", text="Sure?", blocks=[BUTTON]
    )
    ts = answer["message_ts"]
    await w.sim("POST", "/actions", user="U0BO", channel="C0OPS", ts=ts, action_id="ack")
    (click,) = w.app.of("block_actions")
    assert click.payload["container"]["is_ephemeral"] is True
    assert "message" not in click.payload
    async with w.http.post(
        click.payload["response_url"], json={"replace_original": True, "text": "Done"}
    ):
        pass
    assert [one["text"] for one in await w.private("U0BO")] == ["Done"]
    assert await w.messages() == []


async def test_a_form_is_opened_filled_in_and_closed(w: World) -> None:
    """A trigger opens a modal, submission carries the values, an empty answer closes it."""
    await w.types("/page")
    trigger = w.app.of("command")[0].payload["trigger_id"]
    view = (await w.api("views.open", trigger_id=trigger, view=FORM))["view"]
    assert [one["id"] for one in (await w.see("/views", user="U0DANA"))["views"]] == [view["id"]]
    path = f"/views/{view['id']}/submit"
    seen = await w.sim("POST", path, user="U0DANA", values={"text": {"body": "disk full"}})
    assert seen["ok"]
    (sent,) = w.app.of("view_submission")
    state = sent.payload["view"]["state"]["values"]["text"]["body"]
    assert state == {"type": "plain_text_input", "value": "disk full"}
    assert (await w.see("/views", user="U0DANA"))["views"] == []


async def test_the_stream_tells_and_replays_what_happened(w: World) -> None:
    """Server-sent events have names, ids and JSON; `after` replays what was missed."""
    await w.says("one")
    async with w.http.get(f"{w.slack.url}/_sim/stream?after=0") as stream:
        assert stream.headers["X-Accel-Buffering"] == "no"
        names = set()
        async for line in stream.content:
            if line.startswith(b"event: "):
                names.add(line.decode().split()[1])
            if {"message", "delivery", "exchange"} <= names:
                break
    assert {"message", "delivery", "exchange"} <= names


async def test_the_log_has_every_delivery_with_status_and_time(w: World) -> None:
    """A checker can prove from the log alone what the app was sent."""
    await w.types("/page dba hello")
    entries = (await w.see("/log"))["deliveries"]
    assert [(one["kind"], one["status"]) for one in entries] == [
        ("url_verification", 200),
        ("command", 200),
    ]
    assert entries[1]["time"].startswith("2026-01-01T00:00:00")
    assert entries[1]["payload"]["text"] == "dba hello"


async def test_a_call_without_a_good_token_is_refused(w: World) -> None:
    """`not_authed`, `invalid_auth`; the token may stand in the header or in the body."""
    async with aiohttp.ClientSession() as http:

        async def ask(**args: str) -> str:
            async with http.post(f"{w.slack.api_url}auth.test", data=args) as answer:
                content = await answer.json()
                return str(content.get("error", content.get("user_id")))

        assert await ask() == "not_authed"
        assert await ask(token="xoxb-wrong") == "invalid_auth"
        assert await ask(token=w.slack.bot_token) == "U0PAGER"

"""A Slack app of a hundred lines, for the page to talk to. It remembers everything it hears."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import parse_qsl

import aiohttp
from aiohttp import web

from adapters.listening import Listener

Json = dict[str, Any]


def plain(text: str) -> Json:
    """A plain text object."""
    return {"type": "plain_text", "text": text}


def button(text: str, action_id: str, **more: Any) -> Json:
    """A button."""
    return {
        "type": "button",
        "text": plain(text),
        "action_id": action_id,
        "value": action_id,
        **more,
    }


ALERT: list[Json] = [
    {"type": "header", "text": plain("Critical: DiskFull on db-7")},
    {
        "type": "section",
        "text": plain("95 % used"),
        "fields": [{"type": "mrkdwn", "text": "*Status*\nFiring", "verbatim": True}],
    },
    {
        "type": "actions",
        "block_id": "alert",
        "elements": [
            button("Acknowledge", "ack", style="primary"),
            button(
                "Escalate now",
                "escalate",
                style="danger",
                confirm={
                    "title": plain("Escalate now?"),
                    "text": plain("This pages 3 people."),
                    "confirm": plain("Page 3 people"),
                    "deny": plain("Not yet"),
                },
            ),
        ],
    },
]
FORM: Json = {
    "type": "modal",
    "callback_id": "page_form",
    "title": plain("Page someone"),
    "submit": plain("Send page"),
    "close": plain("Cancel"),
    "blocks": [
        {
            "type": "input",
            "block_id": "to",
            "label": plain("To"),
            "element": {
                "type": "multi_external_select",
                "action_id": "to",
                "min_query_length": 1,
                "placeholder": plain("Name or department"),
            },
        },
        {
            "type": "input",
            "block_id": "text",
            "label": plain("Message"),
            "hint": plain("Up to 1,024 characters."),
            "element": {
                "type": "plain_text_input",
                "action_id": "text",
                "multiline": True,
                "focus_on_load": True,
            },
        },
        {
            "type": "input",
            "block_id": "where",
            "label": plain("Show replies in"),
            "element": {
                "type": "conversations_select",
                "action_id": "where",
                "default_to_current_conversation": True,
            },
        },
    ],
}
SURE: Json = {
    "type": "modal",
    "callback_id": "sure",
    "title": plain("Page all 42 people?"),
    "submit": plain("Page 42 people"),
    "blocks": [{"type": "section", "text": plain("Nothing is sent until you choose.")}],
}
HOME: Json = {"type": "home", "blocks": [{"type": "header", "text": plain("Your pages")}]}
PEOPLE = {"101": "Avery Kim", "400": "DBA", "102": "Bo Chen"}


class SmallApp:
    """`/page` opens a form, `/page TEXT` posts an alert; `heard` has every request."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.heard: list[Json] = []
        # Whether a filled-in form is answered by another form on top of it.
        self.push_on_submit = False
        self._api_url = ""
        self._token = ""

    def connect(self, api_url: str, token: str) -> None:
        """Where to call back."""
        self._api_url, self._token = api_url, token

    def heard_of(self, kind: str) -> list[Json]:
        """The payloads of one type."""
        return [payload for payload in self.heard if payload.get("type") == kind]

    async def call(self, method: str, **arguments: Any) -> Json:
        """Call the Web API."""
        headers = {"Authorization": f"Bearer {self._token}"}
        async with aiohttp.ClientSession(self._api_url, headers=headers) as http:
            answer = await http.post(method, json=arguments)
            content: Json = await answer.json()
        assert content["ok"], content
        return content

    async def answer(self, request: web.Request) -> web.Response:
        """Hear a request and do what it asks for."""
        payload = _payload(request.content_type, await request.text())
        self.heard.append(payload)
        reply = await self._reply(payload)
        return web.Response() if reply is None else web.json_response(reply)

    async def _reply(self, payload: Json) -> Json | None:
        match payload:
            case {"type": "url_verification"}:
                return {"challenge": payload["challenge"]}
            case {"command": "/page", "text": ""}:
                await self.call("views.open", trigger_id=payload["trigger_id"], view=FORM)
            case {"command": "/page", "text": "quietly"}:
                return {"response_type": "ephemeral", "text": "Not sent. Nobody is called quietly."}
            case {"command": "/page"}:
                where = payload["channel_id"]
                await self.call("chat.postMessage", channel=where, text="An alert", blocks=ALERT)
            case {"type": "block_suggestion"}:
                return {"options": _people_like(payload["value"])}
            case {"type": "block_actions"}:
                await self._acknowledge(payload)
            case {"type": "view_submission"} if self.push_on_submit:
                return {"response_action": "push", "view": SURE}
            case {"type": "view_submission"}:
                return _judge(payload["view"]["state"]["values"])
            case {"type": "event_callback", "event": {"type": "app_home_opened", "user": user}}:
                await self.call("views.publish", user_id=user, view=HOME)
        return None

    async def _acknowledge(self, payload: Json) -> None:
        words = f"Acknowledged by <@{payload['user']['id']}>"
        where, ts = payload["channel"]["id"], payload["message"]["ts"]
        await self.call("chat.update", channel=where, ts=ts, text=words)


def _payload(content_type: str, body: str) -> Json:
    if content_type == "application/json":
        return dict(json.loads(body))
    form = dict(parse_qsl(body, keep_blank_values=True))
    return dict(json.loads(form["payload"])) if "payload" in form else form


def _people_like(typed: str) -> list[Json]:
    found = [(number, name) for number, name in PEOPLE.items() if typed.lower() in name.lower()]
    return [{"text": plain(name), "value": number} for number, name in found]


def _judge(values: Json) -> Json | None:
    if "too long" in values["text"]["text"]["value"]:
        return {"response_action": "errors", "errors": {"text": "286 characters too long"}}
    return None


@asynccontextmanager
async def running_app() -> AsyncIterator[SmallApp]:
    """The app, listening on a port of its own."""
    server = web.Application()
    runner = Listener(server, access_log=None)
    app = SmallApp("")
    server.router.add_post("/slack/events", app.answer)
    await runner.setup()
    try:
        port = await runner.listen("127.0.0.1", 0)
        app.url = f"http://127.0.0.1:{port}/slack/events"
        yield app
    finally:
        await runner.cleanup()

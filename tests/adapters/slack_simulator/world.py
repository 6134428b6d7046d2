"""A workspace, an app that answers as told, and a driver: what the tests of the simulator use."""

import asyncio
import hashlib
import hmac
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, TypeAlias
from urllib.parse import parse_qsl

import aiohttp
from aiohttp import web
from aiohttp.test_utils import TestServer

from adapters.chat.slack_simulator import SlackServer, SlackServerConfig, running_slack

Json: TypeAlias = dict[str, Any]
PATIENCE_S = 5.0


@dataclass(frozen=True)
class Received:
    """One request at the app: its payload, decoded as an app would."""

    kind: str
    payload: Json
    headers: dict[str, str]
    body: bytes

    def is_signed_with(self, secret: str) -> bool:
        stamp = self.headers["x-slack-request-timestamp"]
        base = f"v0:{stamp}:".encode() + self.body
        digest = hmac.new(secret.encode(), base, hashlib.sha256).hexdigest()
        return self.headers["x-slack-signature"] == f"v0={digest}"


def decoded(content_type: str, body: bytes) -> tuple[str, Json]:
    """The kind and payload of a request, told apart as Slack's documents say."""
    if content_type == "application/json":
        payload = json.loads(body)
        if payload["type"] != "event_callback":
            return payload["type"], payload
        event = payload["event"]
        return f"{event['type']}:{event['subtype']}" if "subtype" in event else event[
            "type"
        ], payload
    form = dict(parse_qsl(body.decode(), keep_blank_values=True))
    if "command" in form:
        return "command", form
    payload = json.loads(form["payload"])
    return payload["type"], payload


Reply: TypeAlias = Callable[[Received], Awaitable[web.Response]]


@dataclass
class App:
    """Records what Slack sends; `replies` by kind, an empty 200 otherwise."""

    received: list[Received] = field(default_factory=list)
    replies: dict[str, Reply] = field(default_factory=dict)
    url: str = ""
    _over: asyncio.Event = field(default_factory=asyncio.Event)
    _news: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def handle(self, request: web.Request) -> web.Response:
        body = await request.read()
        kind, payload = decoded(request.content_type, body)
        headers = {name.lower(): value for name, value in request.headers.items()}
        one = Received(kind, payload, headers, body)
        async with self._news:
            self.received.append(one)
            self._news.notify_all()
        if kind == "url_verification" and kind not in self.replies:
            return web.json_response({"challenge": payload["challenge"]})
        reply = self.replies.get(kind)
        return web.Response() if reply is None else await reply(one)

    def answers(self, kind: str, body: object = None, *, status: int = 200, **headers: str) -> None:
        """Answer that kind with JSON, text (a string) or nothing from now on."""

        async def reply(_one: Received) -> web.Response:
            text = body if isinstance(body, str) else "" if body is None else json.dumps(body)
            kind = "text/plain" if isinstance(body, str | None) else "application/json"
            response = web.Response(status=status, text=text, content_type=kind)
            response.headers.update(
                {name.replace("_", "-"): value for name, value in headers.items()}
            )
            return response

        self.replies[kind] = reply

    def never_answers(self, kind: str) -> None:
        """Hang on that kind until the test is over."""

        async def reply(_one: Received) -> web.Response:
            await self._over.wait()
            return web.Response()

        self.replies[kind] = reply

    def release(self) -> None:
        """Let go of what hangs."""
        self._over.set()

    def of(self, kind: str) -> list[Received]:
        return [one for one in self.received if one.kind == kind]

    async def heard(self, kind: str, count: int = 1) -> list[Received]:
        """Wait until that many requests of the kind have come."""
        async with asyncio.timeout(PATIENCE_S), self._news:
            await self._news.wait_for(lambda: len(self.of(kind)) >= count)
        return self.of(kind)


@dataclass
class World:
    """The server, the app, and short words for driving both."""

    slack: SlackServer
    app: App
    http: aiohttp.ClientSession

    async def sim(self, verb: str, path: str, status: int = 200, /, **body: Any) -> Json:
        """Use the driving door."""
        async with self.http.request(verb, f"{self.slack.url}/_sim{path}", json=body) as answer:
            content: Json = await answer.json()
            assert answer.status == status, content
            return content

    async def see(self, path: str, /, **query: str) -> Json:
        """Look through the driving door."""
        async with self.http.get(f"{self.slack.url}/_sim{path}", params=query) as answer:
            content: Json = await answer.json()
            assert answer.status == 200, content
            return content

    async def api(self, method: str, /, **args: Any) -> Json:
        """Call the Web API with JSON and the bot's token."""
        headers = {"Authorization": f"Bearer {self.slack.bot_token}"}
        async with self.http.post(
            self.slack.api_url + method, json=args, headers=headers
        ) as answer:
            content: Json = await answer.json()
            return content

    async def posted(self, channel: str = "C0OPS", **args: Any) -> str:
        """Post as the app; the timestamp."""
        answer = await self.api("chat.postMessage", channel=channel, **args)
        assert answer["ok"], answer
        return str(answer["ts"])

    async def order(self, verb: str, **options: Any) -> Json:
        """Order a fault."""
        return await self.sim("POST", "/faults", verb=verb, **options)

    async def says(
        self, text: str, user: str = "U0DANA", channel: str = "C0OPS", **more: Any
    ) -> str:
        """Say something as a person; the timestamp."""
        body = {"user": user, "channel": channel, "text": text, **more}
        return str((await self.sim("POST", "/messages", **body))["ts"])

    async def types(
        self, text: str, user: str = "U0DANA", channel: str = "C0OPS", **more: Any
    ) -> Json:
        """Type a slash command."""
        return await self.sim("POST", "/commands", user=user, channel=channel, text=text, **more)

    async def messages(self, channel: str = "C0OPS", **query: str) -> list[Json]:
        """What stands in a channel or thread."""
        seen = await self.see(f"/channels/{channel}/messages", **query)
        return list(seen["messages"])

    async def private(self, user: str = "U0DANA") -> list[Json]:
        """What only this person sees."""
        return list((await self.see("/private", user=user))["messages"])


@asynccontextmanager
async def world(config: SlackServerConfig) -> AsyncIterator[World]:
    """A workspace with an app behind its request URL."""
    app = App()
    site = web.Application()
    site.router.add_post("/slack/events", app.handle)
    async with TestServer(site) as behind, aiohttp.ClientSession() as http:
        app.url = str(behind.make_url("/slack/events"))
        async with running_slack(config) as slack:
            slack.events_url = app.url
            await app.heard("url_verification")
            yield World(slack, app, http)
            app.release()

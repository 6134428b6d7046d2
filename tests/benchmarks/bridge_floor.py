"""The smallest honest bridge: bare aiohttp that writes a line to disk before it answers.

It knows its threads from the start, remembers nothing across a death, tries once, and looks for
nothing that had no answer.
"""

import asyncio
import hashlib
import hmac
import json
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from aiohttp import ClientSession, web

from gateway.demo.doors import Json
from tests.benchmarks.bare import OWN
from tests.benchmarks.processes import serve_app, served

WEBHOOK = "/ringcentral/webhook/floor"


@dataclass(frozen=True)
class Thread:
    """A thread, and where it is on the pager: the sender's own copy, its conversation."""

    channel: str
    root: str
    message: int
    conversation: str


@dataclass(frozen=True)
class Ways:
    """What the bridge is told: where everybody is, and how to sign in there."""

    here: str
    slack: str
    pager: str
    bot_token: str
    access: str
    signing_secret: str
    sender: str
    journal: Path
    threads: tuple[Thread, ...]


@dataclass
class Bridge:
    """Carries what is written on either side to the other."""

    ways: Ways
    session: ClientSession
    journal: int
    work: asyncio.TaskGroup

    async def hear_slack(self, request: web.Request) -> web.Response:
        """Take what Slack tells of."""
        body = await request.read()
        stamp = request.headers["X-Slack-Request-Timestamp"].encode()
        secret = self.ways.signing_secret.encode()
        digest = hmac.new(secret, b"v0:" + stamp + b":" + body, hashlib.sha256).hexdigest()
        if not hmac.compare_digest(f"v0={digest}", request.headers["X-Slack-Signature"]):
            return web.Response(status=401)
        event = json.loads(body).get("event", {})
        thread = self._thread(root=event.get("thread_ts", ""))
        if thread and "bot_id" not in event:
            self._keep(body)
            self.work.create_task(self._reply(thread, event["text"]))
        return web.Response()

    async def hear_pager(self, request: web.Request) -> web.Response:
        """Take what the pager hints at, and shake hands."""
        if token := request.headers.get("Validation-Token"):
            return web.json_response({}, headers={"Validation-Token": token})
        body = await request.read()
        self._keep(body)
        for change in json.loads(body)["body"]["changes"]:
            for message in change.get("newMessageIds", ()):
                self.work.create_task(self._show(message))
        return web.json_response({})

    def _thread(self, root: str = "", conversation: str = "") -> Thread | None:
        known = self.ways.threads
        return next((t for t in known if root == t.root or conversation == t.conversation), None)

    def _keep(self, body: bytes) -> None:
        os.write(self.journal, body + b"\n")
        os.fdatasync(self.journal)

    async def _reply(self, thread: Thread, text: str) -> None:
        ways = self.ways
        page = {"from": {"extensionNumber": ways.sender}, "text": text, "replyOn": thread.message}
        headers, url = {"Authorization": ways.access}, f"{ways.pager}{OWN}/company-pager"
        async with self.session.post(url, json=page, headers=headers) as answer:
            await answer.json()

    async def _show(self, message: int) -> None:
        ways = self.ways
        headers, url = {"Authorization": ways.access}, f"{ways.pager}{OWN}/message-store/{message}"
        async with self.session.get(url, headers=headers) as answer:
            found = await answer.json()
        thread = self._thread(conversation=str(found["conversation"]["id"]))
        if thread and found["direction"] == "Inbound":
            post = {"channel": thread.channel, "thread_ts": thread.root, "text": found["subject"]}
            headers = {"Authorization": f"Bearer {ways.bot_token}"}
            url = f"{ways.slack}/api/chat.postMessage"
            async with self.session.post(url, data=post, headers=headers) as answer:
                await answer.json()


async def subscribe(session: ClientSession, ways: Ways) -> None:
    """Have the pager tell the bridge of new messages."""
    mode = {"transportType": "WebHook", "address": f"{ways.here}{WEBHOOK}"}
    wish: Json = {"eventFilters": [f"{OWN}/message-store"], "expiresIn": 3600, "deliveryMode": mode}
    url, headers = f"{ways.pager}/restapi/v1.0/subscription", {"Authorization": ways.access}
    async with session.post(url, json=wish, headers=headers) as answer:
        assert answer.ok, await answer.text()


@asynccontextmanager
async def running_bridge(session: ClientSession, ways: Ways) -> AsyncIterator[int]:
    """Run the bridge in a process of its own for the length of the block; gives its id."""
    async with served(session, f"{ways.here}/healthz", serve, ways) as pid:
        await subscribe(session, ways)
        yield pid


async def serve(ways: Ways) -> None:
    """Serve until killed."""
    journal = os.open(ways.journal, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    async with ClientSession() as session, asyncio.TaskGroup() as work:
        bridge = Bridge(ways, session, journal, work)
        app = web.Application()
        app.router.add_post("/slack/events", bridge.hear_slack)
        app.router.add_post(WEBHOOK, bridge.hear_pager)
        await serve_app(app, urlsplit(ways.here).port or 0)

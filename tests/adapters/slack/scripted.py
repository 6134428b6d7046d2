"""A server at Slack's address that answers as a test says, however odd."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web
from pydantic import SecretStr

from adapters.chat.slack import Slack, SlackSettings, open_slack
from adapters.listening import Listener
from tests.adapters.slack.desk import FixedIds, Log, sorry
from tests.fakes.clock import SkippingClock

Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]

WHO = {"ok": True, "team_id": "T0ACME", "user_id": "U0PAGER", "bot_id": "B0PAGER"}


def ok(**more: Any) -> Answer:
    """Success."""
    return says({"ok": True, **more})


def no(error: str) -> Answer:
    """A refusal, as Slack words it."""
    return says({"ok": False, "error": error})


def says(body: Any, status: int = 200, **headers: str) -> Answer:
    """Any JSON with any status."""

    async def answer(_: web.Request) -> web.StreamResponse:
        return web.json_response(body, status=status, headers=headers)

    return answer


@dataclass
class Script:
    """Answers by method, one after the other; the last one stays. What came is kept."""

    answers: dict[str, list[Answer]] = field(default_factory=lambda: {"auth.test": [says(WHO)]})
    came: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    def on(self, method: str, *answers: Answer) -> None:
        """Set what a method answers."""
        self.answers[method] = list(answers)

    def bodies(self, method: str) -> list[dict[str, Any]]:
        """What a method was called with."""
        return [body for name, body in self.came if name == method]

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Answer one request."""
        method = request.match_info["method"]
        is_json = request.content_type == "application/json"
        self.came.append((method, await request.json() if is_json else dict(await request.post())))
        answers = self.answers[method]
        return await (answers.pop(0) if len(answers) > 1 else answers[0])(request)


@dataclass
class Stage:
    """The adapter, in front of a script."""

    slack: Slack
    script: Script
    clock: SkippingClock
    log: Log
    url: str


@asynccontextmanager
async def scripted(**settings: Any) -> AsyncIterator[Stage]:
    """Open the adapter on a scripted server."""
    script, clock, log = Script(), SkippingClock(), Log()
    app = web.Application()
    app.router.add_route("*", "/{kind}/{method:.*}", script.handle)
    runner = Listener(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    try:
        port = await runner.listen("127.0.0.1", 0)
        url = f"http://127.0.0.1:{port}/"
        given: dict[str, Any] = {
            "bot_token": SecretStr("xoxb-1"),
            "signing_secret": SecretStr("secret"),
            "api_url": f"{url}api",
            **settings,
        }
        async with open_slack(
            SlackSettings(**given), clock=clock, ids=FixedIds(), observer=log, sorry=sorry
        ) as slack:
            yield Stage(slack, script, clock, log, url)
    finally:
        await runner.cleanup()

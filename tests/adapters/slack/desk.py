"""A Slack workspace and the adapter beside it, each behind its own port, talking over HTTP."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import aiohttp
from aiohttp import web
from pydantic import SecretStr

from adapters.chat.slack import Slack, SlackSettings, open_slack
from adapters.chat.slack_simulator import (
    Limits,
    SlackServer,
    SlackServerConfig,
    VirtualClock,
    running_slack,
)
from adapters.listening import Listener
from gateway.domain.content import Content
from gateway.domain.errors import FactValue, GatewayError
from gateway.domain.ids import DraftId, Ref
from gateway.ports.ids import Ids
from gateway.ports.observer import Observer
from tests.adapters.slack.ear import Ear
from tests.fakes.clock import SkippingClock

Json = dict[str, Any]


class FixedIds(Ids):
    """No chance in it."""

    def ref(self, prefix: str) -> Ref:
        return Ref(f"{prefix}_2222")

    def draft(self) -> DraftId:
        return DraftId("d")

    def secret(self) -> str:
        return "s" * 43

    def jitter(self) -> float:
        return 0.0


@dataclass
class Log(Observer):
    """What the adapter noted."""

    events: list[tuple[str, dict[str, FactValue]]] = field(default_factory=list)

    def saw(self, event: str, /, **facts: FactValue) -> None:
        self.events.append((event, facts))

    def facts(self, event: str) -> list[dict[str, FactValue]]:
        """The facts of every such event."""
        return [facts for name, facts in self.events if name == event]


def sorry(error: GatewayError, typed: str) -> Content:
    """The words a composition would supply."""
    return Content(f"Not sent ({error.code}). Your message: {typed}")


@dataclass
class Desk:
    """Everything a story needs."""

    slack: Slack
    server: SlackServer
    ear: Ear
    log: Log
    clock: SkippingClock
    edge_url: str
    http: aiohttp.ClientSession
    slack_goes_away: Callable[[], Awaitable[None]]
    """Nobody listens at Slack's address any more."""

    async def sim(self, http_verb: str, path: str, /, **given: Any) -> Json:
        """Use the simulator's driving door."""
        url = f"{self.server.url}/_sim{path}"
        if http_verb == "GET":
            async with self.http.get(url, params=given) as answer:
                return dict(await answer.json())
        async with self.http.request(http_verb, url, json=given) as answer:
            return dict(await answer.json())

    async def types(self, text: str, user: str = "U0DANA", channel: str = "C0OPS") -> Json:
        """A person types a line that begins with a command."""
        return await self.sim("POST", "/commands", user=user, channel=channel, text=text)

    async def says(
        self, text: str, user: str = "U0DANA", channel: str = "C0OPS", **more: Any
    ) -> str:
        """A person writes a message; its `ts`."""
        given = {"user": user, "channel": channel, "text": text, **more}
        answer = await self.sim("POST", "/messages", **given)
        return str(answer["ts"])

    async def fault(self, verb: str, **options: Any) -> None:
        """Order a fault."""
        answer = await self.sim("POST", "/faults", verb=verb, **options)
        assert answer["ok"], answer

    async def messages(self, channel: str = "C0OPS", **more: str) -> list[Json]:
        """What stands in a channel, or a thread."""
        answer = await self.sim("GET", f"/channels/{channel}/messages", **more)
        return list(answer["messages"])

    async def private(self, user: str = "U0DANA") -> list[Json]:
        """What only this person sees."""
        answer = await self.sim("GET", "/private", user=user)
        return list(answer["messages"])

    async def calls(self, method: str) -> list[Json]:
        """The Web API calls of a method that reached the server."""
        answer = await self.sim("GET", "/exchanges")
        return [one for one in answer["exchanges"] if one["method"] == method]

    async def deliveries(self, kind: str) -> list[Json]:
        """What the workspace sent us, with the status of each."""
        answer = await self.sim("GET", "/log")
        return [one for one in answer["deliveries"] if one["kind"] == kind]

    async def until(self, condition: Callable[[], Any]) -> Any:
        """Wait until an awaited condition holds; give its value."""
        async with asyncio.timeout(5):
            while not (value := await condition()):  # noqa: ASYNC110 - another server's state
                await asyncio.sleep(0.005)  # noqa: TID251 - same
        return value


@asynccontextmanager
async def desk(
    config: SlackServerConfig | None = None, *, attach: bool = True, **settings: Any
) -> AsyncIterator[Desk]:
    """Open a workspace and the adapter; both go by one clock."""
    clock, log, ear = SkippingClock(), Log(), Ear()
    shared = VirtualClock(lambda: clock.now().timestamp(), flowing=False)
    config = config or SlackServerConfig(limits=Limits.without_rates())
    async with AsyncExitStack() as workspace:
        server = await workspace.enter_async_context(running_slack(replace(config, clock=shared)))
        given: Json = {
            "bot_token": SecretStr(server.bot_token),
            "signing_secret": SecretStr(server.signing_secret),
            "api_url": server.api_url,
            "app_token": SecretStr(server.app_token),
            **settings,
        }
        async with (
            open_slack(
                SlackSettings(**given), clock=clock, ids=FixedIds(), observer=log, sorry=sorry
            ) as slack,
            serving(slack) as edge_url,
            aiohttp.ClientSession() as http,
        ):
            if attach:
                slack.listen(ear)
            server.events_url = edge_url
            yield Desk(slack, server, ear, log, clock, edge_url, http, workspace.aclose)


@asynccontextmanager
async def serving(slack: Slack) -> AsyncIterator[str]:
    """Mount the edge as the web layer does."""
    app = web.Application()
    app.add_routes(slack.edge.routes())
    runner = Listener(app, access_log=None, shutdown_timeout=1.0)
    await runner.setup()
    try:
        port = await runner.listen("127.0.0.1", 0)
        yield f"http://127.0.0.1:{port}/slack/events"
    finally:
        await runner.cleanup()

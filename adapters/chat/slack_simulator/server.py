"""The workspace as a web server: Web API, response URLs, driving door and page in one."""

import asyncio
import json
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware
from yarl import URL

from adapters.chat.slack_simulator import door
from adapters.chat.slack_simulator.config import SlackServerConfig
from adapters.chat.slack_simulator.responses import Responses
from adapters.chat.slack_simulator.slack import Slack
from adapters.chat.slack_simulator.webapi import WebApi

SLACK: Final = web.AppKey("slack", Slack)
STATIC: Final = Path(__file__).parent / "static"
SHUTDOWN_S: Final = 2.0
POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)


class SlackServer:
    """A workspace that listens."""

    def __init__(self, slack: Slack) -> None:
        self.slack = slack

    @property
    def url(self) -> str:
        """Where it listens, without a slash at the end."""
        return self.slack.url

    @property
    def api_url(self) -> str:
        """What a Web API client takes as its base URL; ends with `/api/`."""
        return f"{self.slack.url}/api/"

    @property
    def bot_token(self) -> str:
        """The installed bot's token."""
        return self.slack.tokens.bot

    @property
    def app_token(self) -> str:
        """The app-level token, for Socket Mode."""
        return self.slack.tokens.app

    @property
    def signing_secret(self) -> str:
        """What requests to the app are signed with."""
        return self.slack.signing_secret

    @property
    def events_url(self) -> str | None:
        """The app's request URL; setting it asks the URL to prove itself, in the background."""
        return self.slack.events_url

    @events_url.setter
    def events_url(self, url: str | None) -> None:
        self.slack.events_url = url


def create_app(config: SlackServerConfig) -> web.Application:
    """The application; its addresses are known with the first request or from `running_slack`."""
    slack = Slack(config)
    app = web.Application(middlewares=[_guarded(slack)], client_max_size=config.limits.body_bytes)
    app[SLACK] = slack
    api, responses = WebApi(slack), Responses(slack)
    app.router.add_route("*", "/api/{method}", api.handle)
    for family in ("commands", "actions", "app"):
        app.router.add_post(f"/{family}/{{team}}/{{key}}", responses.handle)
    app.router.add_routes(door.routes(slack))
    app.router.add_get("/", _page)
    app.router.add_get("/_sim/static/{name}", _static)
    app.cleanup_ctx.append(_life(slack))
    app.on_shutdown.append(_close)
    return app


def _life(slack: Slack) -> Callable[[web.Application], AsyncIterator[None]]:
    async def live(_app: web.Application) -> AsyncIterator[None]:
        await slack.start()
        yield
        await slack.stop()

    return live


async def _close(app: web.Application) -> None:
    """Let go of whoever waits: streams and hung requests end before the server does."""
    app[SLACK].close()


async def _page(_request: web.Request) -> web.StreamResponse:
    return _file("index.html")


async def _static(request: web.Request) -> web.StreamResponse:
    return _file(request.match_info["name"])


def _file(name: str) -> web.StreamResponse:
    """A file of the page; names have no slashes, so none leads out of the folder."""
    path = STATIC / name
    if path.parent != STATIC or not path.is_file():
        raise web.HTTPNotFound(text="There is no such file.")
    return web.FileResponse(path)


def _guarded(slack: Slack) -> Middleware:
    """Headers, the one other origin that may look in, and no strangers at the door."""

    @web.middleware
    async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
        if not slack.url:
            slack.url = str(request.url.origin())
        allowed = _allowed_origin(slack, request)
        is_door = request.path.startswith("/_sim")
        if is_door and allowed is None and "Origin" in request.headers:
            return web.json_response({"ok": False, "error": "origin_not_allowed"}, status=403)
        if is_door and request.method == "OPTIONS":
            response: web.StreamResponse = web.Response(status=204)
        else:
            response = await _handled(request, handler)
        if not response.prepared:
            response.headers.update(_headers(slack, allowed))
        return response

    return guard


async def _handled(request: web.Request, handler: Handler) -> web.StreamResponse:
    try:
        return await handler(request)
    except web.HTTPException as error:
        return web.Response(status=error.status, text=error.text)


def _allowed_origin(slack: Slack, request: web.Request) -> str | None:
    """The asking origin, if it is this server's own or the configured one."""
    origin = request.headers.get("Origin", "")
    return origin if origin in {str(request.url.origin()), slack.config.allow_origin} else None


def _headers(slack: Slack, origin: str | None) -> dict[str, str]:
    headers = {
        "Content-Security-Policy": POLICY,
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
        "Cache-Control": "no-store",
        "Vary": "Origin",
    }
    if origin is None or origin != slack.config.allow_origin:
        return headers
    return headers | {
        "Access-Control-Allow-Origin": origin,
        "Access-Control-Allow-Methods": "GET, POST, PUT, DELETE",
        "Access-Control-Allow-Headers": "Content-Type, Last-Event-ID",
    }


@asynccontextmanager
async def running_slack(config: SlackServerConfig) -> AsyncIterator[SlackServer]:
    """A workspace listening on `config.host` and a port of its own if `config.port` is 0."""
    app = create_app(config)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=SHUTDOWN_S)
    await runner.setup()
    try:
        site = web.TCPSite(runner, config.host, config.port)
        await site.start()
        host, port = runner.addresses[0][:2]
        app[SLACK].url = str(URL.build(scheme="http", host=host, port=port))
        yield SlackServer(app[SLACK])
    finally:
        await runner.cleanup()


def serve(config: SlackServerConfig) -> None:
    """Serve until SIGTERM or SIGINT; one JSON line on standard output says it is ready."""
    asyncio.run(_serve(config))


async def _serve(config: SlackServerConfig) -> None:
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for sign in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(sign, stopped.set)
    async with running_slack(config) as server:
        ready = {
            "ready": True,
            "url": server.url,
            "api_url": server.api_url,
            "bot_token": server.bot_token,
            "signing_secret": server.signing_secret,
        }
        print(json.dumps(ready), flush=True)  # noqa: T201 - the line that callers wait for
        await stopped.wait()

"""The workspace as a web server: Web API, response URLs, driving door and page in one."""

import asyncio
import json
import signal
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from ipaddress import ip_address
from pathlib import Path
from typing import Final

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware
from yarl import URL

from adapters.chat.slack_simulator import door
from adapters.chat.slack_simulator.config import SlackServerConfig
from adapters.chat.slack_simulator.consent_page import ConsentPage
from adapters.chat.slack_simulator.responses import Responses
from adapters.chat.slack_simulator.slack import Slack
from adapters.chat.slack_simulator.webapi import WebApi
from adapters.listening import Listener

SLACK: Final = web.AppKey("slack", Slack)
STATIC: Final = Path(__file__).parent / "static"
SHUTDOWN_S: Final = 2.0
POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
COMMON_HEADERS: Final = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
    "Vary": "Origin",
}
CROSS_ORIGIN_HEADERS: Final = {
    "Access-Control-Allow-Methods": "GET, POST, PUT, DELETE",
    "Access-Control-Allow-Headers": "Content-Type, Last-Event-ID",
}


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
    def config_token(self) -> str:
        """The app configuration token, for `apps.manifest.*`; good for twelve hours."""
        return self.slack.tokens.config

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
    app.on_response_prepare.append(_headed(slack))
    api, responses = WebApi(slack), Responses(slack)
    app.router.add_route("*", "/api/{method}", api.handle)
    for family in ("commands", "actions", "app"):
        app.router.add_post(f"/{family}/{{team}}/{{key}}", responses.handle)
    app.router.add_get("/link/", slack.sockets.handle)
    consent = ConsentPage(slack)
    app.router.add_get("/oauth/v2/authorize", consent.show)
    app.router.add_post("/oauth/v2/authorize", consent.decide)
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
    slack = app[SLACK]
    slack.close()
    await slack.sockets.close()


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
    """No strangers at the door: it asks for no password, and any web page can call loopback."""

    @web.middleware
    async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
        if not slack.url:
            slack.url = str(request.url.origin())
        if request.path.startswith("/_sim"):
            if not _is_welcome(slack, request):
                return web.json_response({"ok": False, "error": "not_allowed_here"}, status=403)
            if request.method == "OPTIONS":
                return web.Response(status=204)
        return await handler(request)

    return guard


def _is_welcome(slack: Slack, request: web.Request) -> bool:
    """Called by a name of this machine, and by a page of an origin that may."""
    host = request.url.host or ""
    named = host == slack.config.host or "." not in host or _is_address(host)
    origin = request.headers.get("Origin")
    return named and origin in {None, str(request.url.origin()), slack.config.allow_origin}


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def _headed(slack: Slack) -> Callable[[web.Request, web.StreamResponse], Awaitable[None]]:
    """Headers of every answer; the one other origin that may look in is let in."""
    allowed = slack.config.allow_origin

    async def add(request: web.Request, response: web.StreamResponse) -> None:
        headers = COMMON_HEADERS
        if allowed is not None and request.headers.get("Origin") == allowed:
            headers = COMMON_HEADERS | CROSS_ORIGIN_HEADERS
            headers |= {"Access-Control-Allow-Origin": allowed}
        for name, value in headers.items():
            response.headers.setdefault(name, value)

    return add


@asynccontextmanager
async def running_slack(config: SlackServerConfig) -> AsyncIterator[SlackServer]:
    """A workspace listening on `config.host` and a port of its own if `config.port` is 0."""
    app = create_app(config)
    runner = Listener(app, access_log=None, shutdown_timeout=SHUTDOWN_S)
    await runner.setup()
    try:
        port = await runner.listen(config.host, config.port)
        listening = str(URL.build(scheme="http", host=config.host, port=port))
        app[SLACK].url = (config.public_url or listening).rstrip("/")
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
            "app_token": server.app_token,
            "config_token": server.config_token,
        }
        print(json.dumps(ready), flush=True)  # noqa: T201 - the line that callers wait for
        await stopped.wait()

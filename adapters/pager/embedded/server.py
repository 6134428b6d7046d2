"""Putting the pager together and running it."""

import asyncio
import json
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

from aiohttp import web

from adapters.listening import Listener
from adapters.pager.embedded import (
    admin,
    admin_faults,
    admin_stream,
    company_directory,
    company_pager,
    consent,
    message_store,
    message_sync,
    oauth,
    subscription_api,
)
from adapters.pager.embedded.admin_guard import add_cors, guard
from adapters.pager.embedded.calls import PAGER
from adapters.pager.embedded.clock import ServerClock
from adapters.pager.embedded.config import PagerServerConfig
from adapters.pager.embedded.door import FrontDoor
from adapters.pager.embedded.edge import answer
from adapters.pager.embedded.pager import CompanyPager
from adapters.pager.embedded.reading import MAX_BODY

SHUTDOWN_S = 2.0  # how long an unfinished answer may hold up the end

Unguarded = Callable[[CompanyPager, web.Request], Awaitable[web.StreamResponse]]


def create_app(config: PagerServerConfig, clock: ServerClock | None = None) -> web.Application:
    """Make the application; its storage is opened when it starts and closed when it ends."""
    app = web.Application(middlewares=[answer, guard], client_max_size=MAX_BODY)

    async def with_pager(app: web.Application) -> AsyncIterator[None]:
        pager = await CompanyPager.open(config, clock or ServerClock())
        app[PAGER] = pager
        yield
        await pager.close()

    async def release(app: web.Application) -> None:
        app[PAGER].release()

    app.on_shutdown.append(release)
    app.on_response_prepare.append(add_cors)
    app.cleanup_ctx.append(with_pager)
    _add_routes(app, config)
    return app


def _add_routes(app: web.Application, config: PagerServerConfig) -> None:
    for module in (company_pager, message_store, message_sync, company_directory, subscription_api):
        for endpoint in module.ENDPOINTS:
            app.router.add_route(endpoint.method, endpoint.path, endpoint.guarded)
    app.router.add_post("/restapi/oauth/token", _unguarded(oauth.get_token))
    app.router.add_post("/restapi/oauth/revoke", _unguarded(oauth.revoke_token))
    app.router.add_get("/restapi/oauth/authorize", _unguarded(consent.show_consent))
    app.router.add_post("/restapi/oauth/authorize", _unguarded(consent.give_consent))
    if config.admin:
        app.add_routes([*admin.ROUTES, *admin_faults.ROUTES, *admin_stream.ROUTES])


def _unguarded(handle: Unguarded) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    """Give a handler without token check its pager."""

    async def handler(request: web.Request) -> web.StreamResponse:
        return await handle(request.app[PAGER], request)

    return handler


@dataclass(frozen=True, slots=True)
class RunningPager:
    """A pager that listens. `jwt` has a credential per extension number."""

    url: str
    client_id: str
    client_secret: str
    jwt: dict[str, str]
    clock: ServerClock
    pager: CompanyPager


@asynccontextmanager
async def running_pager(
    config: PagerServerConfig, clock: ServerClock | None = None
) -> AsyncIterator[RunningPager]:
    """Listen on `config.host` and `config.port` (0: any) until the block ends."""
    app = create_app(config, clock)
    runner = Listener(app, access_log=None, shutdown_timeout=SHUTDOWN_S)
    await runner.setup()
    try:
        door = FrontDoor(runner, config.host, app[PAGER])
        await door.open(config.port)
        app[PAGER].door = door
        host = f"[{config.host}]" if ":" in config.host else config.host
        yield _describe(app[PAGER], f"http://{host}:{door.port}")
    finally:
        await runner.cleanup()


def _describe(pager: CompanyPager, url: str) -> RunningPager:
    app = next(iter(pager.directory.apps.values()))
    jwt = {
        number: pager.keys.credential(extension.id)
        for number, extension in pager.directory.by_number.items()
    }
    return RunningPager(url, app.client_id, app.client_secret or "", jwt, pager.clock, pager)


def serve(config: PagerServerConfig) -> None:
    """Serve until SIGTERM or SIGINT; print one JSON line on stdout once it listens."""
    asyncio.run(_serve(config))


async def _serve(config: PagerServerConfig) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    async with running_pager(config) as running:
        sys.stdout.write(json.dumps(_ready(config, running)) + "\n")
        sys.stdout.flush()
        await stop.wait()


def _ready(config: PagerServerConfig, running: RunningPager) -> dict[str, object]:
    line: dict[str, object] = {"ready": True, "url": running.url}
    if config.dev_credentials:
        line |= {
            "client_id": running.client_id,
            "client_secret": running.client_secret,
            "jwt": running.jwt,
        }
    return line

"""The smallest honest program that acknowledges a Slack command: bare aiohttp, nothing durable.

It reads, checks the signature, parses the form and answers a message, in a process of its own.
"""

import asyncio
import hashlib
import hmac
import multiprocessing
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from urllib.parse import parse_qsl

from aiohttp import ClientError, web

from gateway.demo.world import free_port
from tests.faults.company import Company
from tests.faults.waiting import until


@dataclass(frozen=True)
class Floor:
    """Where it takes commands, and the process that does."""

    url: str
    pid: int


@asynccontextmanager
async def running_floor(company: Company) -> AsyncIterator[Floor]:
    """Run the floor in a process of its own for the length of the block."""
    port = free_port()
    context = multiprocessing.get_context("forkserver")
    arguments = (port, company.slack.signing_secret)
    process = context.Process(target=serve, args=arguments, daemon=True)
    process.start()

    async def listens() -> bool | None:
        with suppress(ClientError):
            async with company.session.get(f"http://127.0.0.1:{port}/healthz"):
                return True
        return None

    try:
        await until(listens, "the floor")
        yield Floor(f"http://127.0.0.1:{port}/slack/events", process.pid or 0)
    finally:
        process.kill()
        process.join()


def serve(port: int, signing_secret: str) -> None:
    """Serve until killed."""
    asyncio.run(_serve(port, signing_secret.encode()))


async def _serve(port: int, secret: bytes) -> None:
    async def acknowledge(request: web.Request) -> web.Response:
        body = await request.read()
        stamp = request.headers["X-Slack-Request-Timestamp"].encode()
        digest = hmac.new(secret, b"v0:" + stamp + b":" + body, hashlib.sha256).hexdigest()
        if not hmac.compare_digest(f"v0={digest}", request.headers["X-Slack-Signature"]):
            return web.Response(status=401)
        form = dict(parse_qsl(body.decode()))
        said = {"response_type": "ephemeral", "text": f"Sending pg_FLOOR: {form['text']}"}
        return web.json_response(said)

    app = web.Application()
    app.router.add_post("/slack/events", acknowledge)
    app.router.add_get("/healthz", _alive)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    await asyncio.Event().wait()


async def _alive(_: web.Request) -> web.Response:
    return web.Response()

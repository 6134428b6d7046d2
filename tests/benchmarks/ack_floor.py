"""The smallest honest program that acknowledges a Slack command: bare aiohttp.

It reads, checks the signature, parses the form and answers a message, in a process of its own.
Given a journal it writes the form down first, with one sync to disk. Beside it the same with Bolt,
as its documentation shows it.
"""

import hashlib
import hmac
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from urllib.parse import parse_qsl

from aiohttp import web
from slack_bolt.adapter.aiohttp import to_aiohttp_response, to_bolt_request
from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from gateway.demo.world import free_port
from tests.benchmarks.processes import serve_app, served
from tests.faults.company import Company


@dataclass(frozen=True)
class Floor:
    """Where it takes commands, and the process that does."""

    url: str
    pid: int


Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@asynccontextmanager
async def running_floor(company: Company, journal: Path | None = None) -> AsyncIterator[Floor]:
    """Run the floor in a process of its own for the length of the block."""
    make = partial(floor, company.slack.signing_secret.encode(), journal)
    async with _running(company, make) as running:
        yield running


@asynccontextmanager
async def running_bolt(company: Company) -> AsyncIterator[Floor]:
    """Run a Bolt app in a process of its own for the length of the block."""
    slack = company.slack
    make = partial(bolt, slack.signing_secret, slack.bot_token, f"{slack.url}/api/")
    async with _running(company, make) as running:
        yield running


def floor(secret: bytes, journal: Path | None) -> Handler:
    """Make the floor's handler."""
    file = os.open(journal, os.O_WRONLY | os.O_CREAT | os.O_APPEND) if journal else None

    async def acknowledge(request: web.Request) -> web.Response:
        body = await request.read()
        stamp = request.headers["X-Slack-Request-Timestamp"].encode()
        digest = hmac.new(secret, b"v0:" + stamp + b":" + body, hashlib.sha256).hexdigest()
        if not hmac.compare_digest(f"v0={digest}", request.headers["X-Slack-Signature"]):
            return web.Response(status=401)
        form = dict(parse_qsl(body.decode()))
        if file is not None:
            os.write(file, body)
            os.fdatasync(file)
        return web.json_response({"response_type": "ephemeral", "text": _said(form["text"])})

    return acknowledge


def bolt(secret: str, token: str, slack: str) -> Handler:
    """Make the handler of a Bolt app with one command."""
    app = AsyncApp(signing_secret=secret, client=AsyncWebClient(token=token, base_url=slack))

    @app.command("/page")
    async def page(ack: AsyncAck, command: dict[str, str]) -> None:
        await ack(_said(command["text"]))

    async def acknowledge(request: web.Request) -> web.Response:
        return await to_aiohttp_response(await app.async_dispatch(await to_bolt_request(request)))

    return acknowledge


def _said(text: str) -> str:
    return f"Sending pg_FLOOR: {text}"


@asynccontextmanager
async def _running(company: Company, make: Callable[[], Handler]) -> AsyncIterator[Floor]:
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    async with served(company.session, f"{url}/healthz", serve, port, make) as pid:
        yield Floor(f"{url}/slack/events", pid)


async def serve(port: int, make: Callable[[], Handler]) -> None:
    """Serve until killed."""
    app = web.Application()
    app.router.add_post("/slack/events", make())
    app.router.add_get("/healthz", _alive)
    await serve_app(app, port)


async def _alive(_: web.Request) -> web.Response:
    return web.Response()

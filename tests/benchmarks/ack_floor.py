"""The smallest honest program that acknowledges a Slack command: bare aiohttp, nothing durable.

It reads, checks the signature, parses the form and answers a message, in a process of its own.
"""

import asyncio
import hashlib
import hmac
from urllib.parse import parse_qsl

from aiohttp import web


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

"""Both foreign systems in as few lines as possible, over TLS, in a process of their own.

They take everything and answer what a client needs to go on. Each keeps which connections came to
it, and what it was sent last.
"""

import ssl
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from aiohttp import ClientSession, web

from gateway.demo.world import free_port
from tests.benchmarks.processes import serve_app, served

_NOW = "2026-11-22T07:00:00.000Z"
TOKEN = {"access_token": "t", "token_type": "bearer", "expires_in": 3600, "owner_id": "1"}
EXTENSION = {"id": 1, "extensionNumber": "700", "name": "Pager Gateway"}
ACCEPTED = {"id": 1, "conversation": {"id": "1"}, "creationTime": _NOW, "type": "Pager"}
SLACK = {"ok": True, "team_id": "T0ACME", "user_id": "U0BOT", "bot_id": "B0BOT", "ts": "1.000001"}


@asynccontextmanager
async def running_upstream(chain: Path, session: ClientSession) -> AsyncIterator[str]:
    """Run them for the length of the block, with a certificate for `localhost`; gives the URL."""
    port = free_port()
    url = f"https://localhost:{port}"
    async with served(session, f"{url}/seen", serve, port, chain):
        yield url


async def serve(port: int, chain: Path) -> None:
    """Serve until killed."""
    seen: defaultdict[str, set[object]] = defaultdict(set)
    last: dict[str, str] = {}

    async def answer(request: web.Request) -> web.Response:
        first, name = request.path.split("/")[1], request.path.rpartition("/")[2]
        assert request.transport is not None
        seen[first].add(request.transport.get_extra_info("peername"))
        last[name] = (await request.read()).decode()
        if first in {"api", "bare-api"}:
            return web.json_response({**SLACK, "channel": "C1"})
        answers = {"token": TOKEN, "company-pager": ACCEPTED}
        return web.json_response(answers.get(name, EXTENSION))

    async def tell(_: web.Request) -> web.Response:
        connections = {first: len(each) for first, each in seen.items()}
        return web.json_response({"connections": connections, "last": last})

    app = web.Application()
    app.router.add_get("/seen", tell)
    app.router.add_route("*", "/{path:.+}", answer)
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    tls.load_cert_chain(chain)
    await serve_app(app, port, tls)

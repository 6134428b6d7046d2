"""The alert routes over real HTTP: real sources, a core in memory, a clock that stands still."""

import json
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import aiohttp
from aiohttp import web
from multidict import CIMultiDict

from adapters.alerts.registry import Sources
from adapters.listening import Listener
from gateway.web.alerts import AlertDoor
from gateway.web.errors import plain_answers
from gateway.web.room import IntakeRoom
from tests.adapters.alerts.surroundings import Around
from tests.fakes.alerts import RememberingAlertIntake


@dataclass(frozen=True)
class Got:
    """An answer."""

    status: int
    body: bytes
    headers: CIMultiDict[str]

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Door:
    """The gateway's alert routes, and what is behind them."""

    url: str
    http: aiohttp.ClientSession
    around: Around
    intake: RememberingAlertIntake

    async def send(
        self, path: str, body: Any = b"", headers: Any = None, *, method: str = "POST", **more: Any
    ) -> Got:
        """Send bytes as they are, and everything else as JSON."""
        raw = body if isinstance(body, bytes | AsyncIterator) else json.dumps(body).encode()
        given = CIMultiDict({"Content-Type": "application/json"})
        given.update(headers or {})
        async with self.http.request(
            method, self.url + path, data=raw, headers=given, **more
        ) as answer:
            return Got(answer.status, await answer.read(), CIMultiDict(answer.headers))


@asynccontextmanager
async def alert_door(
    *sources: dict[str, Any],
    around: Around | None = None,
    read_within_s: float = 10.0,
    room: IntakeRoom | None = None,
    tls: ssl.SSLContext | None = None,
    client: ssl.SSLContext | None = None,
) -> AsyncIterator[Door]:
    """Open the routes for some sources, mounted as in production."""
    around, intake = around or Around(), RememberingAlertIntake()
    opened = Sources([around.source(**source) for source in sources])
    door = AlertDoor(
        opened, intake, around.clock, around.log, read_within_s=read_within_s, room=room
    )
    app = web.Application(middlewares=[plain_answers(around.log)])
    app.add_routes(door.routes())
    runner = Listener(app, access_log=None, shutdown_timeout=1.0, lingering_time=0)
    await runner.setup()
    try:
        port = await runner.listen("127.0.0.1", 0, tls)
        url = f"https://localhost:{port}" if tls else f"http://127.0.0.1:{port}"
        async with aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(ssl=client or True)
        ) as http:
            yield Door(url, http, around, intake)
    finally:
        await runner.cleanup()

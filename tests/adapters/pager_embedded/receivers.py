"""A webhook receiver on loopback that can misbehave."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from adapters.listening import Listener

FILTER = "/restapi/v1.0/account/~/extension/~/message-store?type=Pager&direction=Inbound"


@dataclass
class Receiver:
    """Notes every request; the fields say how it answers."""

    url: str = ""
    status: int = 200
    echoes: bool = True
    content_type: str = "application/json"
    padding: int = 0
    answers: asyncio.Event = field(default_factory=asyncio.Event)
    heads: list[Any] = field(default_factory=list)
    events: list[dict[str, Any]] = field(default_factory=list)
    arrived: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def handle(self, request: web.Request) -> web.Response:
        await self.answers.wait()
        body = await request.read()
        self.heads.append(request.headers)
        if body:
            async with self.arrived:
                self.events.append(await request.json())
                self.arrived.notify_all()
        headers = {"Content-Type": self.content_type}
        token = request.headers.get("Validation-Token")
        if token is not None and self.echoes:
            headers["Validation-Token"] = token
        return web.Response(status=self.status, headers=headers, body=b" " * self.padding)

    async def heard(self, count: int) -> list[dict[str, Any]]:
        """Wait until that many events have come."""
        async with self.arrived, asyncio.timeout(5):
            await self.arrived.wait_for(lambda: len(self.events) >= count)
        return self.events

    def wish(self, *filters: str, **more: Any) -> dict[str, Any]:
        """A subscription request for this receiver."""
        delivery = {
            "transportType": "WebHook",
            "address": self.url,
            "verificationToken": "our-secret",
        }
        return {"eventFilters": list(filters) or [FILTER], "deliveryMode": delivery, **more}


@asynccontextmanager
async def listening(secure: ssl.SSLContext | None = None) -> AsyncIterator[Receiver]:
    receiver = Receiver()
    receiver.answers.set()
    app = web.Application()
    app.router.add_post("/{path:.*}", receiver.handle)
    runner = Listener(app, shutdown_timeout=0.1)
    await runner.setup()
    try:
        port = await runner.listen("127.0.0.1", 0, secure)
        scheme = "https" if secure else "http"
        receiver.url = f"{scheme}://127.0.0.1:{port}/hook/s3cr3t"
        yield receiver
    finally:
        receiver.answers.set()
        await runner.cleanup()

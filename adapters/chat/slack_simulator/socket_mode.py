"""Socket Mode: the same requests over a WebSocket the app has opened, acknowledged by envelope."""

import asyncio
import itertools
from typing import Final

from aiohttp import WSMsgType, web
from typing_extensions import override

from adapters.chat.slack_simulator.delivery import Answer, Link, Request
from adapters.chat.slack_simulator.ids import secret
from adapters.chat.slack_simulator.wire import Json, dump, parse_json

CONNECTIONS: Final = 10


class Sockets(Link):
    """The open connections of the app; a request goes to one of them in turn."""

    def __init__(self, app_id: str) -> None:
        self._app_id = app_id
        self._tickets: set[str] = set()
        self._open: list[web.WebSocketResponse] = []
        self._waiting: dict[str, asyncio.Future[Json]] = {}
        self._turn = itertools.count()

    def ticket(self) -> str:
        """Permission to open one connection."""
        ticket = secret()
        self._tickets.add(ticket)
        return ticket

    @override
    def is_open(self) -> bool:
        """Whether the app is connected."""
        return bool(self._open)

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """One connection, from hello until it ends."""
        ticket = request.query.get("ticket", "")
        if ticket not in self._tickets or len(self._open) >= CONNECTIONS:
            return web.json_response({"ok": False, "error": "invalid_ticket"}, status=403)
        self._tickets.discard(ticket)
        socket = web.WebSocketResponse(heartbeat=10.0)
        await socket.prepare(request)
        self._open.append(socket)
        try:
            await socket.send_str(dump(self._hello()))
            async for message in socket:
                if message.type is WSMsgType.TEXT:
                    self._acknowledged(message.data)
        finally:
            self._open.remove(socket)
        return socket

    def _hello(self) -> Json:
        return {
            "type": "hello",
            "num_connections": len(self._open),
            "connection_info": {"app_id": self._app_id},
            "debug_info": {"host": "local-workspace", "approximate_connection_time": 3600},
        }

    def _acknowledged(self, text: str) -> None:
        try:
            envelope = parse_json(text)
        except ValueError:
            return
        if not isinstance(envelope, dict):
            return
        waiting = self._waiting.get(str(envelope.get("envelope_id")))
        if waiting is not None and not waiting.done():
            waiting.set_result(envelope)

    @override
    async def ask(self, request: Request, retry_num: int, retry_reason: str | None) -> Answer:
        """Send an envelope and wait for its acknowledgement."""
        socket = self._open[next(self._turn) % len(self._open)]
        envelope_id = secret()
        envelope: Json = {
            "envelope_id": envelope_id,
            "type": request.family,
            "payload": request.payload,
            "accepts_response_payload": request.family != "events_api",
        }
        if request.family == "events_api":
            envelope |= {"retry_attempt": retry_num, "retry_reason": retry_reason or ""}
        waiting = self._waiting[envelope_id] = asyncio.get_running_loop().create_future()
        try:
            await socket.send_str(dump(envelope))
            reply = await waiting
        except ConnectionError:
            return Answer(None, "connection_failed")
        finally:
            del self._waiting[envelope_id]
        payload = reply.get("payload")
        return Answer(200, None, dump(payload).encode() if payload else b"")

    async def close(self, reason: str = "link_disabled") -> None:
        """Tell the app to go and end the connections."""
        for socket in list(self._open):
            await socket.send_str(dump({"type": "disconnect", "reason": reason}))
            await socket.close()

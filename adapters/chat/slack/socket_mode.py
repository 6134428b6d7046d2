"""Socket Mode: the same requests over a WebSocket we open, for workspaces that cannot reach us.

Slack, "Using Socket Mode": an envelope is acknowledged by its id; what is not acknowledged comes
again. Nothing is signed, the address from `apps.connections.open` is the secret. While we are
away Slack says nothing, where over HTTP it would retry: a public address is the better choice.
"""

import asyncio
import json

import aiohttp
from slack_bolt.response import BoltResponse

from adapters.chat.slack.api import SlackApi
from adapters.chat.slack.body import BYTES_MOST, JSON, Body, MalformedBodyError, parse
from adapters.chat.slack.payload import word
from adapters.chat.slack.switchboard import Dispatch
from gateway.domain.errors import ChatError
from gateway.ports.clock import Clock
from gateway.ports.ids import Ids
from gateway.ports.observer import Observer

_HEARTBEAT_S = 30.0
_PAUSE_FIRST_S = 1.0
_PAUSE_MOST_S = 30.0
_SHORT_S = 5.0
"""A connection that ends sooner is no success: opening the next at once could go on for ever."""
_SERVER_ERRORS = 500


class SocketMode:
    """Keeps one connection to Slack open."""

    def __init__(
        self,
        api: SlackApi,
        session: aiohttp.ClientSession,
        takes: Dispatch,
        *,
        clock: Clock,
        ids: Ids,
        observer: Observer,
    ) -> None:
        self._api = api
        self._session = session
        self._takes = takes
        self._clock = clock
        self._ids = ids
        self._observer = observer
        self._failures = 0

    async def run(self) -> None:
        """Serve until cancelled; connect again when Slack says so or the line breaks."""
        while True:
            opened_at = self._clock.monotonic()
            try:
                await self._serve_once()
            except (ChatError, aiohttp.ClientError, OSError, TimeoutError) as error:
                self._observer.saw("slack.socket_failed", error=type(error).__name__)
                self._failures += 1
            if self._failures == 0 and self._clock.monotonic() - opened_at < _SHORT_S:
                self._failures = 1
            await self._clock.sleep(self._pause_s())

    def _pause_s(self) -> float:
        """Wait longer after each failure, and not in step with other gateways."""
        if self._failures == 0:
            return 0.0
        doubled = _PAUSE_FIRST_S * 2.0 ** min(self._failures - 1, 16)
        return min(doubled, _PAUSE_MOST_S) * (0.5 + self._ids.jitter() / 2)

    async def _serve_once(self) -> None:
        address = word(await self._api.call("apps.connections.open"), "url")
        async with (
            self._session.ws_connect(
                address, heartbeat=_HEARTBEAT_S, max_msg_size=2 * BYTES_MOST
            ) as socket,
            # Ends before the socket: what is under way can still be acknowledged.
            asyncio.TaskGroup() as tasks,
        ):
            async for message in socket:
                if message.type is not aiohttp.WSMsgType.TEXT:
                    continue
                envelope = _read(message.data)
                match word(envelope, "type"):
                    case "hello":
                        self._failures = 0
                        self._observer.saw("slack.socket_opened")
                    case "disconnect":
                        return
                    case _:
                        tasks.create_task(self._take(socket, envelope))

    async def _take(self, socket: aiohttp.ClientWebSocketResponse, envelope: Body) -> None:
        """Handle one request; it is acknowledged only when it is recorded."""
        body, envelope_id = envelope.get("payload"), word(envelope, "envelope_id")
        if not isinstance(body, dict) or not envelope_id:
            return
        answer = await self._takes.dispatch(body)
        if answer.status >= _SERVER_ERRORS:
            return
        try:
            await socket.send_json({"envelope_id": envelope_id, **_payload(answer)})
        except (aiohttp.ClientError, ConnectionError) as error:
            # Slack sends it again; its key makes that harmless.
            self._observer.saw("slack.socket_failed", error=type(error).__name__)


def _read(text: str) -> Body:
    try:
        return parse(text.encode("utf-8", "replace"), JSON)
    except MalformedBodyError:
        return {}


def _payload(answer: BoltResponse) -> dict[str, object]:
    """Give what is said with the acknowledgement; most have nothing to say."""
    return {"payload": json.loads(answer.body)} if answer.body.startswith("{") else {}

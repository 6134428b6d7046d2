"""Requests to the app: signed, timed, logged. One attempt each; see `events` for retries."""

import asyncio
import hashlib
import hmac
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from time import perf_counter
from typing import Final, Literal, Protocol, TypeAlias
from urllib.parse import urlencode

import aiohttp
from yarl import URL

from adapters.chat.slack_simulator.clock import VirtualClock, iso
from adapters.chat.slack_simulator.exchanges import Exchanges
from adapters.chat.slack_simulator.stream import Stream
from adapters.chat.slack_simulator.wire import Json, dump

REDIRECTS: Final = 2
ANSWER_BYTES: Final = 1024 * 1024
SUCCESS: Final = range(200, 300)

Family: TypeAlias = Literal["events_api", "slash_commands", "interactive"]


@dataclass(frozen=True)
class Request:
    """Something for the app; `kind` is its type in the log, `family` how it is encoded."""

    family: Family
    kind: str
    id: str
    payload: Json
    channel: str | None = None
    user: str | None = None

    def encoded(self) -> tuple[bytes, str]:
        """Body and content type over HTTP."""
        if self.family == "events_api":
            return dump(self.payload).encode(), "application/json"
        form = self.payload if self.family == "slash_commands" else {"payload": dump(self.payload)}
        return urlencode(form, errors="replace").encode(), "application/x-www-form-urlencoded"


@dataclass(frozen=True)
class Answer:
    """What came back; `error` is the retry reason, None for a 2xx in time."""

    status: int | None
    error: str | None
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)


class Link(Protocol):
    """A way to the app besides HTTP: an open Socket Mode connection."""

    def is_open(self) -> bool:
        """Whether a request can go this way now."""
        ...

    async def ask(self, request: Request, retry_num: int, retry_reason: str | None) -> Answer:
        """Send and wait for the acknowledgement; may take forever."""
        ...


def signature(signing_secret: str, timestamp: str, body: bytes) -> str:
    """`v0=` and the HMAC-SHA256 of `v0:timestamp:body`."""
    base = b":".join((b"v0", timestamp.encode(), body))
    return "v0=" + hmac.new(signing_secret.encode(), base, hashlib.sha256).hexdigest()


class AppLink:
    """The app as Slack sees it: a request URL (or sockets) and a log of what was sent there."""

    def __init__(
        self,
        clock: VirtualClock,
        stream: Stream,
        exchanges: Exchanges,
        signing_secret: str,
        timeout_s: float,
    ) -> None:
        self.url: str | None = None
        self.socket: Link | None = None
        self.log: deque[Json] = deque(maxlen=10_000)
        self._sent: deque[tuple[int, Request]] = deque(maxlen=10_000)
        self._seq = 0
        self._clock = clock
        self._stream = stream
        self._exchanges = exchanges
        self._secret = signing_secret
        self._timeout_s = timeout_s
        self._session: aiohttp.ClientSession | None = None

    async def open(self) -> None:
        """Make the connection pool; needs a running loop."""
        # Idle connections go before the app closes them: a POST on a dead one is not repeated.
        connector = aiohttp.TCPConnector(limit=0, keepalive_timeout=2.0)
        jar = aiohttp.DummyCookieJar()
        self._session = aiohttp.ClientSession(connector=connector, cookie_jar=jar)

    async def close(self) -> None:
        """Close the connections."""
        if self._session is not None:
            await self._session.close()

    async def send(
        self, request: Request, retry_num: int = 0, retry_reason: str | None = None
    ) -> Answer:
        """Make one attempt, at most as long as Slack waits, and log it."""
        started = perf_counter()
        answer = await self._ask(request, retry_num, retry_reason)
        elapsed_s = perf_counter() - started
        self.note(request, answer, retry_num, retry_reason, elapsed_s)
        self._exchanges.record(
            "out",
            request.kind,
            path=URL(self.url or "").path,
            status=answer.status,
            error=answer.error,
            said=dump(request.payload),
            elapsed_s=elapsed_s,
            signed=True,
            retry_num=retry_num or None,
        )
        return answer

    async def _ask(self, request: Request, retry_num: int, retry_reason: str | None) -> Answer:
        try:
            # Real seconds: a driver that moves the clock must not time out what is under way.
            async with asyncio.timeout(self._timeout_s):
                if self.socket is not None and self.socket.is_open():
                    return await self.socket.ask(request, retry_num, retry_reason)
                return await self._post(request, retry_num, retry_reason)
        except TimeoutError:
            return Answer(None, "http_timeout")
        except aiohttp.ClientSSLError:
            return Answer(None, "ssl_error")
        except (aiohttp.ClientConnectionError, aiohttp.InvalidURL):
            return Answer(None, "connection_failed")
        except (aiohttp.ClientError, ValueError):
            return Answer(None, "unknown_error")

    async def _post(self, request: Request, retry_num: int, retry_reason: str | None) -> Answer:
        if self.url is None or self._session is None:
            return Answer(None, "connection_failed")
        body, content_type = request.encoded()
        headers = self._headers(body, content_type)
        if retry_num:
            headers["X-Slack-Retry-Num"] = str(retry_num)
            headers["X-Slack-Retry-Reason"] = retry_reason or "unknown_error"
        url = self.url
        for _ in range(REDIRECTS + 1):
            async with self._session.post(
                url, data=body, headers=headers, allow_redirects=False
            ) as response:
                if response.status in {301, 302} and "Location" in response.headers:
                    url = str(response.url.join(URL(response.headers["Location"])))
                    continue
                content = await response.content.read(ANSWER_BYTES)
                error = None if response.status in SUCCESS else "http_error"
                return Answer(response.status, error, content, response.headers)
        return Answer(None, "too_many_redirects")

    def _headers(self, body: bytes, content_type: str) -> dict[str, str]:
        timestamp = str(int(self._clock.app_now()))
        return {
            "Content-Type": content_type,
            "User-Agent": "Slackbot 1.0 (+https://api.slack.com/robots)",
            "X-Slack-Request-Timestamp": timestamp,
            "X-Slack-Signature": signature(self._secret, timestamp, body),
        }

    def note(
        self,
        request: Request,
        answer: Answer,
        retry_num: int = 0,
        retry_reason: str | None = None,
        elapsed_s: float = 0.0,
    ) -> None:
        """Log one attempt, or one that was never made."""
        self._seq += 1
        entry: Json = {
            "seq": self._seq,
            "time": iso(self._clock.now()),
            "kind": request.kind,
            "id": request.id,
            "channel": request.channel,
            "user": request.user,
            "retry_num": retry_num,
            "retry_reason": retry_reason,
            "status": answer.status,
            "error": answer.error,
            "elapsed_ms": round(elapsed_s * 1000, 2),
        }
        self.log.append({**entry, "payload": request.payload})
        self._sent.append((self._seq, request))
        self._stream.publish("delivery", **entry)

    def logged(self, seq: int) -> Request | None:
        """The request of a log entry, to be sent again."""
        return next((request for number, request in self._sent if number == seq), None)

"""HTTP to RingCentral: one session, bounded, without redirects; and what became of each request.

The question that matters is whether a request left this machine: before, trying again is safe;
after, a page may have been sent although no answer came.
"""

import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Self

import aiohttp
from yarl import URL

from adapters.pager.ringcentral.settings import Timeouts
from gateway.domain.errors import PagerOutcomeUnknownError, PagerUnavailableError

MAX_ANSWER = 1024 * 1024
MAX_CONNECTIONS = 100
LONGEST_PENALTY_S = 3600
TOO_LONG = "answer-too-long"
"""Our own `vendor_code` for an answer beyond the cap: asking again would not help."""
# RingCentral closes idle connections first otherwise, and a POST on a dying one ends as unknown.
KEEP_IDLE_S = 15.0


@dataclass(frozen=True, slots=True)
class Request:
    """One HTTP request. `path` is below the server's address and already quoted."""

    method: str
    path: str
    authorization: str = field(repr=False)
    query: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    json: Mapping[str, object] | None = field(default=None, repr=False)
    form: Mapping[str, str] | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Answer:
    """A complete answer. `headers` have lower-case names, the last of repeated ones wins."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes = field(default=b"", repr=False)

    @property
    def trace(self) -> str:
        """RingCentral's correlation id, or nothing if it does not look like one."""
        value = self.headers.get("rcrequestid", "")
        return value if re.fullmatch(r"[\w.:-]{1,64}", value) else ""

    @property
    def retry_after_s(self) -> int | None:
        """Seconds to be silent, at most an hour; `None` if absent or not a number."""
        value = self.headers.get("retry-after", "")
        if not re.fullmatch(r"[0-9]{1,12}", value):
            return None
        return max(1, min(int(value), LONGEST_PENALTY_S))


@dataclass(slots=True)
class _Progress:
    left: bool = False


class Transport:
    """Sends requests to one server."""

    def __init__(self, session: aiohttp.ClientSession, server_url: str) -> None:
        self._session = session
        self._server_url = server_url

    @classmethod
    @asynccontextmanager
    async def open(cls, server_url: str, timeouts: Timeouts) -> AsyncIterator[Self]:
        """Open the session; nothing is connected before the first request."""
        async with aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(
                limit=MAX_CONNECTIONS, keepalive_timeout=KEEP_IDLE_S, ttl_dns_cache=30
            ),
            cookie_jar=aiohttp.DummyCookieJar(),
            headers={"Accept": "application/json", "User-Agent": "pager-gateway"},
            timeout=aiohttp.ClientTimeout(
                total=timeouts.total_s,
                connect=timeouts.connect_s,
                sock_connect=timeouts.connect_s,
                sock_read=timeouts.read_s,
            ),
            trace_configs=[_noting_departure()],
        ) as session:
            yield cls(session, server_url)

    async def exchange(self, request: Request) -> Answer:
        """Send a request and read the whole answer, whatever its status.

        Raises:
            PagerUnavailableError: it did not leave (name, connection, TLS, no free connection).
            PagerOutcomeUnknownError: it left, and no whole answer of at most 1 MB came back.
        """
        progress = _Progress()
        try:
            return await self._exchange(request, progress)
        except (aiohttp.ClientError, OSError):
            pass
        # Not chained: aiohttp's errors carry the request's headers.
        raise PagerOutcomeUnknownError if progress.left else PagerUnavailableError

    async def _exchange(self, request: Request, progress: _Progress) -> Answer:
        async with self._session.request(
            request.method,
            URL(self._server_url + request.path, encoded=True),
            params=request.query,
            json=request.json,
            data=request.form,
            headers={"Authorization": request.authorization},
            allow_redirects=False,
            trace_request_ctx=progress,
        ) as response:
            headers = {name.lower(): value for name, value in response.headers.items()}
            return Answer(response.status, headers, await _read_capped(response))


async def _read_capped(response: aiohttp.ClientResponse) -> bytes:
    body = bytearray()
    async for chunk in response.content.iter_any():
        body += chunk
        if len(body) > MAX_ANSWER:
            raise PagerOutcomeUnknownError(TOO_LONG)
    return bytes(body)


def _noting_departure() -> aiohttp.TraceConfig:
    """Mark a request as soon as its first bytes are handed to a connection."""
    tracing = aiohttp.TraceConfig()
    tracing.on_request_headers_sent.append(_note_departure)
    return tracing


async def _note_departure(
    _session: aiohttp.ClientSession,
    context: SimpleNamespace,
    _params: aiohttp.TraceRequestHeadersSentParams,
) -> None:
    context.trace_request_ctx.left = True

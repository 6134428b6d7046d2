"""Calls of Slack's Web API: slack_sdk as plain transport, its refusals as our errors.

The SDK's own retries are off (it repeats `chat.postMessage` after a disconnect), its proxy
variables are overruled, and time limits belong to the shared session, which it would ignore.
"""

import logging
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
from pydantic import SecretStr
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from adapters.chat.slack.errors import SUCCESS, THROTTLED, error_for, harmless
from adapters.chat.slack.installation import Installation
from adapters.chat.slack.methods import METHODS
from adapters.chat.slack.pacing import Gates
from adapters.chat.slack.payload import Json, word
from adapters.chat.slack.settings import SlackSettings
from gateway.domain.errors import (
    ChatError,
    ChatOutcomeUnknownError,
    ChatThrottledError,
    ChatUnavailableError,
)
from gateway.ports.clock import Clock
from gateway.ports.observer import Observer

ANSWER_MOST = 1024 * 1024
_TOO_MANY = 429
_BROKEN = 500
_CODE_MOST = 64
_EXPIRED = "token_expired"

_NOTHING_LEFT = (
    aiohttp.ClientConnectorError,
    aiohttp.ClientHttpProxyError,
    aiohttp.ConnectionTimeoutError,
    aiohttp.InvalidURL,
)
"""Failures before the first byte of the request: nothing can have happened."""

_UNANSWERED = (
    aiohttp.ClientError,
    OSError,
    TimeoutError,
    ValueError,
    # What the SDK stumbles over when an answer is JSON, but no object, or absurdly deep.
    AttributeError,
    RecursionError,
)

SILENT = logging.getLogger("adapters.chat.slack.libraries")
"""For the libraries, which write tokens and message bodies into their logs."""
SILENT.setLevel(logging.CRITICAL + 1)


class SlackApi:
    """One workspace's Web API."""

    def __init__(
        self,
        client: AsyncWebClient,
        clock: Clock,
        observer: Observer,
        installation: Installation | None = None,
    ) -> None:
        """Speak with the client's own token, or with the installation's as it changes."""
        self._client = client
        self._observer = observer
        self._clock = clock
        self._installation = installation
        self._gates = Gates(clock)

    async def call(self, method: str, *, lane: str = "", **arguments: Any) -> Json:
        """Call a method of the table. `lane` is what its rate limit counts by: a channel, or "".

        Raises:
            ChatError: any leaf. Calls that may be repeated never end unknown.
        """
        gate = f"{method} {lane}"
        self._gates.pass_through(gate)
        started = self._clock.monotonic()
        try:
            answer = await self._sent(method, arguments)
        except SlackApiError as error:
            if _code(error) in SUCCESS:
                return {}
            raise self._refused(method, gate, error) from error
        except _UNANSWERED as error:
            raise self._unanswered(method, error) from error
        elapsed_ms = round((self._clock.monotonic() - started) * 1000)
        self._observer.saw("slack.called", method=method, elapsed_ms=elapsed_ms)
        return answer if isinstance(answer, Mapping) else {}

    async def _sent(self, method: str, arguments: Mapping[str, Any]) -> object:
        """Send with the token of this moment; one that Slack calls expired is renewed once."""
        own = self._installation
        if own is None:
            return await self._send(method, arguments)
        self._client.token = token = await own.token()
        try:
            return await self._send(method, arguments)
        except SlackApiError as error:
            if _code(error) != _EXPIRED or not await own.renewed(token):
                raise
        self._client.token = await own.token()
        return await self._send(method, arguments)

    async def _send(self, method: str, arguments: Mapping[str, Any]) -> object:
        given = {name: value for name, value in arguments.items() if value is not None}
        if METHODS[method].as_json:
            return (await self._client.api_call(method, json=given)).data
        form = {name: _field(value) for name, value in given.items()}
        return (await self._client.api_call(method, data=form)).data

    def _refused(self, method: str, gate: str, refusal: SlackApiError) -> ChatError:
        """Translate an answer that is no success: a code, a status, or neither."""
        status, code = _status(refusal), _code(refusal)
        if status == _TOO_MANY or code in THROTTLED:
            error: ChatError = self._throttled(gate, refusal)
        elif status >= _BROKEN or not code:
            error = ChatOutcomeUnknownError(code or f"http_{status}")
        else:
            error = error_for(code)
        return self._told(method, error)

    def _throttled(self, gate: str, refusal: SlackApiError) -> ChatThrottledError:
        headers = getattr(refusal.response, "headers", {})
        return ChatThrottledError(
            "ratelimited", self._gates.close(gate, headers.get("Retry-After", ""))
        )

    def _unanswered(self, method: str, failure: Exception) -> ChatError:
        """Before the first byte left, nothing can have happened; after it, anything."""
        if isinstance(failure, _NOTHING_LEFT):
            return self._told(method, ChatUnavailableError(type(failure).__name__))
        return self._told(method, ChatOutcomeUnknownError(type(failure).__name__))

    def _told(self, method: str, error: ChatError) -> ChatError:
        told = error if METHODS[method].once else harmless(error)
        self._observer.saw(
            "slack.call_failed", method=method, error_code=told.code, vendor_code=told.vendor_code
        )
        return told


def _field(value: object) -> str:
    """Write a form field."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _status(refusal: SlackApiError) -> int:
    response = refusal.response
    status = getattr(response, "status_code", None) or getattr(response, "status", 0)
    return status if isinstance(status, int) else 0


def _code(refusal: SlackApiError) -> str:
    """Read the error code; empty when the answer was no JSON object of Slack's."""
    return word(getattr(refusal.response, "data", None), "error")[:_CODE_MOST]


# --- transport ---------------------------------------------------------------------------------


@asynccontextmanager
async def open_session(settings: SlackSettings) -> AsyncIterator[aiohttp.ClientSession]:
    """Open the one session for everything sent to Slack."""
    timeout = aiohttp.ClientTimeout(total=settings.timeout_s, connect=settings.connect_timeout_s)
    async with aiohttp.ClientSession(
        timeout=timeout,
        cookie_jar=aiohttp.DummyCookieJar(),
        response_class=_ShortResponse,
        trace_configs=[_no_redirects()],
        proxy=settings.proxy or None,
    ) as session:
        yield session


def web_client(
    settings: SlackSettings, session: aiohttp.ClientSession, token: SecretStr | None = None
) -> AsyncWebClient:
    """Make the SDK's client on the shared session."""
    client = AsyncWebClient(
        token=token.get_secret_value() if token else None,
        base_url=settings.api_url,
        session=session,
        retry_handlers=[],
        logger=SILENT,
    )
    # The constructor reads HTTPS_PROXY, without NO_PROXY.
    client.proxy = settings.proxy or None
    return client


class _ShortResponse(aiohttp.ClientResponse):
    """An answer that ends: a server that sends without end is cut off."""

    async def read(self) -> bytes:
        if self._body is None:
            self._body = await self._limited()
        return await super().read()

    async def _limited(self) -> bytes:
        body = bytearray()
        async for chunk in self.content.iter_any():
            body += chunk
            if len(body) > ANSWER_MOST:
                self.close()
                raise aiohttp.ClientPayloadError("answer too long")
        return bytes(body)


def _no_redirects() -> aiohttp.TraceConfig:
    """Refuse redirects: the SDK follows them, and a token would travel along."""
    trace = aiohttp.TraceConfig()

    async def refuse(*_: object) -> None:
        raise aiohttp.ClientPayloadError("redirected")

    trace.on_request_redirect.append(refuse)
    return trace

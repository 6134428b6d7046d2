"""Calling receivers: the handshake when a subscription is made, and single events.

Source: RingCentral, "Webhooks": a receiver echoes `Validation-Token` with status 200 within three
seconds, as `application/json`, in at most 1024 bytes of headers and body.
"""

import json
import ssl
from time import perf_counter
from typing import Any
from urllib.parse import urlsplit

import aiohttp

from adapters.pager.embedded.clock import ServerClock, iso
from adapters.pager.embedded.config import Dialect
from adapters.pager.embedded.errors import ApiError, bad, refuse
from adapters.pager.embedded.journal import Journal
from adapters.pager.embedded.keys import new_name, same
from adapters.pager.embedded.reading import is_loopback

AGENT = "RingCentral-Webhook/8.3"
LONGEST_ADDRESS = 2048
OK = 200


class Webhooks:
    """The pager's side of webhook connections."""

    def __init__(self, dialect: Dialect, clock: ServerClock, journal: Journal) -> None:
        self._dialect = dialect
        self._clock = clock
        self._journal = journal
        timeout = aiohttp.ClientTimeout(total=dialect.webhook_timeout_s)
        self._http = aiohttp.ClientSession(timeout=timeout, trust_env=False)

    async def close(self) -> None:
        """Close the connections."""
        await self._http.close()

    async def shake_hands(self, address: str, verification_token: str | None) -> None:
        """Prove that a receiver wants events.

        Raises:
            ApiError: SUB-520 no echo, SUB-521 unreachable or slow, SUB-524 bad certificate,
                SUB-525 wrong status, type or size.
        """
        token = new_name()
        headers = self._headers(verification_token) | {"Validation-Token": token}
        try:
            answer = await self._post(address, b"", headers, None)
        except (aiohttp.ClientSSLError, ssl.SSLError):
            raise refuse("SUB-524") from None
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError):
            raise refuse("SUB-521") from None
        if problem := self._problem(answer):
            raise ApiError(400, "SUB-525", f"WebHook server response is invalid: {problem}")
        echo = answer.headers.get("Validation-Token", "")
        if not same(echo, token):
            raise refuse("SUB-520")
        if answer.content_type != "application/json":
            raise refuse("SUB-525")

    async def deliver(
        self, address: str, event: dict[str, Any], token: str | None, reference: str | None
    ) -> str | None:
        """Send one event; return what went wrong, in RingCentral's words, or `None`."""
        body = json.dumps(event).encode()
        try:
            answer = await self._post(address, body, self._headers(token), reference)
        except TimeoutError:
            return "I/O operation is failed. Details: [Read timed out]"
        except (aiohttp.ClientError, OSError, ValueError) as error:
            return f"I/O operation is failed. Details: [{type(error).__name__}]"
        return self._problem(answer)

    def _problem(self, answer: "_Answer") -> str | None:
        if answer.status != OK:
            return f"Webhook responses with code: [{answer.status}], reason: [{answer.reason}]"
        if answer.size > self._dialect.webhook_answer_max_bytes:
            return f"Webhook response is too large: [{answer.size}] bytes"
        return None

    def _headers(self, token: str | None) -> dict[str, str]:
        headers = {"Content-Type": "application/json; charset=UTF-8", "User-Agent": AGENT}
        return headers if token is None else headers | {"Verification-Token": token}

    async def _post(
        self, address: str, body: bytes, headers: dict[str, str], reference: str | None
    ) -> "_Answer":
        started = perf_counter()
        status = 0
        try:
            async with self._http.post(
                address, data=body, headers=headers, allow_redirects=False
            ) as response:
                status = response.status
                return await _Answer.read(response, self._dialect.webhook_answer_max_bytes)
        finally:
            self._note(address, status, started, reference)

    def _note(self, address: str, status: int, started: float, reference: str | None) -> None:
        self._journal.add(
            "exchange",
            {
                "time": iso(self._clock.now_ms()),
                "direction": "out",
                "method": "POST",
                "path": without_secret(address),
                "status": status or None,
                "error_code": None,
                "fault": None,
                "reference": reference,
                "elapsed_ms": round((perf_counter() - started) * 1000, 1),
            },
        )


class _Answer:
    """What matters of a receiver's answer."""

    def __init__(self, response: aiohttp.ClientResponse, body_size: int) -> None:
        self.status = response.status
        self.reason = response.reason or ""
        self.headers = response.headers
        self.content_type = response.content_type
        self.size = body_size + sum(
            len(name) + len(value) + 4 for name, value in response.raw_headers
        )

    @classmethod
    async def read(cls, response: aiohttp.ClientResponse, limit: int) -> "_Answer":
        """Read at most a little more than `limit`: enough to know that it is too much."""
        size = 0
        async for chunk in response.content.iter_chunked(1024):
            size += len(chunk)
            if size > limit:
                break
        return cls(response, size)


def check_address(address: Any) -> str:
    """Check where events shall go: https, or http on a loopback address.

    Raises:
        ApiError: CMN-101 not a web address, SUB-523 not https.
    """
    parameter = "deliveryMode.address"
    if not isinstance(address, str) or not 0 < len(address) <= LONGEST_ADDRESS:
        raise bad(parameter)
    try:
        parts = urlsplit(address)
        host, _port = parts.hostname or "", parts.port
    except ValueError:
        raise bad(parameter) from None
    if parts.scheme not in {"http", "https"} or not host or not address.isprintable():
        raise bad(parameter)
    if parts.scheme == "http" and not is_loopback(host):
        raise refuse("SUB-523")
    return address


def without_secret(address: str) -> str:
    """Write an address without its query and last path segment, where receivers keep secrets."""
    parts = urlsplit(address)
    host = parts.netloc.rpartition("@")[2]
    return f"{parts.scheme}://{host}{parts.path.rpartition('/')[0]}/…"

"""Whether a request comes from Slack: `v0=` + HMAC-SHA256 of `v0:{timestamp}:{raw body}`.

Works on bytes, before anything is parsed. Slack, "Verifying requests from Slack".
"""

import hmac
import re
from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from hashlib import sha256
from typing import Protocol

from adapters.chat.slack.memory import Memory
from gateway.ports.clock import Clock

PAST_S = 300
"""How old a signed request may be."""
FUTURE_S = 60
"""How far Slack's clock may be ahead of ours."""
REMEMBERED_S = 600.0
"""How long an answered signature is remembered; twice the window and more."""
REMEMBERED_MOST = 20_000

_TIMESTAMP = re.compile(r"[0-9]{1,12}")
_SIGNATURE = re.compile(r"v0=[0-9a-f]{64}")


class Headers(Protocol):
    """Request headers as aiohttp gives them: names without case, repeats kept."""

    def getall(self, key: str, default: list[str], /) -> list[str]:
        """List every value of a header."""
        ...


class Verdict(StrEnum):
    """What is known about a request's origin; all but the first two are refusals."""

    GENUINE = "genuine"
    REPEATED = "repeated"
    HEADERS = "headers"
    TIMESTAMP = "timestamp"
    SIGNATURE = "signature"

    @property
    def refused(self) -> bool:
        """Whether the request is not to be believed."""
        return self is not Verdict.GENUINE and self is not Verdict.REPEATED


class Verifier:
    """Checks signatures against secrets, and remembers those that were answered.

    The memory only saves work: what makes a repeat harmless is the key that the store records.
    That is why a signature is remembered when its request was *answered*, not when it came: the
    sender of a request that failed must be able to send it again.
    """

    def __init__(self, secrets: Sequence[str], clock: Clock) -> None:
        self._secrets = tuple(secret.encode() for secret in secrets if secret)
        self._clock = clock
        self._answered: Memory[str, Verdict] = Memory(
            clock, lasts_s=REMEMBERED_S, most=REMEMBERED_MOST
        )

    def check(self, headers: Headers, body: bytes) -> Verdict:
        """Judge a request by its raw body. Without a secret everything is refused."""
        head = self._head(headers)
        if isinstance(head, Verdict):
            return head
        timestamp, signature = head
        if not self._is_signed(timestamp, signature, body):
            return Verdict.SIGNATURE
        # The signature covers the timestamp, so it alone names the request.
        return self._answered.get(signature) or Verdict.GENUINE

    def foreseen(self, headers: Headers) -> Verdict | None:
        """Tell why no body whatever would be believed; `None` when it depends on the body."""
        head = self._head(headers)
        return head if isinstance(head, Verdict) else None

    def _head(self, headers: Headers) -> tuple[str, str] | Verdict:
        """Read the timestamp and the signature."""
        timestamp, signature = _only(headers, "X-Slack-Request-Timestamp"), signature_of(headers)
        if timestamp is None or signature is None:
            return Verdict.HEADERS
        return (timestamp, signature) if self._is_recent(timestamp) else Verdict.TIMESTAMP

    def answered(self, headers: Headers) -> None:
        """Remember that the request with these headers needs no second handling."""
        if signature := signature_of(headers):
            self._answered.keep(signature, Verdict.REPEATED)

    def _is_recent(self, timestamp: str) -> bool:
        if not _TIMESTAMP.fullmatch(timestamp):
            return False
        age_s = self._clock.now().timestamp() - int(timestamp)
        return -FUTURE_S <= age_s <= PAST_S

    def _is_signed(self, timestamp: str, signature: str, body: bytes) -> bool:
        base = b"v0:%s:%s" % (timestamp.encode(), body)
        given = signature.encode()
        # No early end: how many secrets there are, and which one fits, takes the same time.
        fits = [hmac.compare_digest(_sign(secret, base), given) for secret in self._secrets]
        return any(fits)


def signed(secret: str, body: bytes, at: datetime) -> dict[str, str]:
    """Make the headers with which Slack would send a body, to see whether it gets through."""
    timestamp = str(int(at.timestamp()))
    signature = _sign(secret.encode(), b"v0:%s:%s" % (timestamp.encode(), body))
    return {"X-Slack-Request-Timestamp": timestamp, "X-Slack-Signature": signature.decode()}


def signature_of(headers: Headers) -> str | None:
    """Read the signature; `None` when it is absent, doubled or malformed."""
    value = _only(headers, "X-Slack-Signature")
    return value if value is not None and _SIGNATURE.fullmatch(value) else None


def _only(headers: Headers, name: str) -> str | None:
    """Read a header that must stand there exactly once: two readers must not see two values."""
    values = headers.getall(name, [])
    return values[0] if len(values) == 1 else None


def _sign(secret: bytes, base: bytes) -> bytes:
    return b"v0=" + hmac.new(secret, base, sha256).hexdigest().encode()

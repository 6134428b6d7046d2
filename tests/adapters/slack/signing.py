"""Slack's signature, computed apart from the code under test."""

import hmac
from hashlib import sha256

from multidict import CIMultiDict

from tests.fakes.clock import SkippingClock

SECRET = "8f742231b10e8888abcd99yyyzzz85a5"


def signed(body: bytes, timestamp: str, secret: str = SECRET) -> CIMultiDict[str]:
    """The two security headers for a body."""
    base = b"v0:" + timestamp.encode() + b":" + body
    mac = hmac.new(secret.encode(), base, sha256).hexdigest()
    return CIMultiDict({"X-Slack-Request-Timestamp": timestamp, "X-Slack-Signature": f"v0={mac}"})


def stamp(clock: SkippingClock, ahead_s: int = 0) -> str:
    """The time as Slack writes it into a header."""
    return str(int(clock.now().timestamp()) + ahead_s)

"""Rate limits: a token bucket per method and, for posting, per channel."""

import math
from dataclasses import dataclass

from adapters.chat.slack_simulator.clock import VirtualClock
from adapters.chat.slack_simulator.wire import SlackError


class RateLimitedError(SlackError):
    """Answered with HTTP 429 and `Retry-After`, in whole seconds."""

    def __init__(self, retry_after_s: int) -> None:
        super().__init__("ratelimited")
        self.retry_after_s = retry_after_s


@dataclass
class Bucket:
    """`left` calls may be made at `seen`."""

    left: float
    seen: float


class Rates:
    """Full buckets at first: bursts are allowed, the rate holds over a minute."""

    def __init__(self, clock: VirtualClock) -> None:
        self._clock = clock
        self._buckets: dict[tuple[str, str | None], Bucket] = {}

    def spend(self, method: str, channel: str | None, per_minute: int | None) -> None:
        """Take one call from the bucket.

        Raises:
            RateLimitedError: it is empty.
        """
        if per_minute is None:
            return
        now, each_s = self._clock.now(), 60.0 / per_minute
        bucket = self._buckets.setdefault((method, channel), Bucket(per_minute, now))
        bucket.left = min(per_minute, bucket.left + (now - bucket.seen) / each_s)
        bucket.seen = now
        if bucket.left < 1:
            raise RateLimitedError(max(1, math.ceil((1 - bucket.left) * each_s)))
        bucket.left -= 1

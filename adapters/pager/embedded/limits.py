"""Rate limits: sliding windows per user, app and group, with a penalty that restarts.

Source: RingCentral, "Rate limits". Every call during the penalty starts it anew, and header values
name the group in lower case.
"""

from collections import deque
from dataclasses import dataclass, field
from enum import StrEnum

from adapters.pager.embedded.clock import ServerClock
from adapters.pager.embedded.config import RateLimits

IDLE_BUCKETS = 10_000  # beyond this many, the ones that have run dry are forgotten


class Group(StrEnum):
    """The throttling groups, as they appear in `X-Rate-Limit-Group`."""

    LIGHT = "light"
    MEDIUM = "medium"
    HEAVY = "heavy"
    AUTH = "auth"


@dataclass(frozen=True, slots=True)
class Admission:
    """The verdict on one call; `retry_after_s` is set when it is refused."""

    group: Group
    limit: int
    remaining: int
    window_s: int
    retry_after_s: int | None = None

    def headers(self) -> dict[str, str]:
        """Write the rate headers every limited answer carries."""
        return {
            "X-Rate-Limit-Group": self.group.value,
            "X-Rate-Limit-Limit": str(self.limit),
            "X-Rate-Limit-Remaining": str(self.remaining),
            "X-Rate-Limit-Window": str(self.window_s),
        }


@dataclass(slots=True)
class _Bucket:
    calls: deque[int] = field(default_factory=deque)
    penalty_until_ms: int = 0


class RateLimiter:
    """Counts calls. A bucket is (user, app, group); the user is empty for the Auth group."""

    def __init__(self, limits: RateLimits, clock: ServerClock) -> None:
        self._limits = limits
        self._clock = clock
        self._buckets: dict[tuple[str, str, Group], _Bucket] = {}

    def admit(self, user: str, app: str, group: Group) -> Admission | None:
        """Count one call. `None` means limits are switched off."""
        if not self._limits.enabled:
            return None
        now = self._clock.now_ms()
        bucket = self._bucket((user, app, group), now)
        limit: int = getattr(self._limits, group.value)
        while bucket.calls and bucket.calls[0] <= now - self._limits.window_s * 1000:
            bucket.calls.popleft()
        if now < bucket.penalty_until_ms or len(bucket.calls) >= limit:
            bucket.penalty_until_ms = now + self._limits.penalty_s * 1000
            return self._verdict(group, limit, 0, self._limits.penalty_s)
        bucket.calls.append(now)
        return self._verdict(group, limit, limit - len(bucket.calls))

    def penalise(self, user: str, app: str, group: Group) -> None:
        """Start the penalty as if the limit had been passed."""
        now = self._clock.now_ms()
        until = now + self._limits.penalty_s * 1000
        self._bucket((user, app, group), now).penalty_until_ms = until

    def _verdict(
        self, group: Group, limit: int, remaining: int, retry_after_s: int | None = None
    ) -> Admission:
        return Admission(group, limit, remaining, self._limits.window_s, retry_after_s)

    def _bucket(self, key: tuple[str, str, Group], now: int) -> _Bucket:
        if len(self._buckets) > IDLE_BUCKETS:
            self._forget_idle(now)
        return self._buckets.setdefault(key, _Bucket())

    def _forget_idle(self, now: int) -> None:
        oldest = now - self._limits.window_s * 1000
        self._buckets = {
            key: bucket
            for key, bucket in self._buckets.items()
            if bucket.penalty_until_ms > now or (bucket.calls and bucket.calls[-1] > oldest)
        }

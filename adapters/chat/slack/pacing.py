"""When Slack may be asked: a pace we keep ourselves, and the pauses Slack asks for.

Slack, "Rate limits": about one message a second and channel, with bursts; 429 with `Retry-After`
holds for the method (and workspace), for `chat.postMessage` for the channel.
"""

import re
from datetime import datetime, timedelta

from gateway.domain.errors import ChatThrottledError
from gateway.ports.clock import Clock

PATIENCE_S = 1.0
"""How long a call may wait for its turn; a longer wait is the caller's to schedule."""

_PAUSE_S = (1, 3600)
_DEFAULT_PAUSE_S = 30
_MANY = 1_000
_SECONDS = re.compile(r"[0-9]{1,9}")


class Pace:
    """A bucket per key: `burst` at once, then one every `every_s` seconds."""

    def __init__(self, clock: Clock, *, every_s: float = 1.0, burst: int = 3) -> None:
        self._clock = clock
        self._every_s = every_s
        self._slack_s = every_s * (burst - 1)
        self._next: dict[str, float] = {}

    async def enter(self, key: str) -> None:
        """Wait for this key's turn, not long.

        Raises:
            ChatThrottledError: the turn is more than a second away.
        """
        now = self._clock.monotonic()
        due = max(self._next.get(key, now), now)
        wait_s = due - self._slack_s - now
        if wait_s > PATIENCE_S:
            raise ChatThrottledError(retry_at=_after(self._clock, wait_s))
        self._forget_idle(now)
        self._next[key] = due + self._every_s
        if wait_s > 0:
            await self._clock.sleep(wait_s)

    def _forget_idle(self, now: float) -> None:
        if len(self._next) > _MANY:
            self._next = {key: due for key, due in self._next.items() if due > now}


class Gates:
    """Closed while Slack wants silence; asking anyway would only prolong it."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._until: dict[str, float] = {}

    def pass_through(self, key: str) -> None:
        """Go on, if this gate is open.

        Raises:
            ChatThrottledError: with the time at which it opens.
        """
        wait_s = self._until.get(key, 0.0) - self._clock.monotonic()
        if wait_s > 0:
            raise ChatThrottledError("ratelimited", _after(self._clock, wait_s))
        self._until.pop(key, None)

    def close(self, key: str, retry_after: str) -> datetime:
        """Close a gate for as long as the `Retry-After` header says; give the time it opens."""
        pause_s = _pause(retry_after)
        self._until[key] = self._clock.monotonic() + pause_s
        return _after(self._clock, pause_s)


def _pause(retry_after: str) -> int:
    """Read a `Retry-After` header; odd ones mean half a minute, huge ones an hour."""
    if not _SECONDS.fullmatch(retry_after):
        return _DEFAULT_PAUSE_S
    low, high = _PAUSE_S
    return min(max(int(retry_after), low), high)


def _after(clock: Clock, seconds: float) -> datetime:
    return clock.now() + timedelta(seconds=seconds)

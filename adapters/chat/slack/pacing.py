"""When Slack may be asked: a pace we keep ourselves, and the pauses Slack asks for.

Slack, "Rate limits": about one message a second and channel, with bursts; 429 with `Retry-After`
holds for the method (and workspace), for `chat.postMessage` for the channel.
"""

import re
from collections.abc import Hashable
from datetime import datetime, timedelta
from itertools import takewhile

from gateway.domain.errors import ChatThrottledError
from gateway.ports.clock import Clock

PATIENCE_S = 1.0
"""How long a call may wait for its turn; a longer wait is the caller's to schedule."""

_GRACE_S = 30.0
"""How late somebody may come for a turn."""

_PAUSE_S = (1, 3600)
_DEFAULT_PAUSE_S = 30
_MANY = 1_000
_SECONDS = re.compile(r"[0-9]{1,9}")


class Pace:
    """A bucket per key: `burst` at once, then one every `every_s` seconds.

    Who has to wait long gets a turn of their own and comes back for it: when a thousand messages
    wait for one channel, one comes back a second, not a thousand.
    """

    def __init__(self, clock: Clock, *, every_s: float = 1.0, burst: int = 3) -> None:
        self._clock = clock
        self._every_s = every_s
        self._slack_s = every_s * (burst - 1)
        self._next: dict[str, float] = {}
        self._lines: dict[str, dict[Hashable, float]] = {}

    async def enter(self, key: str, who: Hashable) -> None:
        """Wait for this key's turn, not long. `who` keeps their turn when they come again.

        Raises:
            ChatThrottledError: the turn is more than a second away.
        """
        now = self._clock.monotonic()
        due = max(self._next.get(key, now), now)
        line = self._line(key, now)
        turn = max(due - self._slack_s, line.get(who) or self._behind(line))
        if turn - now > PATIENCE_S:
            line[who] = turn
            raise ChatThrottledError(retry_at=_after(self._clock, turn - now))
        line.pop(who, None)
        self._forget_idle(now)
        self._next[key] = due + self._every_s
        if turn > now:
            await self._clock.sleep(turn - now)

    def _line(self, key: str, now: float) -> dict[Hashable, float]:
        """Give the turns that are promised, without those for which nobody came."""
        line = self._lines.setdefault(key, {})
        for who in list(takewhile(lambda who: line[who] < now - _GRACE_S, line)):
            del line[who]
        return line

    def _behind(self, line: dict[Hashable, float]) -> float:
        """Tell the first turn behind everybody who waits; any moment when nobody does."""
        return line[next(reversed(line))] + self._every_s if line else 0.0

    def _forget_idle(self, now: float) -> None:
        if len(self._next) > _MANY:
            self._next = {key: due for key, due in self._next.items() if due > now}
            self._lines = {key: line for key in self._lines if (line := self._line(key, now))}


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
        pause_s, now = _pause(retry_after), self._clock.monotonic()
        self._until = {gate: until for gate, until in self._until.items() if until > now}
        self._until[key] = now + pause_s
        return _after(self._clock, pause_s)


def _pause(retry_after: str) -> int:
    """Read a `Retry-After` header; odd ones mean half a minute, huge ones an hour."""
    if not _SECONDS.fullmatch(retry_after):
        return _DEFAULT_PAUSE_S
    low, high = _PAUSE_S
    return min(max(int(retry_after), low), high)


def _after(clock: Clock, seconds: float) -> datetime:
    return clock.now() + timedelta(seconds=seconds)

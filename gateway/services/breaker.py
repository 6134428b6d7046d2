"""A foreign system that answers nothing is left alone, then tried by one delivery at a time.

Without this, every hand would sooner or later wait for the silent system, and those whom the other
one could tell would be told nothing.
"""

from collections.abc import Awaitable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TypeVar

from gateway.domain.deliveries import (
    Absent,
    Deferred,
    Look,
    Outcome,
    Refused,
    Sent,
    Unknown,
    Unreadable,
)
from gateway.domain.errors import (
    ChatOutcomeUnknownError,
    ChatSignedOutError,
    ChatUnavailableError,
    PagerOutcomeUnknownError,
    PagerUnavailableError,
)
from gateway.domain.outbound import Outbound, SendFollowUp, SendPage, SendPageReply, Wake
from gateway.domain.pages import Fault
from gateway.ports.clock import Clock

T = TypeVar("T", bound=Outcome | Look)

_TRIPS_AFTER = 8
_TRIPS_AFTER_S = 30.0
"""Where little is sent, so many tries take minutes."""
_FIRST_PAUSE_S = 1.0
_LONGEST_PAUSE_S = 15.0

_NO_ANSWER = frozenset(
    error.code
    for error in (
        PagerUnavailableError,
        PagerOutcomeUnknownError,
        ChatUnavailableError,
        ChatOutcomeUnknownError,
    )
)


@dataclass(frozen=True, slots=True)
class Permit:
    """Leave to try. A probe is the one try that finds out whether the system is back."""

    probe: bool = False


@dataclass
class Breaker:
    """Counts tries without an answer; after some in a row it asks for silence.

    `silence` is how deliveries are told why they wait. `answered_at` and `lost_at` tell when it
    last answered, and since when it does not; `locked_out`, that it answers and lets us do nothing.
    """

    clock: Clock
    silence: Fault
    answered_at: datetime | None = field(default=None, init=False)
    lost_at: datetime | None = field(default=None, init=False)
    locked_out: bool = field(default=False, init=False)
    _unanswered: int = field(default=0, init=False)
    _pause_s: float = field(default=0.0, init=False)
    _silent_until: float | None = field(default=None, init=False)
    _probing: bool = field(default=False, init=False)

    def enter(self) -> Permit | datetime:
        """Ask to try; a time says when to come again."""
        if self._silent_until is None:
            return Permit()
        left_s = self._silent_until - self.clock.monotonic()
        if left_s > 0 or self._probing:
            return self.clock.now() + timedelta(seconds=max(left_s, self._pause_s))
        self._probing = True
        return Permit(probe=True)

    async def watch(self, permit: Permit, trying: Awaitable[T]) -> T:
        """Try, and learn from what comes of it."""
        try:
            found = await trying
        finally:
            if permit.probe:
                self._probing = False
        match found:
            case Sent() | Refused() | Absent():
                self._unanswered, self._pause_s, self._silent_until = 0, 0.0, None
                self.answered_at, self.lost_at = self.clock.now(), None
                self.locked_out = False
            case Unknown(fault) | Deferred(fault) | Unreadable(fault) if fault.code in _NO_ANSWER:
                self._unanswered += 1
                self.lost_at = self.lost_at or self.clock.now()
                self._trip(permit)
                return self._coming_again(found)
            case Deferred(Fault(code=ChatSignedOutError.code)):
                self.locked_out = True
        return found

    def _trip(self, permit: Permit) -> None:
        """Begin or prolong the silence; what was under way when it began says nothing new."""
        if permit.probe or (self._silent_until is None and self._is_lost()):
            self._pause_s = min(max(self._pause_s * 2, _FIRST_PAUSE_S), _LONGEST_PAUSE_S)
            self._silent_until = self.clock.monotonic() + self._pause_s

    def _is_lost(self) -> bool:
        since = self.lost_at or self.clock.now()
        away_s = (self.clock.now() - since).total_seconds()
        return self._unanswered >= _TRIPS_AFTER or away_s >= _TRIPS_AFTER_S

    def _coming_again(self, found: T) -> T:
        """Let what waits find out the next time, too: its own pauses grow four times as long."""
        if not isinstance(found, Deferred) or found.retry_at or self._silent_until is None:
            return found
        left_s = max(self._silent_until - self.clock.monotonic(), 0.0)
        return replace(found, retry_at=self.clock.now() + timedelta(seconds=left_s))


class Breakers:
    """One for the pager, one for the chat."""

    def __init__(self, clock: Clock) -> None:
        self.pager = Breaker(clock, Fault.of(PagerUnavailableError()))
        self.chat = Breaker(clock, Fault.of(ChatUnavailableError()))

    def lost(self) -> dict[str, datetime]:
        """Name the systems that do not answer at the moment, and since when."""
        named = {"pager": self.pager, "chat": self.chat}
        return {name: each.lost_at for name, each in named.items() if each.lost_at}

    def of(self, outbound: Outbound) -> Breaker | None:
        """Find the one that watches over where this goes; `None` when it goes nowhere."""
        if goes_to_chat(outbound):
            return self.chat
        return None if isinstance(outbound, Wake) else self.pager


def goes_to_chat(outbound: Outbound) -> bool:
    """Whether it is the chat that takes this."""
    match outbound:
        case SendPage() | SendPageReply() | SendFollowUp() | Wake():
            return False
        case _:
            return True

"""When one sender may call again: a sliding window, a line of reserved slots, and penalties.

Pure: no I/O, time is given in seconds of a clock that never goes back. `gates` is the shell.

RingCentral counts calls per user, app and group over a sliding window. Who exceeds it is refused
for a while, and *every call during that penalty starts it anew*: so we are silent, then send one
probe. Callers who have to wait get slots of their own, spread over time; when ten thousand pages
wait, they come back one by one. A slot belongs to its key (the same page asked again keeps its
place) and expires when nobody comes for it.
"""

from bisect import bisect_left, bisect_right, insort
from collections import deque
from collections.abc import Hashable
from dataclasses import dataclass, field
from enum import Enum

GRACE_S = 10.0
"""How late somebody may come for a slot."""

NEAR_S = 1.0
"""A short wait: behind a probe, or for a window that is full by a hair."""


class Share(Enum):
    """Which part of a window a call may use: some is kept, so that upkeep never starves."""

    ORDINARY = "ordinary"
    UPKEEP = "upkeep"


@dataclass(frozen=True, slots=True)
class Rate:
    """At most `limit` calls in any `window_s` seconds; ordinary calls leave `kept` of them."""

    limit: int
    window_s: float = 60.0
    kept: int = 0

    def allows(self, share: Share) -> int:
        """How many calls of a window this share may fill."""
        return self.limit if share is Share.UPKEEP else max(1, self.limit - self.kept)

    @property
    def spacing_s(self) -> float:
        """The distance of two slots in the line."""
        return self.window_s / self.allows(Share.ORDINARY)


@dataclass(frozen=True, slots=True)
class Grant:
    """Go ahead. A probe is the one call that finds out whether a penalty is over."""

    probe: bool = False


@dataclass(frozen=True, slots=True)
class Wait:
    """Not now: come back `at`, a slot that is yours alone for `GRACE_S`."""

    at: float


@dataclass(slots=True)
class Limiter:
    """The calls of one sender in one group.

    `ask` before a call. With a grant, make the call and give the grant back: `answered`, or `lost`
    when no answer came. If the answer was a refusal for its rate, `penalise` follows.
    """

    rate: Rate
    silent_until: float | None = None
    _done: deque[float] = field(default_factory=deque)
    _flying: int = 0
    _probing: bool = False
    _line: list[float] = field(default_factory=list)
    _owner: dict[float, Hashable] = field(default_factory=dict)
    _slot: dict[Hashable, float] = field(default_factory=dict)

    def probes(self, now: float) -> bool:
        """Whether the next call would find out if a penalty is over."""
        return self.silent_until is not None and now >= self.silent_until

    def ask(self, key: Hashable, share: Share, now: float) -> Grant | Wait:
        """Ask to make the call `key` now."""
        self._forget(now)
        if self.silent_until is not None:
            return self._ask_in_penalty(key, share, self.silent_until, now)
        slot = self._slot.get(key)
        if slot is not None:
            return self._ask_in_line(key, slot, now)
        promised = 0
        if share is Share.ORDINARY:
            promised = bisect_right(self._line, now + self.rate.window_s)
        if self._used() + promised < self.rate.allows(share):
            return self._grant(key)
        return self._reserve(key, share, now)

    def answered(self, grant: Grant, now: float) -> None:
        """Note that the call came back. It counts from now on: it arrived there before."""
        self.lost(grant, now)
        if grant.probe:
            self.silent_until = None

    def lost(self, grant: Grant, now: float) -> None:
        """Note that the call ended without an answer; a probe proved nothing then."""
        self._flying -= 1
        self._done.append(now)
        if grant.probe:
            self._probing = False

    def line_up(self, key: Hashable, share: Share, now: float) -> Wait:
        """Give a slot without asking whether the call could be made now."""
        slot = self._slot.get(key)
        if slot is None:
            return self._reserve(key, share, now)
        if slot > now:
            return Wait(slot)
        return self._move(key, self._room_at(now, Share.UPKEEP) + NEAR_S)

    def penalise(self, until: float) -> None:
        """Be silent until then. The line moves behind it and keeps its order."""
        self.silent_until = max(until, self.silent_until or until)
        self._move_line(self.silent_until + self.rate.spacing_s)

    def remaining(self, now: float) -> int:
        """Tell how many calls are left in the window that ends now; none during a penalty."""
        self._forget(now)
        if self.silent_until is not None and now < self.silent_until:
            return 0
        return max(0, self.rate.limit - self._used())

    def learn(self, rate: Rate, remaining: int | None, now: float) -> None:
        """Take over what an answer's headers say.

        The window may be used by somebody else too (before our restart, by another process): calls
        that were counted there and not here are added.
        """
        self.rate = rate
        self._forget(now)
        if remaining is not None:
            unseen = min(rate.limit, rate.limit - remaining) - self._used()
            self._done.extend([now] * max(0, unseen))

    def _ask_in_penalty(
        self, key: Hashable, share: Share, silent_until: float, now: float
    ) -> Grant | Wait:
        if now >= silent_until and not self._probing and self._used() < self.rate.limit:
            self._probing = True
            return self._grant(key, probe=True)
        return self.line_up(key, share, now)

    def _ask_in_line(self, key: Hashable, slot: float, now: float) -> Grant | Wait:
        if now < slot:
            return Wait(slot)
        if self._used() < self.rate.limit:
            return self._grant(key)
        return self.line_up(key, Share.UPKEEP, now)

    def _grant(self, key: Hashable, *, probe: bool = False) -> Grant:
        self._leave_line(key)
        self._flying += 1
        return Grant(probe)

    def _reserve(self, key: Hashable, share: Share, now: float) -> Wait:
        """Give a place at the end of the line; upkeep does not queue behind pages."""
        earliest = max(self._room_at(now, share), self.silent_until or now)
        if share is Share.UPKEEP:
            return self._move(key, earliest + NEAR_S)
        last = self._line[-1] if self._line else now
        return self._move(key, max(earliest, last) + self.rate.spacing_s)

    def _move(self, key: Hashable, at: float) -> Wait:
        self._leave_line(key)
        while at in self._owner:
            at += self.rate.spacing_s / 16
        insort(self._line, at)
        self._owner[at] = key
        self._slot[key] = at
        return Wait(at)

    def _leave_line(self, key: Hashable) -> None:
        slot = self._slot.pop(key, None)
        if slot is not None:
            del self._owner[slot]
            del self._line[bisect_left(self._line, slot)]

    def _move_line(self, first: float) -> None:
        if not self._line or self._line[0] >= first:
            return
        by = first - self._line[0]
        self._line = [at + by for at in self._line]
        self._owner = {at + by: key for at, key in self._owner.items()}
        self._slot = {key: at for at, key in self._owner.items()}

    def _used(self) -> int:
        return len(self._done) + self._flying

    def _room_at(self, now: float, share: Share) -> float:
        """When the window will have room for one more, if nobody else calls."""
        surplus = self._used() - self.rate.allows(share)
        if surplus < 0:
            return now
        oldest = self._done[surplus] if surplus < len(self._done) else now
        return oldest + self.rate.window_s

    def _forget(self, now: float) -> None:
        """Drop calls that left the window and slots nobody came for."""
        while self._done and self._done[0] <= now - self.rate.window_s:
            self._done.popleft()
        expired = bisect_left(self._line, now - GRACE_S)
        for at in self._line[:expired]:
            del self._slot[self._owner.pop(at)]
        del self._line[:expired]

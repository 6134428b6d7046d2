"""How much of a sender's quota waiting pages use, in moved time, and whether a penalty is kept.

The limiter in use meets a server that counts as RingCentral does: so many calls in any minute, a
penalty of a minute beyond it, started anew by each call that comes during it.
"""

import heapq
import math
from collections import deque
from dataclasses import dataclass, field

import pytest

from adapters.pager.ringcentral.limiter import Limiter, Rate, Share, Wait
from tests.benchmarks.measuring import Bench

pytestmark = pytest.mark.benchmark

WINDOW_S = 60.0
LIMIT = 40
PAGES = 10_000


@dataclass
class Server:
    """Counts calls over a sliding window and punishes who exceeds it."""

    accepted: int = 0
    refused: int = 0
    disturbed: int = 0
    """Calls during a penalty."""
    silent_until: float = 0.0
    _times: deque[float] = field(default_factory=deque)

    def call(self, now: float) -> bool:
        """Take a call, or refuse it for its rate."""
        while self._times and self._times[0] <= now - WINDOW_S:
            self._times.popleft()
        if now < self.silent_until or len(self._times) >= LIMIT:
            self.disturbed += now < self.silent_until
            self.refused += 1
            self.silent_until = now + WINDOW_S
            return False
        self._times.append(now)
        self.accepted += 1
        return True

    @property
    def remaining(self) -> int:
        """What the header of an answer says."""
        return LIMIT - len(self._times)


@dataclass
class Sender:
    """Sends pages that all wait, as the dispatcher does: each comes back when it is told to."""

    rate: Rate
    restart_after: int = 0
    server: Server = field(default_factory=Server)

    def send(self, pages: int) -> float:
        """Send them all; gives the seconds it takes."""
        limiter, now = Limiter(self.rate), 0.0
        waiting = [(0.0, number) for number in range(pages)]
        while waiting:
            due, number = heapq.heappop(waiting)
            now = max(now, due)
            if self.server.accepted == self.restart_after > 0:
                limiter, self.restart_after = Limiter(self.rate), 0
            verdict = limiter.ask(number, Share.ORDINARY, now)
            if isinstance(verdict, Wait):
                heapq.heappush(waiting, (verdict.at, number))
                continue
            taken = self.server.call(now)
            limiter.answered(verdict, now)
            if taken:
                limiter.learn(self.rate, self.server.remaining, now)
            else:
                limiter.penalise(now + WINDOW_S)
                heapq.heappush(waiting, (now + WINDOW_S, number))
        return now


def oracle_s(pages: int) -> float:
    """Tell how long who knows everything needs."""
    return (math.ceil(pages / LIMIT) - 1) * WINDOW_S


@pytest.mark.parametrize("restart_after", [0, PAGES // 2], ids=["one run", "a restart"])
@pytest.mark.parametrize("kept", [0, LIMIT // 10], ids=["all", "a tenth kept"])
def test_waiting_pages_use_the_quota_and_keep_silence(
    bench: Bench, kept: int, restart_after: int
) -> None:
    """At least 0.99 of what is free for pages; not one call in a penalty."""
    sender = Sender(Rate(LIMIT, WINDOW_S, kept), restart_after)
    took_s = sender.send(PAGES)
    free = (LIMIT - kept) / LIMIT
    used = oracle_s(PAGES) / took_s
    what = f"{kept} of {LIMIT} kept{', a restart' if restart_after else ''}"
    bench.exactly(f"calls in a penalty, {what}", sender.server.disturbed, 0)
    bench.at_most(f"pages lost to the oracle, {what}", 1 - used / free, "", 0.01, 0.03)

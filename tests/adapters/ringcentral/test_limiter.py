"""The limiter's promises, against a model of RingCentral's own counting."""

import heapq
from collections import deque
from collections.abc import Hashable
from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.pager.ringcentral.limiter import GRACE_S, Grant, Limiter, Rate, Share, Wait

ORDINARY, UPKEEP = Share.ORDINARY, Share.UPKEEP


@dataclass
class Server:
    """Counts calls as RingCentral does: a sliding window, and a penalty that calls restart."""

    limit: int
    window_s: float = 60.0
    penalty_s: float = 60.0
    calls: deque[float] = field(default_factory=deque)
    penalty_until: float = 0.0
    refusals: int = 0

    def takes(self, now: float) -> bool:
        while self.calls and self.calls[0] <= now - self.window_s:
            self.calls.popleft()
        if now < self.penalty_until or len(self.calls) >= self.limit:
            self.penalty_until = now + self.penalty_s
            self.refusals += 1
            return False
        self.calls.append(now)
        return True


@dataclass
class World:
    """Many callers who come back when they were told to, in virtual time."""

    limiter: Limiter
    server: Server
    latency_s: float = 0.25
    asked: int = 0
    ended: list[tuple[float, Hashable]] = field(default_factory=list)

    def run(self, arrivals: list[tuple[float, Hashable, Share]], late_s: float = 0.0) -> None:
        events: list[tuple[float, int, object]] = []
        for order, arrival in enumerate(arrivals):
            heapq.heappush(events, (arrival[0], order, arrival[1:]))
        order = len(arrivals)
        while events:
            now, _, what = heapq.heappop(events)
            order += 1
            again = self._step(now, what, late_s)
            if again is not None:
                heapq.heappush(events, (again[0], order, again[1]))

    def _step(self, now: float, what: object, late_s: float) -> tuple[float, object] | None:
        match what:
            case (key, Share() as share):
                self.asked += 1
                verdict = self.limiter.ask(key, share, now)
                if isinstance(verdict, Wait):
                    assert verdict.at > now
                    return verdict.at + late_s, what
                accepted = self.server.takes(now + self.latency_s / 2)
                return now + self.latency_s, (verdict, accepted, key, share)
            case (Grant() as grant, bool() as accepted, key, share):
                self.limiter.answered(grant, now)
                if accepted:
                    self.ended.append((now, key))
                    return None
                self.limiter.penalise(now + self.server.penalty_s)
                return now, (key, share)
        raise AssertionError(what)


def test_ten_thousand_pages_at_once_never_cause_a_refusal_and_all_go_at_full_speed() -> None:
    """Everybody comes back exactly once, and the window is never exceeded."""
    world = World(Limiter(Rate(40, kept=4)), Server(40))
    world.run([(0.0, f"page-{n}", ORDINARY) for n in range(10_000)])
    assert world.server.refusals == 0
    assert len(world.ended) == 10_000
    assert world.asked == 10_000 + 10_000 - 36
    assert max(at for at, _ in world.ended) < 10_000 / 36 * 60 + 120


def test_waiting_pages_get_distinct_slots_in_the_order_they_asked() -> None:
    """Slots are spread over time, so nobody stampedes; asking again does not lose one's place."""
    limiter = Limiter(Rate(40, kept=4))
    verdicts = [limiter.ask(n, ORDINARY, 0.0) for n in range(136)]
    slots = [verdict.at for verdict in verdicts if isinstance(verdict, Wait)]
    assert len(slots) == 100
    assert slots == sorted(set(slots))
    assert limiter.ask(135, ORDINARY, 1.0) == Wait(slots[-1])


@given(
    st.lists(
        st.tuples(st.floats(0, 300), st.integers(0, 50), st.sampled_from(Share)), max_size=120
    ),
    st.integers(1, 20),
    st.integers(0, 5),
    st.floats(0, GRACE_S - 1),
    st.floats(0.01, 5),
)
def test_whatever_the_arrivals_the_server_never_refuses(
    arrivals: list[tuple[float, int, Share]],
    limit: int,
    kept: int,
    late_s: float,
    latency_s: float,
) -> None:
    """Our count includes all of the server's, however late answers and callers are."""
    world = World(Limiter(Rate(limit, kept=kept)), Server(limit), latency_s)
    world.run([(at, (n, i), share) for i, (at, n, share) in enumerate(arrivals)], late_s)
    assert world.server.refusals == 0
    assert len(world.ended) == len(arrivals)


@given(st.integers(1, 30), st.integers(1, 2000), st.floats(1, 120))
def test_a_penalty_is_never_restarted_and_ends_with_one_probe(
    waiting: int, limit: int, penalty_s: float
) -> None:
    """All are silent until it is over; then exactly one call goes, and the rest follow it."""
    limiter = Limiter(Rate(limit))
    limiter.penalise(penalty_s)
    during = [limiter.ask(n, ORDINARY, penalty_s * n / (waiting + 1)) for n in range(waiting)]
    assert all(isinstance(verdict, Wait) and verdict.at > penalty_s for verdict in during)
    after = [limiter.ask(n, ORDINARY, penalty_s) for n in range(waiting)]
    assert after[0] == Grant(probe=True)
    assert all(isinstance(verdict, Wait) for verdict in after[1:])
    limiter.answered(Grant(probe=True), penalty_s + 0.1)
    assert limiter.silent_until is None


def test_an_answer_to_an_older_call_does_not_end_the_penalty() -> None:
    """Only the probe proves anything."""
    limiter = Limiter(Rate(40))
    older = limiter.ask("older", ORDINARY, 0.0)
    assert isinstance(older, Grant)
    limiter.penalise(60.0)
    limiter.answered(older, 0.5)
    assert isinstance(limiter.ask("next", ORDINARY, 1.0), Wait)


def test_a_lost_probe_lets_another_one_go() -> None:
    """A probe without an answer proves nothing, and does not block for ever."""
    limiter = Limiter(Rate(40))
    limiter.penalise(60.0)
    assert limiter.ask("probe", ORDINARY, 60.0) == Grant(probe=True)
    limiter.lost(Grant(probe=True), 61.0)
    assert limiter.ask("another", ORDINARY, 61.0) == Grant(probe=True)


def test_a_refused_probe_starts_the_silence_anew() -> None:
    """The line waits behind the new penalty, in its order."""
    limiter = Limiter(Rate(40))
    limiter.penalise(60.0)
    first, second = limiter.ask("a", ORDINARY, 1.0), limiter.ask("b", ORDINARY, 1.0)
    assert limiter.ask("probe", ORDINARY, 60.0) == Grant(probe=True)
    limiter.answered(Grant(probe=True), 60.1)
    limiter.penalise(120.1)
    moved = [limiter.ask(key, ORDINARY, 62.0) for key in ("a", "b")]
    assert isinstance(first, Wait)
    assert isinstance(second, Wait)
    assert [verdict.at > 120.1 for verdict in moved if isinstance(verdict, Wait)] == [True, True]
    assert moved == sorted(moved, key=lambda verdict: getattr(verdict, "at", 0))


def test_upkeep_goes_while_pages_wait() -> None:
    """The kept share is there for subscriptions even in a storm, and only for them."""
    limiter = Limiter(Rate(40, kept=4))
    storm = [limiter.ask(("page", n), ORDINARY, 0.0) for n in range(500)]
    upkeep = [limiter.ask(("upkeep", n), UPKEEP, 0.0) for n in range(4)]
    assert sum(isinstance(verdict, Grant) for verdict in storm) == 36
    assert upkeep == [Grant()] * 4
    late = limiter.ask(("upkeep", 4), UPKEEP, 0.0)
    assert isinstance(late, Wait)
    assert late.at < 70


def test_slots_nobody_comes_for_are_given_to_others() -> None:
    """After an outage the old line is gone: no burst, no dead places."""
    limiter = Limiter(Rate(2))
    for verdict in [limiter.ask(n, ORDINARY, 0.0) for n in range(4)]:
        if isinstance(verdict, Grant):
            limiter.answered(verdict, 0.5)
    assert limiter.ask("newcomer", ORDINARY, 1000.0) == Grant()
    assert limiter.ask(2, ORDINARY, 1000.0) == Grant()
    assert isinstance(limiter.ask(3, ORDINARY, 1000.0), Wait)


def test_what_others_used_of_the_window_is_learned_from_the_headers() -> None:
    """After a restart the server still counts calls we no longer know of."""
    limiter = Limiter(Rate(40))
    grant = limiter.ask("first", ORDINARY, 0.0)
    assert isinstance(grant, Grant)
    limiter.answered(grant, 0.1)
    limiter.learn(Rate(40), 0, 0.1)
    assert isinstance(limiter.ask("second", ORDINARY, 1.0), Wait)
    assert limiter.ask("third", ORDINARY, 60.2) == Grant()


@pytest.mark.parametrize("remaining", [None, -5, 10**9])
def test_nonsense_in_the_headers_does_no_harm(remaining: int | None) -> None:
    """A remaining count outside the limit neither frees nor blocks more than one window."""
    limiter = Limiter(Rate(2))
    limiter.learn(Rate(2), remaining, 0.0)
    verdict = limiter.ask("call", ORDINARY, 60.0)
    assert verdict == Grant()

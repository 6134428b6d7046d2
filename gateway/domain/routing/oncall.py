"""Who is on call: rotations, single shifts and overrides, as turns that come and go.

A schedule is made of layers; whoever has a turn in the last layer that has one is on call. Turns
repeat in wall time, so a handover at 09:00 stays at 09:00 when the clocks change.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo

from gateway.domain.routing.intervals import TimeInterval, any_contains, next_change

_MOST_EDGES = 1000
_FAR = timedelta(days=400)


@dataclass(frozen=True, slots=True)
class Turn:
    """Somebody's duty: once, or again `every` so often.

    `starts` and `lasts` are wall time in `zone`. Repetitions end before `until` (aware), after
    `count`, and leave out those that would start at `skips`. With `during`, the duty holds only
    inside these intervals.
    """

    who: tuple[str, ...]
    starts: datetime
    lasts: timedelta
    zone: tzinfo = UTC
    every: timedelta | None = None
    until: datetime | None = None
    count: int | None = None
    skips: frozenset[datetime] = frozenset()
    during: tuple[TimeInterval, ...] = ()

    def covers(self, at: datetime) -> bool:
        """Tell whether the duty holds at a moment (aware)."""
        in_a_shift = any(begin <= at < end for begin, end in self._shifts(at, ahead=1))
        return in_a_shift and (not self.during or any_contains(self.during, at))

    def next_edge(self, at: datetime) -> datetime | None:
        """Find the first moment after `at` at which the duty may begin or end (UTC)."""
        ahead = 2 + len(self.skips)
        edges = [edge for shift in self._shifts(at, ahead=ahead) for edge in shift]
        if self.during and (change := next_change(self.during, at)):
            edges.append(change)
        return min((edge for edge in edges if edge > at), default=None)

    def _shifts(self, at: datetime, ahead: int) -> Iterator[tuple[datetime, datetime]]:
        """List the shifts that may touch a moment and so many after it."""
        first = last = 0
        if self.every:
            near = (at.astimezone(self.zone).replace(tzinfo=None) - self.starts) // self.every
            first = max(near - 1 - self.lasts // self.every, 0)
            last = max(near, 0) + ahead
        for number in range(first, last + 1):
            if shift := self._shift(number):
                yield shift

    def _shift(self, number: int) -> tuple[datetime, datetime] | None:
        starts = self.starts + number * (self.every or timedelta(0))
        begin, end = self._moment(starts), self._moment(starts + self.lasts)
        is_over = (self.until and begin >= self.until) or (self.count and number >= self.count)
        return None if is_over or starts in self.skips else (begin, end)

    def _moment(self, wall: datetime) -> datetime:
        return wall.replace(tzinfo=self.zone).astimezone(UTC)


def rotation(
    people: tuple[str, ...],
    starts: datetime,
    every: timedelta,
    zone: tzinfo = UTC,
    during: tuple[TimeInterval, ...] = (),
) -> tuple[Turn, ...]:
    """Let people take turns of equal length, beginning with the first."""
    return tuple(
        Turn((who,), starts + place * every, every, zone, every * len(people), during=during)
        for place, who in enumerate(people)
    )


@dataclass(frozen=True, slots=True)
class Schedule:
    """Layers of turns; a later layer goes before an earlier one, and overrides are the last."""

    name: str
    layers: tuple[tuple[Turn, ...], ...]

    def everybody(self) -> tuple[str, ...]:
        """Name all who ever have a turn."""
        turns = (turn for layer in self.layers for turn in layer)
        return tuple(dict.fromkeys(who for turn in turns for who in turn.who))

    def at(self, moment: datetime) -> tuple[str, ...]:
        """Name those on call at a moment; none when nobody has a turn."""
        for layer in reversed(self.layers):
            if on_duty := [who for turn in layer if turn.covers(moment) for who in turn.who]:
                return tuple(dict.fromkeys(on_duty))
        return ()


@dataclass(frozen=True, slots=True)
class OnCall:
    """Who is on call, `until` when (UTC), and who is `next`.

    `until` is `None` when nothing changes for more than a year.
    """

    who: tuple[str, ...]
    until: datetime | None
    next: tuple[str, ...]


def on_call(schedule: Schedule, at: datetime) -> OnCall:
    """Tell who is on call at a moment (aware) and what comes after."""
    who = schedule.at(at)
    moment = at
    for _ in range(_MOST_EDGES):
        edges = (turn.next_edge(moment) for layer in schedule.layers for turn in layer)
        following = min((edge for edge in edges if edge), default=None)
        if following is None or following > at + _FAR:
            break
        moment = following
        if (after := schedule.at(moment)) != who:
            return OnCall(who, moment, after)
    return OnCall(who, None, ())

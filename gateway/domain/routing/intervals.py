"""Time intervals: nights, weekends, office hours, as Alertmanager describes them.

Everything is compared in wall time of the interval's zone, so a time that a clock change skips is
not seen on that day, and one that comes twice is seen twice.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta, tzinfo

from gateway.domain.routing.syntax import RoutingSyntaxError

MINUTES_A_DAY = 24 * 60


@dataclass(frozen=True, slots=True)
class Span:
    """From `first` to `last`, both included."""

    first: int
    last: int

    def holds(self, number: int) -> bool:
        """Tell whether a number lies inside."""
        return self.first <= number <= self.last


@dataclass(frozen=True, slots=True)
class TimesOfDay:
    """Minutes since midnight on the wall clock: `begin` is included, `end` is not."""

    begin: int
    end: int

    def holds(self, minute: int) -> bool:
        """Tell whether a minute lies inside."""
        return self.begin <= minute < self.end


@dataclass(frozen=True, slots=True)
class TimeInterval:
    """Times at which every field agrees; an empty field always does.

    `weekdays` count from Sunday (0), `months` from January (1). Negative `days_of_month` count
    from the month's end, -1 being its last day.
    """

    times: tuple[TimesOfDay, ...] = ()
    weekdays: tuple[Span, ...] = ()
    days_of_month: tuple[Span, ...] = ()
    months: tuple[Span, ...] = ()
    years: tuple[Span, ...] = ()
    location: tzinfo = UTC

    def contains(self, at: datetime) -> bool:
        """Tell whether a moment (aware) lies inside."""
        wall = at.astimezone(self.location)
        return (
            _any_holds(self.times, wall.hour * 60 + wall.minute)
            and _any_holds(self.weekdays, wall.isoweekday() % 7)
            and _any_holds(self.months, wall.month)
            and _any_holds(self.years, wall.year)
            and _any_holds(_in_month(self.days_of_month, wall), wall.day)
        )


def _any_holds(spans: Sequence[Span | TimesOfDay], number: int) -> bool:
    return not spans or any(span.holds(number) for span in spans)


def _in_month(days: Sequence[Span], wall: datetime) -> Sequence[Span]:
    """Count days from the month's end where they are negative."""
    if not days:
        return days
    next_month = (wall.replace(day=28) + timedelta(days=4)).replace(day=1)
    length = (next_month - timedelta(days=1)).day

    def day(number: int) -> int:
        return number if number > 0 else length + number + 1

    return [Span(max(day(span.first), 1), day(span.last)) for span in days]


def any_contains(intervals: Iterable[TimeInterval], at: datetime) -> bool:
    """Tell whether a moment lies in any of them."""
    return any(interval.contains(at) for interval in intervals)


# --- when it changes ---------------------------------------------------------------------------


def next_change(
    intervals: Sequence[TimeInterval], at: datetime, *, within_days: int = 400
) -> datetime | None:
    """Find when `any_contains` is next answered differently (UTC).

    `None` if that is not within so many days.
    """
    now = any_contains(intervals, at)
    for days in range(within_days):
        begin = at + timedelta(days=days)
        for moment in sorted(_edges(intervals, begin)):
            if any_contains(intervals, moment) != now:
                return moment
    return None


def _edges(intervals: Sequence[TimeInterval], begin: datetime) -> set[datetime]:
    """List the moments of the 24 hours after `begin` at which an answer can change."""
    edges: set[datetime] = set()
    for interval in intervals:
        today = datetime.combine(begin.astimezone(interval.location).date(), time())
        minutes = {0, *(m for span in interval.times for m in (span.begin, span.end))}
        for days in range(3):
            midnight = today + timedelta(days=days)
            edges.update(_clock_change(midnight, interval.location))
            for minute in minutes:
                edges.update(_instants(midnight + timedelta(minutes=minute), interval.location))
    return {edge for edge in edges if begin < edge <= begin + timedelta(days=1)}


def _instants(wall: datetime, zone: tzinfo) -> Iterator[datetime]:
    """Give the moments at which a clock shows this, one or two."""
    for fold in (0, 1):
        yield wall.replace(tzinfo=zone, fold=fold).astimezone(UTC)


def _clock_change(midnight: datetime, zone: tzinfo) -> Iterator[datetime]:
    """Find the moment at which clocks are changed on this day, if they are."""
    begin = midnight.replace(tzinfo=zone).astimezone(UTC)
    end = begin + timedelta(days=1, hours=1)
    if begin.astimezone(zone).utcoffset() == end.astimezone(zone).utcoffset():
        return
    while end - begin > timedelta(minutes=1):
        middle = begin + (end - begin) / 2
        if middle.astimezone(zone).utcoffset() == begin.astimezone(zone).utcoffset():
            begin = middle
        else:
            end = middle
    yield end.replace(second=0, microsecond=0)


# --- reading -----------------------------------------------------------------------------------

WEEKDAYS = ("sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday")
MONTHS = (
    *("january", "february", "march", "april", "may", "june"),
    *("july", "august", "september", "october", "november", "december"),
)
_SHORTEST_MONTH, _LONGEST_MONTH = 28, 31
_CLOCK = re.compile("([0-9]{2}):([0-5][0-9])")


def parse_time(text: str) -> int:
    """Read `09:30` or `24:00` as minutes since midnight.

    Raises:
        RoutingSyntaxError: it is no time of day.
    """
    clock = _CLOCK.fullmatch(text)
    minute = int(clock[1]) * 60 + int(clock[2]) if clock else MINUTES_A_DAY + 1
    if minute > MINUTES_A_DAY:
        raise RoutingSyntaxError('expected a time of day from "00:00" to "24:00"')
    return minute


def parse_weekdays(text: str) -> Span:
    """Read `saturday` or `monday:friday`; the week begins on Sunday.

    Raises:
        RoutingSyntaxError: an unknown name, or the range runs backwards.
    """
    return _range(text, lambda word: _named(word, WEEKDAYS, "weekday"))


def parse_months(text: str) -> Span:
    """Read `may`, `5`, `june:august` or `6:8`.

    Raises:
        RoutingSyntaxError: an unknown name or number, or the range runs backwards.
    """

    def month(word: str) -> int:
        return (
            _between(word, 1, 12, "month")
            if word.isdecimal()
            else _named(word, MONTHS, "month") + 1
        )

    return _range(text, month)


def parse_years(text: str) -> Span:
    """Read `2027` or `2026:2028`.

    Raises:
        RoutingSyntaxError: no number, or the range runs backwards.
    """
    return _range(text, lambda word: _between(word, 1, 9999, "year"))


def parse_days_of_month(text: str) -> Span:
    """Read `1`, `-1`, `1:7` or `-3:-1`.

    Raises:
        RoutingSyntaxError: no day, or the range ends before it begins in some month.
    """

    def day(word: str) -> int:
        number = _between(word, -_LONGEST_MONTH, _LONGEST_MONTH, "day of the month")
        if number == 0:
            raise RoutingSyntaxError("there is no day 0 in a month")
        return number

    span = _range(text, day, ordered=False)
    if span.first < 0 < span.last:
        raise RoutingSyntaxError("a range from the end of the month has to end there too")
    first, last = (n if n > 0 else _SHORTEST_MONTH + n for n in (span.first, span.last))
    if last < first:
        raise RoutingSyntaxError("the range ends before it begins")
    return span


def _range(text: str, read: Callable[[str], int], *, ordered: bool = True) -> Span:
    """Read `a` or `a:b`, moving mistakes in `b` to where it stands."""
    first_word, colon, last_word = text.partition(":")
    first = read(first_word)
    if not colon:
        return Span(first, first)
    try:
        span = Span(first, read(last_word))
    except RoutingSyntaxError as error:
        raise error.moved(len(first_word) + 1) from None
    if ordered and span.last < span.first:
        raise RoutingSyntaxError("the range ends before it begins; write it as two")
    return span


def _named(word: str, names: Sequence[str], what: str) -> int:
    if word.lower() in names:
        return names.index(word.lower())
    near = [name for name in names if len(word) > 1 and name.startswith(word.lower())]
    hint = f' — did you mean "{near[0]}"?' if near else ""
    raise RoutingSyntaxError(f'"{word}" is no {what}{hint}')


def _between(word: str, least: int, most: int, what: str) -> int:
    digits = word.removeprefix("-")
    number = int(word) if digits.isascii() and digits.isdecimal() and len(digits) < 5 else most + 1  # noqa: PLR2004  no number here is longer
    if not least <= number <= most:
        raise RoutingSyntaxError(f'"{word}" is no {what}')
    return number

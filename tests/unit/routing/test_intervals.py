"""Time intervals hold in wall time, on the nights when clocks change too."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.domain.routing.intervals import (
    Span,
    TimeInterval,
    TimesOfDay,
    any_contains,
    next_change,
    parse_days_of_month,
    parse_months,
    parse_time,
    parse_weekdays,
    parse_years,
)
from gateway.domain.routing.syntax import RoutingSyntaxError

PARIS = ZoneInfo("Europe/Paris")
NIGHTS = TimeInterval((TimesOfDay(22 * 60, 24 * 60), TimesOfDay(0, 6 * 60)), location=PARIS)


def paris(text: str, fold: int = 0) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=PARIS, fold=fold)


@pytest.mark.parametrize(
    ("moment", "inside"),
    [
        ("2026-01-15T21:59:59", False),
        ("2026-01-15T22:00", True),
        ("2026-01-15T23:59:59", True),
        ("2026-01-16T00:00", True),
        ("2026-01-16T05:59:59", True),
        ("2026-01-16T06:00", False),
        ("2026-07-15T22:00", True),
    ],
)
def test_starts_are_included_and_ends_are_not(moment: str, inside: bool) -> None:  # noqa: FBT001  an example's outcome
    """A night of two ranges has no gap at midnight, in winter and in summer."""
    assert NIGHTS.contains(paris(moment).astimezone(UTC)) == inside


def test_a_skipped_hour_is_not_seen_and_a_doubled_one_is_seen_twice() -> None:
    """Between 02:00 and 03:00, the night clocks go forward has no minute, the other 120."""
    hour = TimeInterval((TimesOfDay(2 * 60, 3 * 60),), location=PARIS)

    def minutes(day: datetime) -> int:
        return sum(hour.contains(day + timedelta(minutes=n)) for n in range(24 * 60))

    assert minutes(datetime(2026, 3, 28, 12, tzinfo=UTC)) == 0
    assert minutes(datetime(2026, 10, 24, 12, tzinfo=UTC)) == 120
    assert minutes(datetime(2026, 6, 1, 12, tzinfo=UTC)) == 60


@pytest.mark.parametrize(
    ("interval", "inside", "outside"),
    [
        (TimeInterval(weekdays=(Span(1, 5),)), "2026-01-16", "2026-01-17"),
        (TimeInterval(weekdays=(Span(0, 0),)), "2026-01-18", "2026-01-19"),
        (TimeInterval(months=(Span(5, 8),)), "2026-08-31", "2026-09-01"),
        (TimeInterval(years=(Span(2026, 2027),)), "2027-12-31", "2028-01-01"),
        (TimeInterval(days_of_month=(Span(-1, -1),)), "2028-02-29", "2028-02-28"),
        (TimeInterval(days_of_month=(Span(-3, -1),)), "2026-04-28", "2026-04-27"),
        (TimeInterval(days_of_month=(Span(31, 31),)), "2026-01-31", "2026-02-28"),
        (TimeInterval(days_of_month=(Span(-31, -29),)), "2026-01-03", "2026-02-01"),
        (TimeInterval(days_of_month=(Span(25, -1),)), "2026-02-28", "2026-02-24"),
        (
            TimeInterval(weekdays=(Span(5, 5),), days_of_month=(Span(13, 13),)),
            "2026-02-13",
            "2026-01-13",
        ),
    ],
)
def test_fields_agree(interval: TimeInterval, inside: str, outside: str) -> None:
    """Every field that is set has to hold; days are counted from the month's end too."""
    assert interval.contains(datetime.fromisoformat(inside).replace(tzinfo=UTC))
    assert not interval.contains(datetime.fromisoformat(outside).replace(tzinfo=UTC))


# --- when it changes ---------------------------------------------------------------------------

_zones = st.sampled_from(
    [UTC, PARIS, ZoneInfo("America/New_York"), ZoneInfo("Australia/Lord_Howe")]
)
_times = st.tuples(st.integers(0, 1439), st.integers(1, 1440)).filter(lambda t: t[0] < t[1])
_intervals = st.builds(
    TimeInterval,
    times=st.lists(_times.map(lambda t: TimesOfDay(*t)), max_size=2).map(tuple),
    weekdays=st.sampled_from([(), (Span(6, 6), Span(0, 0)), (Span(1, 5),)]),
    location=_zones,
)
_around_changes = st.sampled_from(
    ["2026-03-07", "2026-03-28", "2026-10-03", "2026-10-24", "2026-11-01"]
)


@settings(max_examples=60, deadline=None)
@given(st.lists(_intervals, min_size=1, max_size=2), _around_changes, st.integers(0, 1439))
def test_the_next_change_is_what_a_walk_finds(
    intervals: list[TimeInterval], day: str, minute: int
) -> None:
    """Looking at every minute of the following days finds the same moment."""
    at = datetime.fromisoformat(day).replace(tzinfo=UTC) + timedelta(minutes=minute)
    now = any_contains(intervals, at)
    steps = (at + timedelta(minutes=n) for n in range(1, 2 * 1440))
    walked = next((step for step in steps if any_contains(intervals, step) != now), None)
    assert next_change(intervals, at, within_days=2) in {walked, at + timedelta(days=2)}


def test_what_never_changes_says_so() -> None:
    """An interval without fields holds always."""
    assert next_change([TimeInterval()], datetime(2026, 1, 1, tzinfo=UTC)) is None


# --- reading -----------------------------------------------------------------------------------


def test_every_notation_is_read() -> None:
    """Names in any case, numbers for months, single values and ranges."""
    assert parse_time("24:00") == 1440
    assert parse_time("09:30") == 570
    assert parse_weekdays("Monday:FRIDAY") == Span(1, 5)
    assert parse_weekdays("sunday") == Span(0, 0)
    assert parse_months("may:8") == Span(5, 8)
    assert parse_years("2026") == Span(2026, 2026)
    assert parse_days_of_month("-3:-1") == Span(-3, -1)
    assert parse_days_of_month("1:-1") == Span(1, -1)


@pytest.mark.parametrize(
    "text", ["9:00", "24:01", "12:60", "0900", "12:3", "a:b", "\u0660\u0661:\u0660\u0660", ""]
)
def test_what_is_no_time_of_day_is_refused(text: str) -> None:
    """Two digits, a colon, two digits, and not later than 24:00."""
    with pytest.raises(RoutingSyntaxError):
        parse_time(text)


@pytest.mark.parametrize(
    ("read", "text", "at", "problem"),
    [
        (parse_weekdays, "saturday:sunday", 0, "the range ends before it begins; write it as two"),
        (parse_weekdays, "monday:fri", 7, '"fri" is no weekday — did you mean "friday"?'),
        (parse_weekdays, "1", 0, '"1" is no weekday'),
        (parse_months, "13", 0, '"13" is no month'),
        (parse_months, "june:may", 0, "the range ends before it begins; write it as two"),
        (parse_days_of_month, "0", 0, "there is no day 0 in a month"),
        (parse_days_of_month, "32", 0, '"32" is no day of the month'),
        (parse_days_of_month, "-1:1", 0, "a range from the end of the month has to end there too"),
        (parse_days_of_month, "28:-1", 0, "the range ends before it begins"),
        (parse_years, "20266", 0, '"20266" is no year'),
    ],
)
def test_what_is_no_range_is_pointed_at(
    read: Callable[[str], Span], text: str, at: int, problem: str
) -> None:
    """Unknown names and ranges that run backwards are named, with a guess where there is one."""
    with pytest.raises(RoutingSyntaxError) as error:
        read(text)
    assert (error.value.at, error.value.problem) == (at, problem)

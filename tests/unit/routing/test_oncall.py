"""Who is on call, until when and who is next, across handovers, overrides and clock changes."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.domain.routing.intervals import Span, TimeInterval, TimesOfDay
from gateway.domain.routing.oncall import OnCall, Schedule, Turn, on_call, rotation

PARIS = ZoneInfo("Europe/Paris")
DAY = timedelta(days=1)
wall = datetime.fromisoformat
WEEK = timedelta(weeks=1)
WEEKLY = rotation(("bo", "avery", "dana"), wall("2026-03-02T09:00"), WEEK, PARIS)
SCHEDULE = Schedule("dba", (WEEKLY,))


def paris(text: str) -> datetime:
    return wall(text).replace(tzinfo=PARIS)


def shift(who: str, begin: str, end: str) -> Turn:
    return Turn((who,), wall(begin), wall(end) - wall(begin), PARIS)


def test_people_take_turns() -> None:
    """Each has a week, then the next, and the first again; before the start nobody has."""
    assert on_call(SCHEDULE, paris("2026-03-02T09:00")).who == ("bo",)
    assert on_call(SCHEDULE, paris("2026-03-09T08:59")).who == ("bo",)
    assert on_call(SCHEDULE, paris("2026-03-09T09:00")).who == ("avery",)
    assert on_call(SCHEDULE, paris("2026-03-23T09:00")).who == ("bo",)
    early = on_call(SCHEDULE, paris("2026-03-01T09:00"))
    assert early == OnCall((), paris("2026-03-02T09:00").astimezone(UTC), ("bo",))


def test_a_handover_stays_at_its_hour_when_clocks_change() -> None:
    """The week in which Paris goes to summer time is an hour shorter, not shifted."""
    now = on_call(SCHEDULE, paris("2026-03-28T12:00"))
    assert now == OnCall(("bo",), paris("2026-03-30T09:00").astimezone(UTC), ("avery",))
    assert now.until == datetime(2026, 3, 30, 7, tzinfo=UTC)


def test_an_override_goes_first() -> None:
    """While it lasts its person is on call; then the rotation goes on as it would have."""
    covered = Schedule("dba", (WEEKLY, (shift("sam", "2026-03-04T00:00", "2026-03-05T00:00"),)))
    before = on_call(covered, paris("2026-03-03T12:00"))
    assert before == OnCall(("bo",), paris("2026-03-04T00:00").astimezone(UTC), ("sam",))
    during = on_call(covered, paris("2026-03-04T12:00"))
    assert during == OnCall(("sam",), paris("2026-03-05T00:00").astimezone(UTC), ("bo",))


def test_a_rotation_may_hold_at_certain_times_only() -> None:
    """Outside office hours the layer below answers."""
    office = TimeInterval((TimesOfDay(540, 1020),), weekdays=(Span(1, 5),), location=PARIS)
    days = rotation(("ada", "lee"), wall("2026-03-02"), DAY, PARIS, during=(office,))
    nights = rotation(("night",), wall("2026-01-01"), WEEK, PARIS)
    schedule = Schedule("support", (nights, days))
    assert on_call(schedule, paris("2026-03-02T08:00")) == OnCall(
        ("night",), paris("2026-03-02T09:00").astimezone(UTC), ("ada",)
    )
    assert on_call(schedule, paris("2026-03-06T17:00")) == OnCall(
        ("night",), paris("2026-03-09T09:00").astimezone(UTC), ("lee",)
    )


def test_one_person_for_ever_has_no_end() -> None:
    """Nothing changes, so there is no until and nobody next."""
    alone = Schedule("boss", (rotation(("bo",), wall("2026-01-01"), WEEK),))
    assert on_call(alone, datetime(2026, 6, 1, tzinfo=UTC)) == OnCall(("bo",), None, ())


def test_repetitions_end_and_leave_out() -> None:
    """`count`, `until` and `skips` bound a repeating shift."""
    start = wall("2026-01-01T08:00")
    turn = Turn(
        ("ada",), start, timedelta(hours=8), every=DAY, count=3, skips=frozenset({start + DAY})
    )
    covered = [turn.covers(datetime(2026, 1, n, 9, tzinfo=UTC)) for n in range(1, 6)]
    assert covered == [True, False, True, False, False]
    first_evening = datetime(2026, 1, 1, 20, tzinfo=UTC)
    assert turn.next_edge(first_evening) == datetime(2026, 1, 3, 8, tzinfo=UTC)
    until = Turn(
        ("ada",), start, timedelta(hours=8), every=DAY, until=datetime(2026, 1, 2, tzinfo=UTC)
    )
    assert not until.covers(datetime(2026, 1, 2, 9, tzinfo=UTC))


_hours = st.integers(1, 72).map(lambda n: timedelta(hours=n))
_starts = st.integers(-48, 48).map(lambda n: wall("2026-03-28") + timedelta(hours=n))
_turns = st.builds(
    Turn,
    who=st.sampled_from([("a",), ("b",), ("a", "b")]),
    starts=_starts,
    lasts=_hours,
    zone=st.sampled_from([UTC, PARIS]),
    every=st.none() | _hours,
    count=st.none() | st.integers(1, 3),
)
_layers = st.lists(st.lists(_turns, max_size=2).map(tuple), min_size=1, max_size=3).map(tuple)


@settings(max_examples=150, deadline=None)
@given(_layers, st.integers(0, 96))
def test_the_next_change_is_what_a_walk_finds(
    layers: tuple[tuple[Turn, ...], ...], hour: int
) -> None:
    """Asking every half hour finds the same people and the same moment."""
    schedule = Schedule("any", layers)
    at = datetime(2026, 3, 27, tzinfo=UTC) + timedelta(hours=hour)
    told = on_call(schedule, at)
    steps = (at + timedelta(minutes=30 * n) for n in range(1, 400))
    walked = next((step for step in steps if schedule.at(step) != told.who), None)
    assert told.who == schedule.at(at)
    assert walked is None or (told.until, told.next) == (walked, schedule.at(walked))
    assert walked is not None or told.until is None or told.until > at + timedelta(minutes=30 * 399)

"""Silences come, mute and go; nobody silences everything."""

from datetime import UTC, datetime, timedelta

import pytest

from gateway.domain.routing.matchers import parse_matchers
from gateway.domain.routing.silences import (
    Silence,
    SilenceProblem,
    SilenceState,
    check_silence,
    covering,
    expire,
    extend,
    matchers_in_common,
    next_turn,
    silences_of,
)

NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


def silence(
    matchers: str = "host=db-9",
    begins: timedelta = timedelta(0),
    lasts: timedelta = HOUR,
    author: str = "dana",
    comment: str = "disk swap",
) -> Silence:
    start = NOW + begins
    return Silence("s1", parse_matchers(matchers), author, comment, start, start + lasts)


def test_pending_then_active_then_expired() -> None:
    """It mutes from its start until just before its end."""
    planned = silence(begins=HOUR)
    labels = {"host": "db-9"}
    times = [NOW, NOW + HOUR, NOW + 2 * HOUR - timedelta(seconds=1), NOW + 2 * HOUR]
    assert [planned.state(at) for at in times] == [
        SilenceState.PENDING,
        SilenceState.ACTIVE,
        SilenceState.ACTIVE,
        SilenceState.EXPIRED,
    ]
    assert [bool(silences_of(labels, [planned], at)) for at in times] == [False, True, True, False]
    assert silences_of({"host": "db-8"}, [planned], NOW + HOUR) == ()


@pytest.mark.parametrize("matchers", ['host=~".*"', 'host=""', "host!=x", 'a=~"x?",b!~"y"'])
def test_a_silence_of_everything_is_refused(matchers: str) -> None:
    """At least one matcher has to ask for a label to be there."""
    assert check_silence(silence(matchers), NOW) is SilenceProblem.MATCHES_EVERYTHING
    assert check_silence(silence(f"{matchers},team=db"), NOW) is None


def test_what_else_is_refused() -> None:
    """Times have to make sense, and somebody has to say who and why."""
    assert check_silence(silence(lasts=timedelta(0)), NOW) is SilenceProblem.ENDS_BEFORE_IT_STARTS
    assert check_silence(silence(begins=-2 * HOUR), NOW) is SilenceProblem.ALREADY_EXPIRED
    assert check_silence(silence(author=" "), NOW) is SilenceProblem.NO_AUTHOR
    assert check_silence(silence(comment=""), NOW) is SilenceProblem.NO_COMMENT
    assert check_silence(silence(), NOW) is None


def test_extending_moves_the_end() -> None:
    """An expired silence stays expired: a new one says anew who wanted it."""
    longer = extend(silence(), NOW + 3 * HOUR, NOW)
    assert isinstance(longer, Silence)
    assert longer.ends_at == NOW + 3 * HOUR
    assert extend(silence(), NOW + 3 * HOUR, NOW + HOUR) is SilenceProblem.ALREADY_EXPIRED
    assert extend(silence(), NOW - HOUR, NOW) is SilenceProblem.ALREADY_EXPIRED
    pending = silence(begins=2 * HOUR)
    assert extend(pending, NOW + HOUR, NOW) is SilenceProblem.ENDS_BEFORE_IT_STARTS


@pytest.mark.parametrize("begins", [timedelta(0), HOUR])
def test_expiring_ends_it_now(begins: timedelta) -> None:
    """An active silence ends, a pending one never begins, an expired one cannot end again."""
    ended = expire(silence(begins=begins), NOW)
    assert isinstance(ended, Silence)
    assert ended.state(NOW) is SilenceState.EXPIRED
    assert expire(ended, NOW) is SilenceProblem.ALREADY_EXPIRED


DB7, DB9 = {"host": "db-7", "severity": "critical"}, {"host": "db-9", "severity": "critical"}


def test_several_silences_cover_together_until_the_first_alert_is_heard() -> None:
    """Of two over one alert the longer counts; of two alerts the one that is heard first."""
    short, long = silence("host=db-7"), silence("host=db-7", lasts=3 * HOUR)
    other = silence("host=db-9", lasts=2 * HOUR)
    assert covering([DB7], [short, long], NOW) == long
    assert covering([DB7, DB9], [short, long, other], NOW) == other
    assert covering([DB7, DB9], [short, long], NOW) is None
    assert covering([], [short], NOW) is None
    assert covering([DB7], [short], NOW + HOUR) is None


def test_the_next_turn_is_a_beginning_or_an_end_that_concerns_us() -> None:
    """What is past, and silences of others, are no reason to look."""
    active, planned = silence("host=db-7"), silence("host=db-7", begins=timedelta(minutes=30))
    foreign = silence("host=db-9", lasts=timedelta(minutes=5))
    assert next_turn([DB7], [active, planned, foreign], NOW) == planned.starts_at
    assert next_turn([DB7], [active, foreign], NOW) == active.ends_at
    assert next_turn([DB7], [active], active.ends_at) is None
    assert next_turn([], [active], NOW) is None


def test_what_alerts_have_in_common_silences_all_of_them_and_nothing_worse() -> None:
    """The severity is among it; an empty label asks for nothing, so it is left out."""
    common = matchers_in_common([{**DB7, "zone": ""}, {**DB9, "zone": ""}])
    assert list(map(str, common)) == ['severity="critical"']
    alone = matchers_in_common([DB7])
    assert all(matcher.matches(DB7) for matcher in alone)
    assert not all(matcher.matches({**DB7, "severity": "error"}) for matcher in alone)
    assert matchers_in_common([DB7, {"team": "web"}]) == ()
    assert matchers_in_common([]) == ()

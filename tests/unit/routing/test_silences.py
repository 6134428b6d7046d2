"""Silences come, mute and go; nobody silences everything."""

from datetime import UTC, datetime, timedelta

import pytest

from gateway.domain.routing.matchers import parse_matchers
from gateway.domain.routing.silences import (
    Silence,
    SilenceProblem,
    SilenceState,
    check_silence,
    expire,
    extend,
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

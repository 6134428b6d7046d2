"""Durations read as Prometheus writes them."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.routing.durations import parse_duration, readable_duration
from gateway.domain.routing.syntax import RoutingSyntaxError


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("0", 0),
        ("10s", 10),
        ("5m", 300),
        ("4h", 14_400),
        ("1h30m", 5_400),
        ("2d", 172_800),
        ("1w1d", 691_200),
        ("1y", 31_536_000),
        ("1s500ms", 1.5),
        ("90m", 5_400),
    ],
)
def test_every_notation_is_read(text: str, seconds: float) -> None:
    """Units may be left out but come in order."""
    assert parse_duration(text) == timedelta(seconds=seconds)


@pytest.mark.parametrize(
    ("text", "at"),
    [("", 0), ("5", 0), ("1.5h", 0), ("5 m", 0), ("1m1h", 2), ("-5m", 0), ("5min", 0)],
)
def test_what_is_no_duration_is_pointed_at(text: str, at: int) -> None:
    """The first character that does not fit is named."""
    with pytest.raises(RoutingSyntaxError) as error:
        parse_duration(text)
    assert error.value.at == at


@given(st.integers(min_value=0, max_value=10**10).map(lambda n: timedelta(milliseconds=n)))
def test_written_durations_read_back(duration: timedelta) -> None:
    """Writing loses nothing."""
    assert parse_duration(readable_duration(duration)) == duration

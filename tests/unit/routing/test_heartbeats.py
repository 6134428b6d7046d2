"""Heartbeats page nobody while they come, and are missed when they do not."""

from datetime import UTC, datetime, timedelta

from gateway.domain.routing.heartbeats import (
    Heartbeat,
    Listening,
    Pulse,
    beat,
    listen,
    missing_labels,
)
from gateway.domain.routing.matchers import parse_matchers

START = datetime(2026, 1, 1, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
HEARTBEAT = Heartbeat("prom-eu", parse_matchers("alertname=Watchdog"), 5 * MINUTE, 10 * MINUTE)


def test_only_the_sources_own_heartbeat_counts() -> None:
    """Another source's, or another alert, is not this one's sign of life."""
    assert HEARTBEAT.is_beat("prom-eu", {"alertname": "Watchdog", "severity": "none"})
    assert not HEARTBEAT.is_beat("prom-us", {"alertname": "Watchdog"})
    assert not HEARTBEAT.is_beat("prom-eu", {"alertname": "DiskFull"})


def test_silence_is_noticed_once_and_the_return_once() -> None:
    """Lost after the interval and its grace, back with the next arrival, counted from there."""
    listening = Listening(START)
    listening, pulse = beat(listening, START + 5 * MINUTE)
    assert pulse is None
    assert listening.due_at(HEARTBEAT) == START + 20 * MINUTE
    listening, pulse = listen(listening, HEARTBEAT, START + 19 * MINUTE)
    assert pulse is None
    listening, pulse = listen(listening, HEARTBEAT, START + 20 * MINUTE)
    assert (pulse, listening.lost_at) == (Pulse.LOST, START + 20 * MINUTE)
    listening, pulse = listen(listening, HEARTBEAT, START + 40 * MINUTE)
    assert pulse is None
    listening, pulse = beat(listening, START + 41 * MINUTE)
    assert (pulse, listening) == (Pulse.BACK, Listening(START + 41 * MINUTE))


def test_a_late_copy_does_not_turn_back_time() -> None:
    """Of two arrivals out of order the later one counts."""
    listening, _ = beat(Listening(START + MINUTE), START)
    assert listening.last_at == START + MINUTE


def test_a_lost_heartbeat_is_an_alert_like_any_other() -> None:
    """It names its source, so that a route can claim it."""
    assert missing_labels(HEARTBEAT) == {
        "alertname": "HeartbeatMissing",
        "source": "prom-eu",
        "severity": "critical",
    }

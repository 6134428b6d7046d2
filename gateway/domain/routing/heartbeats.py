"""Heartbeats: alerts that must keep coming, and whose silence is the alert."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from gateway.domain.routing.matchers import Labels, Matcher, all_match

MISSING = "HeartbeatMissing"
"""What the alert is called that a lost heartbeat makes."""


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """What a source sends `every` so often when it is well; `grace` is how late it may come."""

    source: str
    matchers: tuple[Matcher, ...]
    every: timedelta
    grace: timedelta

    def is_beat(self, source: str, labels: Labels) -> bool:
        """Tell whether an alert is this heartbeat; it is taken note of and pages nobody."""
        return source == self.source and all_match(self.matchers, labels)


class Pulse(StrEnum):
    """What changed."""

    LOST = "lost"
    BACK = "back"


@dataclass(frozen=True, slots=True)
class Listening:
    """What is known of a heartbeat.

    Begin with `last_at` at the time one begins to listen, and not yet `heard`.
    """

    last_at: datetime
    lost_at: datetime | None = None
    heard: bool = True

    def due_at(self, heartbeat: Heartbeat) -> datetime:
        """Tell when it is lost unless it comes before."""
        return self.last_at + heartbeat.every + heartbeat.grace


def beat(listening: Listening, at: datetime) -> tuple[Listening, Pulse | None]:
    """Take note of an arrival; `BACK` when it had been lost."""
    pulse = Pulse.BACK if listening.lost_at else None
    return Listening(max(at, listening.last_at)), pulse


def listen(
    listening: Listening, heartbeat: Heartbeat, at: datetime
) -> tuple[Listening, Pulse | None]:
    """Look whether it is overdue; `LOST` once, at the first look that finds it so."""
    if listening.lost_at or at < listening.due_at(heartbeat):
        return listening, None
    return replace(listening, lost_at=at), Pulse.LOST


def missing_labels(heartbeat: Heartbeat) -> dict[str, str]:
    """Label the alert that a lost heartbeat makes, for the routing tree."""
    return {"alertname": MISSING, "source": heartbeat.source, "severity": "critical"}

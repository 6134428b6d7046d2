"""Durations as Prometheus writes them: `30s`, `5m`, `1h30m`, `2d`, `500ms`, `0`."""

import re
from datetime import timedelta

from gateway.domain.routing.syntax import RoutingSyntaxError

_UNITS = {
    "y": timedelta(days=365),
    "w": timedelta(weeks=1),
    "d": timedelta(days=1),
    "h": timedelta(hours=1),
    "m": timedelta(minutes=1),
    "s": timedelta(seconds=1),
    "ms": timedelta(milliseconds=1),
}
_DURATION = re.compile("".join(rf"(?:(?P<{u}>[0-9]{{1,6}}){u}(?![a-z]))?" for u in _UNITS))


def parse_duration(text: str) -> timedelta:
    """Read a duration; units go from large to small, each at most once.

    Raises:
        RoutingSyntaxError: with the position of what does not fit.
    """
    if text == "0":
        return timedelta(0)
    found = _DURATION.match(text)
    read = found.end() if found else 0
    if found is None or not text or read < len(text):
        raise RoutingSyntaxError("expected a duration such as 30s, 5m or 1h30m", read)
    counts = found.groupdict(default="0")
    return sum((int(counts[unit]) * length for unit, length in _UNITS.items()), timedelta(0))


def readable_duration(duration: timedelta) -> str:
    """Write a duration that is not negative, down to milliseconds."""
    parts, rest = [], duration
    for unit, length in _UNITS.items():
        count, rest = divmod(rest, length) if unit not in {"y", "w"} else (0, rest)
        parts += [f"{count}{unit}"] if count else []
    return "".join(parts) or "0s"

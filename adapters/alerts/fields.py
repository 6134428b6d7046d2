"""Members of a vendor's JSON, read tolerantly: what is missing or of another type is absent."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime

Record = Mapping[str, object]

_MILLISECONDS_FROM = 1e11
"""Seconds reach this in the year 5138; what is larger counts milliseconds."""


def record(value: object) -> Record:
    """Take a JSON object; anything else is an empty one."""
    return value if isinstance(value, dict) else {}


def items(value: object) -> list[object]:
    """Take a JSON array; anything else is an empty one."""
    return value if isinstance(value, list) else []


def text(value: object) -> str:
    """Write a value as people would; null and what is missing is empty, JSON stays JSON."""
    match value:
        case None:
            return ""
        case str():
            return value
        case bool():
            return "true" if value else "false"
        case int() | float():
            return str(value)
        case _:
            return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def texts(value: object) -> dict[str, str]:
    """Take the members of an object that are plain values, as text; null is none."""
    plain = str | int | float
    return {name: text(each) for name, each in record(value).items() if isinstance(each, plain)}


def count(value: object) -> int:
    """Take a count; what is none is zero."""
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else 0


def moment(value: object) -> datetime | None:
    """Read a time: ISO 8601, or seconds or milliseconds since 1970; aware UTC.

    Go's zero time (`0001-01-01T00:00:00Z`) is none. A time without a zone is taken as UTC.
    """
    written = text(value).strip()
    try:
        when = _epoch(float(written)) if _is_number(written) else datetime.fromisoformat(written)
        aware = when if when.tzinfo else when.replace(tzinfo=UTC)
        return None if aware.year == 1 else aware.astimezone(UTC)
    except (ValueError, OverflowError, OSError):
        return None


def _is_number(written: str) -> bool:
    # Eight digits are a date to ISO 8601, and no sender's clock stands in 1970.
    digits = written.replace(".", "", 1)
    return digits.isascii() and digits.isdecimal() and len(digits) > len("20260101")


def _epoch(number: float) -> datetime:
    seconds = number / 1000 if number >= _MILLISECONDS_FROM else number
    return datetime.fromtimestamp(seconds, UTC)

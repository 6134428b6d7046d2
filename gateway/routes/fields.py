"""How single values of the file read: durations, matchers, times. Mistakes carry their position."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from pydantic import BeforeValidator, Field, StringConstraints, WithJsonSchema
from pydantic_core import PydanticCustomError

from gateway.domain.routing.durations import parse_duration
from gateway.domain.routing.intervals import (
    Span,
    parse_days_of_month,
    parse_months,
    parse_time,
    parse_weekdays,
    parse_years,
)
from gateway.domain.routing.matchers import Matcher, parse_matchers
from gateway.domain.routing.syntax import RoutingSyntaxError
from gateway.domain.routing.templates import Template
from gateway.routes.problems import did_you_mean

T = TypeVar("T")

MISTAKE = "mistake"
"""The kind of error whose context holds `problem`, a clause, and perhaps `at`, a position."""


def mistake(problem: str, at: int = 0) -> PydanticCustomError:
    """Make an error for somebody who wrote the file."""
    return PydanticCustomError(MISTAKE, "{problem}", {"problem": problem, "at": at})


def _reads(parse: Callable[[str], T]) -> BeforeValidator:
    def read(written: Any) -> T:
        if isinstance(written, int) and not isinstance(written, bool):
            written = str(written)
        if not isinstance(written, str):
            raise mistake("expected text")
        try:
            return parse(written)
        except RoutingSyntaxError as error:
            raise mistake(error.problem, error.at) from None

    return BeforeValidator(read)


def _text(description: str, *examples: str, pattern: str = "") -> WithJsonSchema:
    schema: dict[str, Any] = {"type": "string", "description": description, "examples": [*examples]}
    return WithJsonSchema(schema | ({"pattern": pattern} if pattern else {}))


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        near = did_you_mean(name, available_timezones())
        raise RoutingSyntaxError(f'there is no time zone "{name}"{near}') from None


def _positive(text: str) -> timedelta:
    duration = parse_duration(text)
    if not duration:
        raise RoutingSyntaxError("has to be longer than nothing")
    return duration


def _wall(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise RoutingSyntaxError('expected a local time such as "2026-01-05T09:00"') from None
    if moment.tzinfo:
        raise RoutingSyntaxError("leave the zone out; it is that of the schedule")
    return moment


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise RoutingSyntaxError('expected a time with its zone, such as "2026-01-05T09:00+01:00"')
    return moment.astimezone(UTC)


def _template(text: str) -> Template:
    template = Template(text)
    sample = template.fill(dict.fromkeys(template.names, "x" * _USUAL_VALUE))
    length = len(sample.encode("utf-16-le")) // 2
    if length > _MOST_UNITS:
        raise RoutingSyntaxError(f"makes pages of {length} characters; {_MOST_UNITS} fit")
    return template


_USUAL_VALUE = 24
_MOST_UNITS = 1000
"""What fits into a page beside its reference, in UTF-16 units."""

Name = Annotated[str, StringConstraints(min_length=1, max_length=255)]
"""What people call a thing."""

Target = Annotated[
    str,
    _reads(str.strip),
    Field(min_length=1),
    _text("A department, a person, an alias or a schedule, by name or number.", "dba", "102"),
]

_DURATION = _text("A duration.", "30s", "5m", "1h30m", "2d", pattern="^(0|([0-9]+(ms|[ywdhms]))+)$")
Wait = Annotated[timedelta, _reads(parse_duration), _DURATION]
Duration = Annotated[timedelta, _reads(_positive), _DURATION]

Matchers = Annotated[
    tuple[Matcher, ...],
    _reads(parse_matchers),
    _text("A condition on a label.", 'team="db"', 'severity=~"critical|error"', 'zone!="eu"'),
]

LabelName = Annotated[str, StringConstraints(min_length=1)]
MinuteOfDay = Annotated[int, _reads(parse_time), _text("A time of day.", "09:00", "24:00")]
Weekdays = Annotated[Span, _reads(parse_weekdays), _text("Weekdays.", "monday:friday", "sunday")]
DaysOfMonth = Annotated[Span, _reads(parse_days_of_month), _text("Days.", "1", "1:7", "-3:-1")]
Months = Annotated[Span, _reads(parse_months), _text("Months.", "june:august", "12")]
Years = Annotated[Span, _reads(parse_years), _text("Years.", "2026", "2026:2028")]
Zone = Annotated[ZoneInfo, _reads(_zone), _text("A time zone.", "Europe/Paris", "UTC")]
WallTime = Annotated[datetime, _reads(_wall), _text("A local time.", "2026-01-05T09:00")]
Moment = Annotated[datetime, _reads(_moment), _text("A time.", "2026-01-05T09:00+01:00")]
Text = Annotated[Template, _reads(_template), _text("A text.", "{severity} {alertname} on {host}")]

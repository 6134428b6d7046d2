"""Calendar files as on-call turns: each event is a turn of whoever its summary names.

Read are DTSTART, DTEND or DURATION, SUMMARY, RRULE (daily and weekly, with INTERVAL, COUNT, UNTIL
and BYDAY) and EXDATE, with TZID or UTC; times without a zone are in the schedule's. Anything that
would change a turn and is not understood is refused, with its line. Source: RFC 5545.
"""

import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, time, timedelta, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from gateway.domain.routing.oncall import Turn
from gateway.routes.problems import Located, RoutesError

_LINE = re.compile(
    r'(?P<name>[A-Za-z-]+)(?P<parameters>(?:;[^":;]+=(?:"[^"]*"|[^":;]*))*):(?P<value>.*)'
)
_DURATION = re.compile(r"P(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?", re.ASCII)
_EVERY = {"DAILY": timedelta(days=1), "WEEKLY": timedelta(weeks=1)}
_DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_RULES = {"FREQ", "INTERVAL", "COUNT", "UNTIL", "BYDAY", "WKST"}
_REFUSED = {"RDATE", "RECURRENCE-ID"}
_MEANT = {"DTSTART", "DTEND", "DURATION", "SUMMARY", "RRULE"} | _REFUSED


@dataclass(frozen=True, slots=True)
class _Property:
    line: int
    name: str
    parameters: dict[str, str]
    value: str


class _UnreadableError(Exception):
    """A property says what is not understood."""

    def __init__(self, line: int, text: str) -> None:
        super().__init__(text)
        self.line = line


@dataclass(slots=True)
class _Event:
    line: int
    properties: dict[str, _Property] = field(default_factory=dict)
    skips: list[_Property] = field(default_factory=list)

    def needed(self, name: str) -> _Property:
        found = self.properties.get(name)
        if found is None or not found.value.strip():
            raise _UnreadableError(self.line, f"the event has no {name}")
        return found


def read_calendar(text: str, name: str, zone: tzinfo) -> tuple[Turn, ...]:
    """Read the turns of a calendar.

    Raises:
        RoutesError: with every event that is not understood.
    """
    turns: list[Turn] = []
    problems: list[Located] = []
    try:
        events = list(_events(text))
    except _UnreadableError as error:
        raise RoutesError([Located(name, error.line, 1, "", str(error))]) from None
    for event in events:
        try:
            turns.extend(_turns(event, zone))
        except _UnreadableError as error:
            problems.append(Located(name, error.line, 1, "", str(error)))
    if problems:
        raise RoutesError(problems)
    return tuple(turns)


def _properties(text: str) -> Iterator[_Property]:
    """Unfold lines and take them apart."""
    unfolded: list[tuple[int, str]] = []
    for number, line in enumerate(text.split("\n"), 1):
        content = line.rstrip("\r")
        if content[:1] in {" ", "\t"} and unfolded:
            unfolded[-1] = (unfolded[-1][0], unfolded[-1][1] + content[1:])
        elif content:
            unfolded.append((number, content))
    for number, content in unfolded:
        found = _LINE.fullmatch(content)
        if not found:
            raise _UnreadableError(number, "this is no line of a calendar")
        pairs = re.findall(r';([^=;]+)="?([^";]*)"?', found["parameters"])
        parameters = {key.upper(): value for key, value in pairs}
        yield _Property(number, found["name"].upper(), parameters, found["value"])


def _events(text: str) -> Iterator[_Event]:
    """Collect events; what stands in calendars and events of other kinds is passed over."""
    inside: list[str] = []
    event = _Event(0)
    for each in _properties(text):
        if each.name == "BEGIN":
            inside.append(each.value.upper())
            event = _Event(each.line) if inside[-1] == "VEVENT" else event
        elif each.name == "END":
            if not inside or inside.pop() != each.value.upper():
                raise _UnreadableError(each.line, "this ends what was not begun")
            if each.value.upper() == "VEVENT":
                yield event
        elif inside[-1:] == ["VEVENT"]:
            if each.name == "EXDATE":
                event.skips.append(each)
            elif each.name in _MEANT:
                event.properties[each.name] = each
    if inside:
        raise _UnreadableError(text.count("\n") + 1, f"{inside[-1]} has no end")


def _turns(event: _Event, zone: tzinfo) -> Iterator[Turn]:
    """Make turns of an event: one, or one per weekday of its rule."""
    for name in _REFUSED & event.properties.keys():
        raise _UnreadableError(event.properties[name].line, f"{name} is not understood")
    start = event.needed("DTSTART")
    own_zone = _zone(start, start.value, zone)
    starts = _wall(start, start.value, own_zone)
    turn = Turn(
        who=(_unescaped(event.needed("SUMMARY").value),),
        starts=starts,
        lasts=_length(event, starts, own_zone),
        zone=own_zone,
        skips=frozenset(
            _wall(each, value, own_zone) for each in event.skips for value in each.value.split(",")
        ),
    )
    rule = event.properties.get("RRULE")
    yield from _repeated(turn, rule) if rule else [turn]


def _unescaped(text: str) -> str:
    return re.sub(r"\\(.)", lambda escape: " " if escape[1] in "nN" else escape[1], text).strip()


# --- times -------------------------------------------------------------------------------------


def _zone(written: _Property, value: str, zone: tzinfo) -> tzinfo:
    if value.endswith("Z"):
        return UTC
    name = written.parameters.get("TZID")
    try:
        return ZoneInfo(name) if name else zone
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise _UnreadableError(written.line, f'there is no time zone "{name}"') from None


def _wall(written: _Property, value: str, zone: tzinfo) -> datetime:
    """Read a date or a time as a clock in `zone` shows it."""
    value = value.strip()
    moment = None
    for form in ("%Y%m%dT%H%M%S", "%Y%m%dT%H%M%SZ", "%Y%m%d"):
        with suppress(ValueError):
            moment = datetime.strptime(value, form).replace(tzinfo=_zone(written, value, zone))
    if moment is None:
        raise _UnreadableError(written.line, f'"{value}" is no date or time')
    is_date = len(value) == len("20260105")
    return (moment if is_date else moment.astimezone(zone)).replace(tzinfo=None)


def _length(event: _Event, starts: datetime, zone: tzinfo) -> timedelta:
    if end := event.properties.get("DTEND"):
        length = _wall(end, end.value, zone) - starts
    elif duration := event.properties.get("DURATION"):
        found = _DURATION.fullmatch(duration.value)
        if not found:
            raise _UnreadableError(duration.line, f'"{duration.value}" is no duration')
        units = ("weeks", "days", "hours", "minutes", "seconds")
        length = timedelta(**dict(zip(units, map(int, found.groups(default="0")), strict=True)))
    else:
        length = timedelta(days=1) if starts.time() == time() else timedelta(0)
    if length <= timedelta(0):
        raise _UnreadableError(event.line, "the event does not end after it starts")
    return length


# --- rules -------------------------------------------------------------------------------------


def _repeated(turn: Turn, rule: _Property) -> Iterator[Turn]:
    parts = dict(part.split("=", 1) for part in rule.value.upper().split(";") if "=" in part)
    frequency, days = parts.get("FREQ", ""), parts.get("BYDAY", "")
    if parts.keys() - _RULES or frequency not in _EVERY:
        raise _UnreadableError(rule.line, "only daily and weekly rules are understood")
    if days and (frequency != "WEEKLY" or "COUNT" in parts or not set(days.split(",")) <= {*_DAYS}):
        raise _UnreadableError(rule.line, "BYDAY is understood in weekly rules without COUNT")
    every = _EVERY[frequency] * _number(rule, parts.get("INTERVAL", "1"))
    count = _number(rule, parts["COUNT"]) if "COUNT" in parts else None
    until = _until(rule, parts["UNTIL"], turn.zone) if "UNTIL" in parts else None
    turn = replace(turn, every=every, count=count, until=until)
    if not days:
        yield turn
    first_of_week = _DAYS.index(parts.get("WKST", "MO"))
    for day in days.split(",") if days else ():
        yield replace(turn, starts=_first(turn.starts, _DAYS.index(day), first_of_week, every))


def _first(starts: datetime, day: int, first_of_week: int, every: timedelta) -> datetime:
    """Find a weekday's first turn: in the week the event starts in, or in the rule's next one."""
    week = starts - timedelta(days=(starts.weekday() - first_of_week) % 7)
    first = week + timedelta(days=(day - first_of_week) % 7)
    return first if first >= starts else first + every


def _number(rule: _Property, text: str) -> int:
    if not text.isascii() or not text.isdecimal() or not 0 < int(text) < 10**6:
        raise _UnreadableError(rule.line, f'"{text}" is no count')
    return int(text)


def _until(rule: _Property, value: str, zone: tzinfo) -> datetime:
    """Read the moment after the last start: the rule's end is included."""
    included = timedelta(days=1) if len(value) == len("20260105") else timedelta(seconds=1)
    return (_wall(rule, value, zone) + included).replace(tzinfo=zone)

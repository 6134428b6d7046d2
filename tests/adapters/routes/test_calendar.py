"""Calendar files are turns: their events say who is on call when."""

from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from gateway.domain.routing.oncall import Schedule, on_call
from gateway.routes.ical import read_calendar
from gateway.routes.problems import RoutesError
from gateway.routes.reading import load_routes
from tests.adapters.routes.files import SMALL

PARIS = ZoneInfo("Europe/Paris")


def calendar(*events: str) -> str:
    body = "\r\n".join(f"BEGIN:VEVENT\r\n{event}\r\nEND:VEVENT" for event in events)
    return f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\n{body}\r\nEND:VCALENDAR\r\n"


def who(text: str, *moments: str) -> list[str]:
    schedule = Schedule("s", (read_calendar(text, "oncall.ics", PARIS),))
    return [
        " ".join(on_call(schedule, datetime.fromisoformat(moment).replace(tzinfo=PARIS)).who)
        for moment in moments
    ]


def test_single_events() -> None:
    """In the schedule's zone, in a zone of their own, in UTC, for whole days, with a duration."""
    text = calendar(
        "SUMMARY:Bo\r\nDTSTART:20260105T090000\r\nDTEND:20260105T170000",
        "SUMMARY:Avery\r\nDTSTART;TZID=America/New_York:20260106T090000\r\nDURATION:PT2H",
        "SUMMARY:Dana\r\nDTSTART:20260107T090000Z\r\nDTEND:20260107T100000Z",
        "SUMMARY:Lee\\, night\r\nDTSTART;VALUE=DATE:20260108\r\nDTEND;VALUE=DATE:20260110",
        "SUMMARY:Sam\r\nDTSTART;VALUE=DATE:20260110",
    )
    assert who(text, "2026-01-05T09:00", "2026-01-05T17:00") == ["Bo", ""]
    assert who(text, "2026-01-06T14:59", "2026-01-06T15:00") == ["", "Avery"]
    assert who(text, "2026-01-07T09:59", "2026-01-07T10:00") == ["", "Dana"]
    assert who(text, "2026-01-09T23:59", "2026-01-10T00:00") == ["Lee, night", "Sam"]


def test_rules_repeat_in_wall_time() -> None:
    """Weekly and daily, with interval, count, end and exceptions, across a change of clocks."""
    text = calendar(
        "SUMMARY:Bo\r\nDTSTART:20260302T090000\r\nDURATION:P1W\r\nRRULE:FREQ=WEEKLY;INTERVAL=2",
        "SUMMARY:Avery\r\nDTSTART:20260309T090000\r\nDURATION:P7D\r\nRRULE:FREQ=WEEKLY;INTERVAL=2"
        "\r\nEXDATE:20260323T090000",
    )
    assert who(text, "2026-03-09T08:59", "2026-03-09T09:00", "2026-03-30T08:59") == [
        "Bo",
        "Avery",
        "",
    ]
    assert who(text, "2026-03-30T09:00", "2026-04-06T09:00") == ["Bo", "Avery"]


def test_exceptions_take_out_single_turns() -> None:
    """EXDATE takes out exactly the turn that would begin then, in any notation of the moment."""
    event = "SUMMARY:Bo\r\nDTSTART:20260105T080000\r\nDURATION:PT1H\r\nRRULE:FREQ=DAILY;COUNT=4"
    text = calendar(f"{event}\r\nEXDATE:20260106T080000,20260107T070000Z")
    days = [f"2026-01-0{n}T08:30" for n in range(5, 10)]
    assert who(text, *days) == ["Bo", "", "", "Bo", ""]


def test_weekdays_of_a_rule() -> None:
    """BYDAY makes a turn of each day; UNTIL is included."""
    text = calendar(
        "SUMMARY:Bo\r\nDTSTART:20260107T090000\r\nDTEND:20260107T100000"
        "\r\nRRULE:FREQ=WEEKLY;BYDAY=MO,WE,FR;UNTIL=20260114T080000Z"
    )
    days = [f"2026-01-{n:02}T09:30" for n in (5, 7, 9, 12, 14, 16)]
    assert who(text, *days) == ["", "Bo", "Bo", "Bo", "Bo", ""]


def test_every_other_week_keeps_its_weekdays_together() -> None:
    """The week of the first event counts, and it begins on Monday unless WKST says otherwise."""
    event = "SUMMARY:Bo\r\nDTSTART:20260107T090000\r\nDURATION:PT1H\r\nRRULE:FREQ=WEEKLY;INTERVAL=2"
    days = [f"2026-01-{n:02}T09:30" for n in (7, 11, 14, 18, 19, 21, 25)]
    monday = who(calendar(f"{event};BYDAY=WE,SU"), *days)
    assert monday == ["Bo", "Bo", "", "", "", "Bo", "Bo"]
    sunday = who(calendar(f"{event};BYDAY=WE,SU;WKST=SU"), *days)
    assert sunday == ["Bo", "", "", "Bo", "", "Bo", ""]


def test_folded_lines_and_other_things_are_no_trouble() -> None:
    """Long lines are folded; time zones, alarms and tasks are passed over."""
    text = calendar(
        "SUMMARY:Bo\r\n  Chen\r\nDTSTART:20260105T090000\r\nDTEND:20260105T170000\r\n"
        'BEGIN:VALARM\r\nSUMMARY:Alarm\r\nEND:VALARM\r\nX-ODD;A="b:c":d'
    ).replace("VERSION", "BEGIN:VTIMEZONE\r\nTZID:x\r\nEND:VTIMEZONE\r\nVERSION")
    assert who(text, "2026-01-05T12:00") == ["Bo Chen"]


@pytest.mark.parametrize(
    ("event", "line", "problem"),
    [
        ("DTSTART:20260105T090000\r\nDURATION:PT1H", 3, "the event has no SUMMARY"),
        ("SUMMARY:Bo", 3, "the event has no DTSTART"),
        ("SUMMARY:Bo\r\nDTSTART:20260105T090000", 3, "the event does not end after it starts"),
        ("SUMMARY:Bo\r\nDTSTART:yesterday", 5, '"yesterday" is no date or time'),
        ("SUMMARY:Bo\r\nDTSTART;TZID=Mars/Base:20260105", 5, 'there is no time zone "Mars/Base"'),
        ("SUMMARY:Bo\r\nDTSTART:20260105\r\nDURATION:1h", 6, '"1h" is no duration'),
        (
            "SUMMARY:Bo\r\nDTSTART:20260105\r\nRRULE:FREQ=MONTHLY",
            6,
            "only daily and weekly rules are understood",
        ),
        (
            "SUMMARY:Bo\r\nDTSTART:20260105\r\nRRULE:FREQ=DAILY;BYDAY=MO",
            6,
            "BYDAY is understood in weekly rules without COUNT",
        ),
        ("SUMMARY:Bo\r\nDTSTART:20260105\r\nRRULE:FREQ=DAILY;COUNT=x", 6, '"X" is no count'),
        ("SUMMARY:Bo\r\nDTSTART:20260105\r\nRDATE:20260106", 6, "RDATE is not understood"),
        ("SUMMARY:Bo\r\nnonsense", 5, "this is no line of a calendar"),
    ],
)
def test_what_is_not_understood_is_refused(event: str, line: int, problem: str) -> None:
    """Better no routes than a turn that is nobody's; the line is named."""
    with pytest.raises(RoutesError) as error:
        read_calendar(calendar(event), "oncall.ics", UTC)
    assert [(each.line, each.text) for each in error.value.problems] == [(line, problem)]


def test_a_calendar_beside_the_routes(tmp_path: Path) -> None:
    """It is named in the file, layered under overrides, and its mistakes count."""
    routes = tmp_path / "routes.yaml"
    routes.write_text(
        f"{SMALL}schedules: [{{name: s, ical: oncall.ics, location: Europe/Paris}}]\n"
    )
    with pytest.raises(RoutesError, match=r"oncall\.ics:1:1: cannot be read"):
        load_routes(routes)
    event = "SUMMARY:Bo\r\nDTSTART:20260105T090000\r\nDTEND:20260105T170000"
    (tmp_path / "oncall.ics").write_text(calendar(event))
    at = datetime(2026, 1, 5, 8, tzinfo=UTC)
    assert load_routes(routes).routes.targets(["s"], at) == ("Bo",)

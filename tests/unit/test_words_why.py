"""Explanations in words: what was tried, what held it back, what was sent."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from gateway.domain.content import Content, Paragraph
from gateway.domain.explanations import (
    AlertWhy,
    DeliveryWhy,
    FlappingWhy,
    GroupWhy,
    HeldWhy,
    IncidentWhy,
    IntervalWhy,
    ItemWhy,
    MatcherWhy,
    RequestWhy,
    RouteWhy,
    SilenceWhy,
    WayWhy,
)
from gateway.domain.ids import Ref
from gateway.domain.incidents import Deed, Entry
from gateway.domain.routing.fates import SUPPRESSED, Fate
from gateway.text.lines import plain
from gateway.text.words import Words

WORDS = Words.load()
START = datetime(2026, 3, 2, 17, 53, tzinfo=UTC)
HOUR = timedelta(hours=1)
TEAM = MatcherWhy("team", "=", "db", "db", matched=True)
GRAVE = MatcherWhy("severity", "=~", "critical|error", "warning", matched=False)
ABSENT = MatcherWhy("building", "=", "north", None, matched=False)
INCIDENT = IncidentWhy(
    ref=Ref("al_91QX"),
    title="DiskFull on db-7",
    severity="warning",
    state="open",
    opened_at=START,
    route="db",
    receiver="dba",
    routes_changed=False,
    tried=(
        RouteWhy("root", "lobby", 0, matched=True, taken=False, matchers=()),
        RouteWhy("north", "lobby", 1, matched=False, taken=False, matchers=(TEAM, ABSENT)),
        RouteWhy("db", "dba", 1, matched=True, taken=True, matchers=(TEAM,)),
        RouteWhy("db-grave", "leads", 2, matched=False, taken=False, matchers=(GRAVE,)),
    ),
    group=GroupWhy("g", {"alertname": "DiskFull"}, START, None, None, START + HOUR, 1, 1, 1),
    intervals=(),
    alerts=(),
    silences=(),
    flapping=FlappingWhy(3, 1800.0),
    history=(Entry(START, Deed.OPENED, detail="dba"),),
    deliveries=(),
)
ALERT = AlertWhy("prom/db-7", "DiskFull on db-7", firing=True, since=START, labels={})


def lines(content: Content) -> list[str]:
    paragraphs = (block for block in content.blocks if isinstance(block, Paragraph))
    return [plain(line) for paragraph in paragraphs for line in paragraph.lines]


def test_an_incident_is_told_from_its_routes_to_its_group() -> None:
    """Routes that fit come first; of the others what was missing is told."""
    assert lines(WORDS.why(INCIDENT)) == [
        "Alert al_91QX: DiskFull on db-7",
        "2026-03-02 17:53 · Opened for dba",
        '✓ Route db takes it for dba: team="db"',
        '✗ Route north: building="north", but it has no such label',
        '✗ Route db-grave: severity=~"critical|error", but it has "warning"',
        "Grouped by alertname=DiskFull; not told yet, next look 18:53",
    ]


def test_the_catch_all_and_newer_routes_are_told() -> None:
    """What no route claims, and that the file is another one by now."""
    root = replace(INCIDENT.tried[0], taken=True)
    said = lines(WORDS.why(replace(INCIDENT, tried=(root,), routes_changed=True)))
    assert said[2:4] == [
        "The routes have changed since; this is how those of now take it:",
        "✓ No route claims it; lobby gets it by default",
    ]


@pytest.mark.parametrize(
    ("held", "expected"),
    [
        (HeldWhy("silenced", "sl_7K2M"), "DiskFull on db-7 is silenced: sl_7K2M"),
        (HeldWhy("muted", "nights"), "DiskFull on db-7 is in a quiet time: nights"),
        (HeldWhy("inactive", "office"), "DiskFull on db-7 is outside its times: office"),
        (
            HeldWhy("inhibited", "cluster-down", "prom/eu-1"),
            "DiskFull on db-7 is explained by another alert: prom/eu-1, by the rule cluster-down",
        ),
        (HeldWhy("acked", "Bo"), "DiskFull on db-7 is taken care of: Bo"),
        (HeldWhy("flapping"), "DiskFull on db-7 is flapping"),
    ],
)
def test_what_holds_an_alert_back_is_told(held: HeldWhy, expected: str) -> None:
    """By its cause, and what is behind it."""
    assert lines(WORDS.why(replace(INCIDENT, alerts=(replace(ALERT, held=held),))))[-1] == expected


def test_times_silences_and_changes_are_told() -> None:
    """Also those that do not hold anything back now."""
    why = replace(
        INCIDENT,
        intervals=(
            IntervalWhy("nights", mutes=True, inside=True),
            IntervalWhy("office", mutes=False, inside=False),
        ),
        silences=(SilenceWhy("sl_7K2M", '{host="db-7"}', "Dana", "new disk", START + HOUR),),
        alerts=(replace(ALERT, changes=2), replace(ALERT, changes=4, flapping=True)),
    )
    assert lines(WORDS.why(why))[-5:] == [
        "Quiet in nights: that is now",
        "Told only in office: not now",
        "Silenced by Dana until 2026-03-02 18:53: new disk",
        "DiskFull on db-7 came or went 2 times in 30 min",
        "DiskFull on db-7 flaps: 4 changes in 30 min",
    ]


def test_deliveries_are_told_with_their_attempts() -> None:
    """Why one is not through, and when something is done next; what is through needs no reason."""
    sent = DeliveryWhy(
        1, "page", ("DBA",), "sent", 2, 0, START, START, None, error="pager.unavailable"
    )
    waits = replace(sent, kind="follow_up", to=(), state="ready", attempts=3, due_at=START + HOUR)
    put_by = replace(waits, kind="page", error="", attempts=0, budget="waiting")
    said = lines(WORDS.why(replace(INCIDENT, deliveries=(sent, waits, put_by))))
    assert said[-3:] == [
        "17:53 · Page to DBA: sent · after 2 attempts",
        (
            "17:53 · Further words on the pager: waiting to send · "
            "Waiting to send. RingCentral isn't responding. · after 3 attempts · next step 18:53"
        ),
        "17:53 · Page: waiting for its part of the send budget",
    ]


@pytest.mark.parametrize("fate", Fate)
def test_every_fate_has_words(fate: Fate) -> None:
    """An item tells what became of it and where; nothing suppressed is called told."""
    way = WayWhy("db", "g", fate, Ref("al_91QX"))
    item = ItemWhy(Ref("in_8F2K.1"), "k", "DiskFull", fate, "", START, (way,), INCIDENT.tried)
    title, said, *routes = lines(WORDS.why(RequestWhy(Ref("in_8F2K"), (item,))))
    assert title == "Request in_8F2K: 1 alert"
    assert said.startswith("in_8F2K.1 DiskFull: ")
    assert said.endswith(" · al_91QX by route db")
    assert routes[0].startswith("✓ Route db takes it")
    assert (fate in SUPPRESSED) <= (": told" not in said)


def test_foreign_text_stays_on_its_line_and_a_long_list_is_counted() -> None:
    """Whatever a sender calls things."""
    hostile = replace(ALERT, title="\u202eFull\n✓ Route mine\x00 " + "x" * 999, changes=9)
    why = replace(INCIDENT, title=hostile.title, alerts=(hostile,) * 100)
    said = lines(WORDS.why(why))
    assert said[-1] == "… and 88 more"
    assert all("\n" not in line and "\u202e" not in line and len(line) < 300 for line in said)
